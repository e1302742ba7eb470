"use strict";
/* Plays the stems of a result together, in step to the sample: slices of all of them are scheduled on one clock. A WAV
   comes in slices, by range, so that a long one takes little memory; what else a browser plays is decoded whole. */
(() => {
  const FIRST = 1, SLICE = 5, AHEAD = 8, MOST = 400e6; // seconds, seconds, seconds, bytes of whole files decoded
  const mixerOf = (node) => node.closest("[data-mixer]");
  const playersOf = (mixer) => [...mixer.querySelectorAll("[data-player]")];
  const lengthOf = (mixer) => Number(mixer.dataset.seconds) || 0;
  const state = new WeakMap(); // mixer: { at, run }
  let playing = null; // what plays: { mixer, context, gains, from, base, nodes, stopped }

  const stateOf = (mixer) => {
    if (!state.has(mixer)) state.set(mixer, { at: 0 });
    return state.get(mixer);
  };
  const placeOf = (run) => Math.min(lengthOf(run.mixer), run.from + Math.max(0, run.context.currentTime - run.base || 0));
  const pressed = (button) => button.getAttribute("aria-pressed") === "true";

  /* How loud each stem is: alone those that are solo, if any; none that is mute. */
  const loudness = (mixer) => {
    const strips = [...mixer.querySelectorAll(".hp-strip")];
    const solo = strips.some((strip) => pressed(strip.querySelector("[data-solo]")));
    return strips.map((strip) => {
      const level = strip.querySelector("[data-level]"), decibels = Number(level.value);
      const heard = solo ? pressed(strip.querySelector("[data-solo]")) : !pressed(strip.querySelector("[data-mute]"));
      return heard && decibels > Number(level.min) ? 10 ** (decibels / 20) : 0;
    });
  };
  const setLoudness = (mixer) => {
    const gains = loudness(mixer);
    playersOf(mixer).forEach((player, index) => player.classList.toggle("hp-unheard", !gains[index]));
    if (playing?.mixer !== mixer) return;
    gains.forEach((gain, index) => playing.gains[index].gain.setTargetAtTime(gain, playing.context.currentTime, 0.01));
  };

  const show = (mixer, at) => {
    const seek = mixer.querySelector("[data-mix-seek]"), time = harpist.clock(at);
    seek.value = at;
    seek.setAttribute("aria-valuetext", `${time} of ${harpist.clock(lengthOf(mixer))}`);
    mixer.querySelector("[data-mix-time]").textContent = time;
    for (const player of playersOf(mixer)) {
      player.wanted = at;
      player.classList.add("hp-touched");
      harpist.show(player);
    }
  };
  /* Where the mix is left, each player goes on. */
  const settle = (mixer, at) => {
    show(mixer, at);
    for (const player of playersOf(mixer)) {
      const sound = player.querySelector("audio");
      if (sound.readyState > 0) { sound.currentTime = at; player.wanted = undefined; }
    }
  };
  const dress = (mixer, on) => {
    mixer.classList.toggle("hp-mixing", on);
    mixer.querySelector("[data-mix-play]").setAttribute("aria-label", on ? "Pause all" : "Play all together");
  };
  const say = (mixer, text) => {
    const said = mixer.querySelector("[data-mix-said]");
    said.textContent = text;
    said.hidden = !text;
  };

  /* Returns what gives AudioBuffers of a WAV of plain numbers; null where the file is something else. */
  const openWav = async (url) => {
    const answer = await fetch(url, { headers: { Range: "bytes=0-65535" } });
    if (!answer.ok) throw new Error();
    const size = Number(answer.headers.get("Content-Range")?.split("/")[1]);
    if (answer.status !== 206 || !size) { await answer.body?.cancel(); return null; }
    const view = new DataView(await answer.arrayBuffer());
    const word = (at) => String.fromCharCode(...new Uint8Array(view.buffer, at, 4));
    if (view.byteLength < 44 || !["RIFF", "RF64"].includes(word(0)) || word(8) !== "WAVE") return null;
    let at = 12, form = null;
    while (at + 8 <= view.byteLength && word(at) !== "data") {
      if (word(at) === "fmt " && at + 24 <= view.byteLength) {
        const tag = view.getUint16(at + 8, true);
        form = { kind: tag === 0xfffe && at + 34 <= view.byteLength ? view.getUint16(at + 32, true) : tag,
          channels: view.getUint16(at + 10, true), rate: view.getUint32(at + 12, true),
          block: view.getUint16(at + 20, true), bits: view.getUint16(at + 22, true) };
      }
      at += 8 + view.getUint32(at + 4, true) + (view.getUint32(at + 4, true) & 1);
    }
    if (!form || at + 8 > view.byteLength || form.block !== (form.channels * form.bits) / 8) return null;
    const told = view.getUint32(at + 4, true), first = at + 8;
    const read = { "1/8": (v, i) => (v.getUint8(i) - 128) / 128, "1/16": (v, i) => v.getInt16(i, true) / 32768,
      "1/24": (v, i) => ((v.getUint16(i, true) << 8) | (v.getUint8(i + 2) << 24)) / 2147483648,
      "3/32": (v, i) => v.getFloat32(i, true) }[`${form.kind}/${form.bits}`];
    if (!read) return null;
    const samples = Math.floor(Math.min(told === 0xffffffff ? size : told, size - first) / form.block);
    return async (context, from, to) => {
      const begin = Math.round(from * form.rate), end = Math.min(Math.round(to * form.rate), samples);
      if (end <= begin) return null;
      const range = `bytes=${first + begin * form.block}-${first + end * form.block - 1}`;
      const part = await fetch(url, { headers: { Range: range } });
      if (part.status !== 206) throw new Error();
      const bytes = new DataView(await part.arrayBuffer()), step = form.bits / 8;
      const buffer = context.createBuffer(form.channels, end - begin, form.rate);
      for (let channel = 0; channel < form.channels; channel++) {
        const numbers = buffer.getChannelData(channel);
        for (let i = 0; i < numbers.length; i++) numbers[i] = read(bytes, i * form.block + channel * step);
      }
      return { buffer, offset: 0 };
    };
  };
  const openWhole = async (url, context) => {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error();
    const buffer = await context.decodeAudioData(await answer.arrayBuffer());
    return async (_, from) => (from < buffer.duration ? { buffer, offset: from } : null);
  };
  const openAll = async (mixer, context) => {
    const urls = playersOf(mixer).map((player) => player.querySelector("audio").src);
    const found = await Promise.all(urls.map(openWav));
    const whole = found.filter((one) => !one).length * lengthOf(mixer) * Number(mixer.dataset.rate) * 8;
    if (whole > MOST) throw new RangeError("These stems are too long to be mixed here in this format; each plays by itself.");
    return Promise.all(found.map((one, index) => one ?? openWhole(urls[index], context)));
  };

  const stop = () => {
    if (!playing) return;
    const { mixer, context } = playing, at = placeOf(playing);
    stateOf(mixer).at = at >= lengthOf(mixer) - 0.02 ? 0 : at;
    playing.stopped = true;
    playing = null;
    context.close();
    if (mixer.isConnected) { dress(mixer, false); settle(mixer, stateOf(mixer).at); }
  };
  const tick = () => {
    if (!playing) return;
    if (!playing.mixer.isConnected) return void stop();
    const at = placeOf(playing);
    show(playing.mixer, at);
    if (at >= lengthOf(playing.mixer)) stop(); else requestAnimationFrame(tick);
  };
  const start = async (mixer) => {
    stop();
    for (const sound of document.querySelectorAll("audio")) sound.pause();
    let context;
    try { context = new AudioContext({ sampleRate: Number(mixer.dataset.rate) }); } catch { context = new AudioContext(); }
    const gains = loudness(mixer).map((loud) => {
      const gain = context.createGain();
      gain.gain.value = loud;
      gain.connect(context.destination);
      return gain;
    });
    const rate = Number(mixer.dataset.rate), from = Math.round(stateOf(mixer).at * rate) / rate;
    const run = playing = { mixer, context, gains, from, base: NaN, stopped: false };
    say(mixer, "");
    dress(mixer, true);
    requestAnimationFrame(tick);
    try {
      await context.resume();
      const stems = await openAll(mixer, context);
      let length = FIRST;
      for (let at = from; at < lengthOf(mixer) && !run.stopped; at += length, length = SLICE) {
        const end = at + length;
        const parts = await Promise.all(stems.map((stem) => stem(context, at, end)));
        if (run.stopped) return;
        const due = run.base + at - from, soon = context.currentTime + 0.05;
        // What came too late moves all stems alike; at first, everything does.
        if (!(due >= soon)) run.base = Math.ceil(soon * context.sampleRate) / context.sampleRate - (at - from);
        parts.forEach((part, index) => {
          if (!part) return;
          const node = new AudioBufferSourceNode(context, { buffer: part.buffer });
          node.connect(gains[index]);
          node.start(run.base + at - from, part.offset, length);
        });
        while (!run.stopped && run.base + end - from - context.currentTime > AHEAD) {
          await new Promise((done) => setTimeout(done, 200));
        }
      }
    } catch (error) {
      if (run.stopped) return;
      stop();
      say(mixer, error instanceof RangeError ? error.message : "The stems could not be fetched; process the sound again.");
    }
  };
  const seek = (mixer, at) => {
    const on = playing?.mixer === mixer;
    if (on) stop();
    stateOf(mixer).at = Math.min(Math.max(at, 0), lengthOf(mixer));
    settle(mixer, stateOf(mixer).at);
    if (on) start(mixer);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-mix-play], [data-solo], [data-mute]"), mixer = button && mixerOf(button);
    if (!mixer) return;
    if (button.matches("[data-mix-play]")) {
      if (playing?.mixer === mixer) stop(); else start(mixer);
      return;
    }
    button.setAttribute("aria-pressed", String(!pressed(button)));
    setLoudness(mixer);
  });
  document.addEventListener("input", (event) => {
    const range = event.target, mixer = range.matches?.("[data-level], [data-mix-seek]") && mixerOf(range);
    if (!mixer) return;
    if (range.matches("[data-mix-seek]")) return void seek(mixer, Number(range.value));
    const silent = range.value === range.min;
    range.nextElementSibling.textContent = silent ? "off" : `${range.value} dB`;
    range.setAttribute("aria-valuetext", silent ? "off" : `${range.value} decibels`);
    setLoudness(mixer);
  });
  document.addEventListener("hp-seek", (event) => {
    const mixer = mixerOf(event.target);
    if (mixer) seek(mixer, event.detail);
  });
  document.addEventListener("play", stop, true);
})();
