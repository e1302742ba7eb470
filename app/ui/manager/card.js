/* One model as a card, and what is going on with it. */

const UNDER_WAY = ["waiting", "downloading", "trying"];
const isOpen = (install) => install !== undefined && UNDER_WAY.includes(install.state);

const nameOf = (entry) => entry.name || entry.id;
const isEndpoint = (entry) => Boolean(entry.url) && !entry.problem;

/* An endpoint in Python whose weights are here, or are not yet. */
const hasWeights = (entry) => Boolean(entry.weights?.installed);
const wantsWeights = (entry) => Boolean(entry.weights) && !entry.weights.installed && !entry.weights.lacking;

const badge = (entry) => {
  const needs = wantsWeights(entry) ? ` · needs ${entry.size ? bytes(entry.size) : "weights"}` : "";
  if (entry.source !== "hub") return `${entry.source === "folder" ? "From a folder" : "Built in"}${needs}`;
  return entry.installed ? "Installed" : "";
};

/* One line for the eye, pairs of name and value for a screen reader. */
const facts = (entry) => {
  const listed = [
    ["Sample rate", "", entry.sample_rate ? hertz(entry.sample_rate) : ""],
    ["Size", "", entry.size ? bytes(entry.size) : ""],
    ["Licence", "", entry.licence],
    ["Likes", "♥ ", entry.likes ? whole(entry.likes) : ""],
    ["Downloads", "↓ ", entry.downloads ? whole(entry.downloads) : ""],
    ["Changed", "", entry.last_change ? day(entry.last_change) : ""],
  ];
  const shown = listed.filter(([, , value]) => value).map(([name, sign, value]) => make("div", {},
    make("dt", { class: "hp-far" }, name), make("dd", {}, sign && make("span", { "aria-hidden": "true" }, sign), value)));
  return make("dl", { class: "hp-facts" }, ...shown);
};

const more = (entry) => {
  const lead = entry.short || entry.long, rest = entry.long && entry.long.trim() !== lead.trim() ? entry.long : "";
  const returns = entry.type === "Analyzer" ? "Names" : "Gives";
  return make("details", { class: "hp-more" }, make("summary", { "aria-label": `More about ${nameOf(entry)}` }, "More"),
    ...rest.split("\n").filter((part) => part.trim()).map((part) => make("p", {}, part)),
    entry.labels.length ? make("p", {}, make("b", {}, `${returns}: `), entry.labels.join(", ")) : null,
    isEndpoint(entry) ? make("p", {}, make("b", {}, "HARP URL: "), make("code", {}, harpUrl(entry.id))) : null,
    entry.revision ? make("p", {}, make("b", {}, "Version: "), make("code", {}, entry.revision.slice(0, 12))) : null,
    entry.source === "hub" ? make("p", {}, make("a", { href: `https://huggingface.co/${entry.id.split("/").map(encodeURIComponent).join("/")}`,
      target: "_blank", rel: "noopener noreferrer" }, "Its page on Hugging Face")) : null);
};

const cautions = (entry) => {
  const gated = entry.gated && !entry.installed ? ["Its owner asks for a request on its page on Hugging Face before it can be installed."] : [];
  const hidden = entry.private ? ["It is private: only the account of this server sees it."] : [];
  const asks = entry.weights?.asks ? [entry.weights.asks] : [];
  const all = [...hidden, ...gated, ...asks, ...entry.warnings];
  return all.length ? make("ul", { class: "hp-warnings", "aria-label": "Warnings" }, ...all.map((text) => make("li", {}, text))) : null;
};

/* The card without its actions: what stays the same whatever is done with the model. */
const card = (entry, number) => {
  const title = `m${number}`, [owner] = entry.id.split("/"), mark = badge(entry);
  const name = isEndpoint(entry) ? make("a", { href: `${pathOf(entry.id)}/` }, nameOf(entry)) : nameOf(entry);
  const kinds = [entry.type || "Model", ...entry.domains].join(" · ");
  const shown = entry.tags.slice(0, 6);
  return make("li", { class: "hp-entry", "data-id": entry.id },
    make("article", { "aria-labelledby": title },
      picture(entry),
      make("p", { class: "hp-eyebrow" }, kinds),
      mark ? make("span", { class: "hp-badge" }, mark) : null,
      make("h2", { id: title }, name),
      make("p", { class: "hp-by" }, `by ${owner}`),
      make("p", { class: "hp-what" }, entry.short || entry.long || "Nothing is told of it yet."),
      shown.length ? make("ul", { class: "hp-tags", "aria-label": "Tags" }, ...shown.map((tag) => make("li", {}, tag))) : null,
      facts(entry),
      more(entry),
      cautions(entry),
      make("div", { class: "hp-now" })));
};

