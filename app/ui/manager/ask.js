/* Questions before something is changed, each with what it means. */

const ask = (title, yes, no, ...body) => {
  const dialog = byId("ask");
  byId("ask-title").textContent = title;
  byId("ask-body").replaceChildren(...body.filter(Boolean));
  byId("ask-yes").textContent = yes;
  dialog.querySelector("[value=no]").textContent = no;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
};

const askRemoval = (entry) =>
  ask(`Remove ${nameOf(entry)}?`, "Remove", "Keep it",
    make("p", {}, `This frees ${entry.size ? bytes(entry.size) : "its space"} on the server. Jobs that run it are ended, and its HARP URL stops working.`),
    make("p", {}, "It can be installed again at any time."));

const askLicence = (entry) =>
  ask(`The licence of ${nameOf(entry)}`, "I accept", "Not now",
    make("p", {}, entry.weights.asks),
    make("p", {}, "You may use them for yourself, for study and for research, not in paid work. You are asked once; this server remembers it."));

const FIELDS = { "model.pt": "the model itself", multichannel: "stereo at once", effect_type: "type", domains: "domain" };

const change = ({ field, before, after }) =>
  make("div", {}, make("dt", {}, capital(FIELDS[field] ?? field.replaceAll("_", " "))),
    make("dd", {}, make("del", {}, before || "nothing"), make("span", { "aria-hidden": "true" }, " → "), make("span", { class: "hp-far" }, " becomes "), make("ins", {}, after || "nothing")));

const askUpdate = (entry, update) => {
  const facts = [update.date && day(update.date), update.size && bytes(update.size), update.revision.slice(0, 12)].filter(Boolean);
  return ask(`Update ${nameOf(entry)}?`, "Update", "Not now",
    make("p", {}, `There is a newer version (${facts.join(", ")}). `
      + (update.changes.length ? "What changes:" : "Its metadata stays the same.")),
    update.changes.length ? make("dl", { class: "hp-changes" }, ...update.changes.map(change)) : null,
    update.warning ? make("p", { class: "hp-problem" }, update.warning) : null);
};
