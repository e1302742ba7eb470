/* Numbers in words, and elements out of text. Whatever comes from a hub goes through make(), which knows no HTML. */

const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
};

const byId = (id) => document.getElementById(id);

const three = (value) => (value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));

const bytes = (count) => {
  for (const [unit, name] of [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]]) if (count >= unit) return `${three(count / unit)} ${name}`;
  return `${count} bytes`;
};

/* Both numbers in the unit of the larger one, so that the smaller one is seen to grow: "3.1 of 31.0 MB". */
const share = (done, total) => {
  if (!total) return bytes(done);
  const [unit, name] = [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"], [1, "bytes"]].find(([size]) => total >= size);
  const digits = unit === 1 ? 0 : 1;
  return `${(done / unit).toFixed(digits)} of ${(total / unit).toFixed(digits)} ${name}`;
};

const duration = (seconds) => {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole / 60) % 60} min`;
};

const hertz = (rate) => `${Number((rate / 1000).toFixed(3))} kHz`;

const whole = (count) => count.toLocaleString("en");

const day = (text) => {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? "" : date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
};

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/* The page is at the server's root, wherever a proxy has put that. */
const root = location.pathname.replace(/\/+$/, "");

/* Where a reader's own key belongs, on a server that asks for one. */
const keyPlace = document.body.dataset.keyPlace;

const pathOf = (id) => `${root}/models/${id.split("/").map(encodeURIComponent).join("/")}`;

/* As app/harp/address.py: HARP takes localhost, and what has three dots and a port; others with an ending that it knows. */
const harpUrl = (id) => {
  const url = location.origin + root + keyPlace + pathOf(id).slice(root.length);
  const ending = url.startsWith("https:") ? ".gradio.live" : "localhost";
  return /localhost|gradio\.live|hf\.space|.*\..*\..*\..*:/.test(url) ? url : `${url}#${ending}`;
};

const copyText = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea", { readonly: true, class: "hp-far" }, text); // no clipboard without https: the old way
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
};