const act = (what, text, entry, kind = "", more = {}) =>
  make("button", { type: "button", class: `hp-do ${kind}`, "data-do": what, "aria-label": `${text}: ${nameOf(entry)}`, ...more }, text);

const actions = (entry, install, allowed) => {
  const row = make("div", { class: "hp-actions" });
  if (isEndpoint(entry)) {
    row.append(make("a", { class: "hp-do hp-main", "data-do": "open", href: `${pathOf(entry.id)}/`, "aria-label": `Open: ${nameOf(entry)}` }, "Open"));
    row.append(act("copy", "Copy HARP URL", entry));
  }
  if (isOpen(install)) return row;
  const locked = allowed ? {} : { "aria-disabled": "true", "aria-describedby": "locked" };
  if (entry.installed && entry.source === "hub") {
    row.append(act(entry.update ? "update" : "look", entry.update ? "Update" : "Look for an update", entry, entry.update ? "hp-second" : "hp-quiet", locked));
    row.append(act("remove", "Remove", entry, "hp-quiet", locked));
  } else if (hasWeights(entry)) {
    row.append(act("remove", "Remove", entry, "hp-quiet", locked));
  } else if (wantsWeights(entry) || (entry.source === "hub" && !entry.installed)) {
    row.append(act("install", entry.problem || install?.state === "failed" ? "Try again" : "Install", entry, "hp-second", locked));
  }
  return row;
};

/* The progress of one installation; hurry() brings its numbers up to date without touching the rest. */
const progress = (install, name) => {
  const box = make("div", { class: "hp-progress" },
    make("p", { class: "hp-numbers" }),
    make("progress", { "aria-label": `Installing ${name}` }),
    make("button", { type: "button", class: "hp-do", "data-do": "cancel", "aria-label": `Cancel: ${name}` }, "Cancel"));
  hurry(box, install);
  return box;
};

const told = (install) => {
  if (install.state === "waiting") return "Waiting for its turn…";
  if (install.state === "trying") return "Here. Trying it out before it is offered…";
  const parts = [share(install.done, install.total)];
  if (install.speed > 0) parts.push(`${bytes(Math.round(install.speed))}/s`);
  if (install.left !== null && install.left !== undefined) parts.push(`${duration(install.left)} left`);
  return parts.join(" · ");
};

const hurry = (box, install) => {
  const bar = box.querySelector("progress");
  box.querySelector(".hp-numbers").textContent = told(install);
  if (install.state === "downloading" && install.total) {
    bar.max = install.total;
    bar.value = Math.min(install.done, install.total);
  } else {
    bar.removeAttribute("value");
  }
};

/* Brings the lower part of a card up to date; the keyboard stays where it was. */
const dress = (item, entry, install, said, allowed) => {
  const slot = item.querySelector(".hp-now"), box = slot.querySelector(".hp-progress");
  const wrong = entry.problem || (install?.state === "failed" ? install.error : "");
  const key = JSON.stringify([isOpen(install), wrong, said, allowed]);
  if (slot.dataset.key === key) {
    if (box) hurry(box, install);
    return;
  }
  const held = slot.contains(document.activeElement) ? document.activeElement.dataset.do : undefined;
  slot.dataset.key = key;
  slot.replaceChildren(...[
    wrong && !isOpen(install) ? make("p", { class: "hp-problem" }, wrong) : null,
    said ? make("p", { class: said.wrong ? "hp-problem" : "hp-good" }, said.text) : null,
    isOpen(install) ? progress(install, nameOf(entry)) : null,
    actions(entry, install, allowed),
  ].filter(Boolean));
  if (held !== undefined) (slot.querySelector(`[data-do="${held}"]`) ?? slot.querySelector("[data-do]"))?.focus();
};
