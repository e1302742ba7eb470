/* What the visitor looks for: the search box, the filters and the order; kept in the page's address. */

const PICKED = ["installed", "type", "domain"], CHOSEN = ["rate", "licence"];
const ORDERS = { downloads: "Downloads", likes: "Likes", date: "Newest", size: "Size", name: "Name" };
const WHERE = { "": "All", yes: "On this server", no: "Not yet" };

const wanted = new URLSearchParams(location.search);
const chosen = (name) => wanted.get(name) ?? "";
const choose = (name, value) => {
  if (value) wanted.set(name, value); else wanted.delete(name);
};

const label = (name, value) => {
  if (!value) return name === "licence" ? "Any licence" : name === "rate" ? "Any rate" : "All";
  if (name === "rate") return hertz(Number(value));
  if (name === "installed") return WHERE[value];
  return value === "none" ? "None stated" : name === "licence" ? value : capital(value);
};

/* A value that is chosen stays on offer, also where nothing has it (any more). */
const offered = (name, values) => {
  const all = ["", ...values.map(String)];
  return all.includes(chosen(name)) ? all : [...all, chosen(name)];
};

const pick = (name, value) => {
  const input = make("input", { type: "radio", name, value, id: `pick-${name}-${value}` });
  input.checked = chosen(name) === value;
  return make("label", {}, input, make("span", {}, label(name, value)));
};

/* Makes a group of choices anew only when it has changed: the keyboard's focus would be lost. */
const offer = (place, name, values, made) => {
  const key = JSON.stringify(values);
  if (place.dataset.key !== key) {
    place.dataset.key = key;
    place.replaceChildren(...values.map(made));
  }
};

const showChoices = (choices) => {
  const groups = { ...choices, installed: ["yes", "no"] };
  for (const name of PICKED) offer(document.querySelector(`[data-pick=${name}]`), name, offered(name, groups[name]), (value) => pick(name, value));
  for (const name of CHOSEN) {
    const select = document.querySelector(`[data-choose=${name}]`);
    offer(select, name, offered(name, groups[name]), (value) => make("option", { value }, label(name, value)));
    select.value = chosen(name);
  }
  offer(byId("sort"), "sort", choices.sort, (value) => make("option", { value }, ORDERS[value] ?? capital(value)));
  byId("sort").value = chosen("sort") || choices.sort[0];
};

const showChosen = () => {
  const count = [...PICKED, ...CHOSEN].filter(chosen).length, query = wanted.toString();
  byId("filters-on").textContent = count ? ` (${count})` : "";
  byId("clear").hidden = count === 0;
  history.replaceState(null, "", query ? `?${query}` : location.pathname);
};

const followFilters = (changed) => {
  byId("find").value = chosen("words");
  byId("find").addEventListener("input", (event) => { choose("words", event.target.value.trim()); changed(); });
  byId("sort").addEventListener("change", (event) => { choose("sort", event.target.value); changed(); });
  byId("filters").addEventListener("change", (event) => {
    choose(event.target.name || event.target.dataset.choose, event.target.value);
    changed();
  });
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("clear").addEventListener("click", () => {
    for (const name of [...PICKED, ...CHOSEN]) choose(name, "");
    for (const input of document.querySelectorAll(".hp-picks input")) input.checked = input.value === "";
    document.querySelector(".hp-picks input:checked")?.focus();
    changed();
  });
  // At the side they are always open; on a phone they open when asked for.
  const wide = matchMedia("(min-width: 901px)"), filters = document.querySelector(".hp-filters");
  const fold = () => { filters.open = wide.matches; };
  wide.addEventListener("change", fold);
  fold();
};
