/* A small picture of what a model does: what it takes, and below each other what it gives, drawn from its name. */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 320, HEIGHT = 56, STEP = 5, COLOURS = 6;

const numbers = (text) => {
  let state = 2166136261;
  for (const letter of text) state = Math.imul(state ^ letter.codePointAt(0), 16777619);
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 16777216;
  };
};

const drawn = (name, attributes) => {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};

/* One wave as one path of upright strokes: hundreds of cards stay cheap. */
const wave = (next, middle, reach, colour) => {
  const beat = 5 + Math.floor(next() * 9), depth = 0.25 + next() * 0.6, phase = next() * 6;
  let path = "";
  for (let x = STEP; x < WIDTH; x += STEP) {
    const strike = Math.exp((-((x / STEP + Math.floor(phase)) % beat) / beat) * 3 * depth);
    const swell = 0.75 + 0.25 * Math.sin(x / 37 + phase);
    const half = reach * (0.12 + 0.88 * strike * swell * (0.6 + 0.4 * next()));
    path += `M${x} ${(middle - half).toFixed(1)}v${(2 * half).toFixed(1)}`;
  }
  return drawn("path", { d: path, class: `hp-stroke hp-c${colour}` });
};

const blocks = (next, first) => {
  const parts = [];
  for (let x = 2, number = 0; x < WIDTH - 12; number += 1) {
    const width = Math.min(14 + Math.floor(next() * 52), WIDTH - x - 2);
    parts.push(drawn("rect", { x, y: 42, width: Math.max(4, width - 3), height: 9, rx: 3, class: `hp-block hp-c${(first + Math.floor(next() * 3)) % COLOURS}` }));
    x += width;
  }
  return parts;
};

const picture = (entry) => {
  const next = numbers(entry.id), first = Math.floor(next() * COLOURS);
  const svg = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "hp-art", "aria-hidden": "true", preserveAspectRatio: "none", focusable: "false" });
  if (entry.type === "Analyzer") {
    svg.append(wave(next, 20, 17, first), ...blocks(next, first + 1));
  } else {
    const lanes = Math.min(4, Math.max(1, entry.labels.length)), height = HEIGHT / lanes;
    for (let lane = 0; lane < lanes; lane += 1) svg.append(wave(next, (lane + 0.5) * height, height / 2 - 1.5, (first + lane) % COLOURS));
  }
  return svg;
};
