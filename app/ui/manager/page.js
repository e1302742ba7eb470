/* The gallery: what the server tells of its models, and what a visitor does with them. */

let shown = new Map(); // id → { entry, item, key }, in the order of the page
let installs = new Map(); // id in lower case → installation
const said = new Map(); // id → { text, wrong }: the answer to the visitor's last action on a card
const pasted = new Set(); // ids in lower case that came from the field, not from a card
const announced = new Map(); // id → what was last said of its installation
let allowed = false, asking = null, number = 0, settled = false, watching = false, orders = 0, painting = 0, shelf = "";

const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
const say = (text) => { byId("live").textContent = text; };
const nameById = (id) => (shown.has(id) ? nameOf(shown.get(id).entry) : id);
const tell = (id, text, wrong = false) => {
  if (text) said.set(id, { text, wrong }); else said.delete(id);
  if (text) say(text);
  dressAll();
};

const installOf = (id) => installs.get(id.toLowerCase());

const dressAll = () => {
  for (const [id, { item, entry }] of shown) dress(item, entry, installOf(id), said.get(id), allowed);
  const apart = [...installs.values()].filter((install) => inTray(install));
  const tray = byId("tray"), key = JSON.stringify(apart.map(({ id, state, error }) => [id, isOpen({ state }) || state, error]));
  if (tray.dataset.key !== key) {
    tray.dataset.key = key;
    tray.replaceChildren(...apart.map((install) => make("li", { "data-id": install.id }, make("b", {}, install.id), inShort(install))));
  }
  apart.forEach((install, at) => {
    const box = tray.children[at].querySelector(".hp-progress");
    if (box) hurry(box, install);
  });
};

/* Above the cards is what was pasted, and what has no card in sight. */
const inTray = (install) => (pasted.has(install.id.toLowerCase()) ? install.state !== "cancelled"
  : !shown.has(install.id) && (isOpen(install) || install.state === "failed"));

const inShort = (install) => {
  if (isOpen(install)) return progress(install, install.id);
  if (install.state === "failed") return make("p", { class: "hp-problem" }, install.error);
  return make("p", {}, "It is installed. ", make("a", { href: `${pathOf(install.model)}/` }, "Open it"));
};

/* The first cards at once, the others between the browser's own work. */
const paint = (items) => {
  const list = byId("models"), turn = (painting += 1), keep = new Set(items), held = document.activeElement;
  for (const item of [...list.children]) if (!keep.has(item)) item.remove();
  let at = 0;
  const some = () => {
    if (turn !== painting) return;
    for (const end = Math.min(at + 24, items.length); at < end; at += 1) {
      if (list.children[at] !== items[at]) list.insertBefore(items[at], list.children[at] ?? null);
    }
    if (held !== document.body && held !== document.activeElement && held.isConnected) held.focus({ preventScroll: true });
    if (at < items.length) requestAnimationFrame(some);
  };
  some();
};

/* After the visitor's own action nothing jumps: cards keep their places until something else is looked for. */
const ordered = (models, keepPlaces) => {
  if (!keepPlaces) return models;
  const found = new Map(models.map((entry) => [entry.id, entry])), kept = [...shown.keys()].filter((id) => found.has(id));
  const places = new Set(kept), fresh = models.filter((entry) => !places.has(entry.id));
  return [...fresh.filter((entry) => entry.installed), ...kept.map((id) => found.get(id)), ...fresh.filter((entry) => !entry.installed)];
};

const show = (told, keepPlaces) => {
  const before = shown;
  shown = new Map();
  for (const entry of ordered(told.models, keepPlaces)) {
    const key = JSON.stringify(entry), old = before.get(entry.id);
    const item = old?.key === key ? old.item : card(entry, (number += 1));
    if (old && old.item !== item) item.querySelector("details")?.toggleAttribute("open", old.item.querySelector("details")?.open ?? false);
    const focused = old && old.item !== item && old.item.contains(document.activeElement) ? document.activeElement.dataset.do ?? "" : null;
    shown.set(entry.id, { entry, item, key, focused });
  }
  allowed = told.may_install && !framed;
  paint([...shown.values()].map(({ item }) => item));
  dressAll();
  for (const { item, focused } of shown.values()) if (focused !== null) (item.querySelector(`[data-do="${focused}"]`) ?? item.querySelector("[data-do]"))?.focus();
  const count = told.models.length;
  byId("count").textContent = count === 1 ? "1 model" : `${whole(count)} models`;
  byId("empty").hidden = count > 0 || told.refreshing;
  byId("refreshing").hidden = !told.refreshing;
  notice(told.notice);
  showChoices(told.choices);
  showLock(told);
};

const notice = (text) => {
  byId("notice").textContent = text;
  byId("notice").hidden = !text;
};

const lockedBecause = (told) => {
  if (allowed) return "";
  if (told.person) return "Your key may use models; the server's operator can give you one that may install, too.";
  if (framed) return "This page is shown inside another one. Open it in a tab of its own to install models.";
  const refused = heldToken() && told.takes_token ? "This token is not the one. " : "";
  const how = told.takes_token ? "in a browser on its own machine, or with the install token that it was started with."
    : "in a browser on its own machine. Started with an install token, it would let them do so from here, too.";
  return `${refused}Models are installed by whoever runs this server: ${how}`;
};

const showLock = (told) => {
  byId("locked").textContent = lockedBecause(told);
  byId("locked").hidden = allowed;
  byId("add").hidden = !allowed;
  byId("unlock").hidden = allowed || framed || !told.takes_token;
  byId("forget").hidden = !heldToken();
  byId("person").textContent = told.person;
  byId("signed-in").hidden = !told.person;
};

/* Asks for what is looked for now; a newer question ends an older one. */
const look = async (keepPlaces = false) => {
  asking?.abort();
  const mine = (asking = new AbortController());
  try {
    const told = await request(`models?${wanted}`, { signal: mine.signal });
    if (mine.signal.aborted) return;
    show(told, keepPlaces && settled);
    settled = !told.refreshing;
    if (told.refreshing) setTimeout(() => { if (mine === asking) look(true); }, 800);
  } catch (error) {
    if (error.name === "AbortError") return;
    notice(error.message);
    setTimeout(() => { if (mine === asking) look(keepPlaces); }, 3000);
  }
};

const follow = (install) => {
  const tenth = install.state === "downloading" && install.total ? Math.floor((10 * install.done) / install.total) : 0;
  const key = `${install.state} ${tenth}`, name = nameById(install.id), before = announced.get(install.id);
  if (before === key) return false;
  announced.set(install.id, key);
  if (before === undefined && !isOpen(install)) return false;
  const words = { downloading: `${name}: ${10 * tenth} % is here.`, trying: `${name} is being tried out.`, done: `${name} is installed.`,
    failed: install.error, cancelled: `${name}: cancelled. What came so far is kept.` };
  if (words[install.state]) say(words[install.state]);
  return !isOpen(install);
};

/* Twice a second while something is being installed. An answer from before an order counts for nothing. */
const watch = async () => {
  orders += 1;
  if (watching) return;
  watching = true;
  try {
    for (let open = true; open;) {
      const asked = orders, told = await request("installs");
      if (asked !== orders) continue;
      installs = new Map(told.installs.map((install) => [install.id.toLowerCase(), install]));
      const ended = told.installs.map(follow).some(Boolean), changed = shelf && told.shelf !== shelf;
      shelf = told.shelf;
      if (ended || changed) await look(true); else dressAll();
      open = told.installs.some(isOpen);
      if (open) await pause(500);
      open ||= asked !== orders;
    }
  } catch (error) {
    notice(error.message);
    await pause(3000);
    look(true);
  } finally {
    watching = false;
  }
};

/* What others install and remove, and what is tried at the server's start, shows within seconds while the page is in sight. */
const watchOthers = () => { if (!document.hidden && !watching) watch(); };
document.addEventListener("visibilitychange", watchOthers);
setInterval(watchOthers, 4000);

const start = async (path, body, id) => {
  const answer = await post(path, body);
  said.delete(id ?? answer.id);
  announced.delete(answer.id);
  installs.set(answer.id.toLowerCase(), { id: answer.id, state: "waiting", done: 0, total: 0, speed: 0, left: null, error: "" });
  announced.set(answer.id, "");
  dressAll();
  watch();
  return answer.id;
};

const DEEDS = {
  async install(id, entry) {
    if (entry?.weights?.asks && !(await askLicence(entry))) return;
    await start("install", { model: id, accept_licence: Boolean(entry?.weights?.asks) }, id);
  },
  async cancel(id) { await post("cancel", { id }); watch(); },
  async copy(id) {
    await copyText(harpUrl(id));
    tell(id, "Copied. Paste it into HARP.");
    setTimeout(() => { if (said.get(id)?.text.startsWith("Copied")) tell(id, ""); }, 4000);
  },
  async remove(id, entry) {
    if (!(await askRemoval(entry))) return;
    const { freed } = await post("remove", { id });
    tell(id, `Removed; ${bytes(freed)} are free again.`);
    watch();
    await look(true);
  },
  async look(id, entry) {
    const { update } = await request(`update?id=${encodeURIComponent(id)}`);
    if (!update) tell(id, "This is the newest version.");
    else if (await askUpdate(entry, update)) await start("update", { id }, id);
  },
  update(id, entry) { return DEEDS.look(id, entry); },
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-do]"), id = button?.closest("[data-id]")?.dataset.id;
  if (!id) return;
  if (button.getAttribute("aria-disabled") === "true") {
    (byId("unlock").hidden ? byId("locked") : byId("token")).scrollIntoView({ block: "center" });
    byId("token").focus({ preventScroll: true });
    say(byId("locked").textContent);
    return;
  }
  if (button.ariaBusy === "true") return; // not disabled, which would take the keyboard's focus away
  button.ariaBusy = "true";
  try { await DEEDS[button.dataset.do](id, shown.get(id)?.entry); } catch (error) { tell(id, error.message, true); }
  button.ariaBusy = null;
});

byId("sign-out").addEventListener("click", () => { signOut().catch(() => notice(SILENT)); });

byId("add").addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = byId("add-model"), model = field.value.trim();
  byId("add-said").textContent = "";
  if (!model) {
    byId("add-said").textContent = "Paste a model's id, such as owner/name, or its address on huggingface.co.";
    field.focus();
    return;
  }
  try {
    const id = await start("install", { model });
    pasted.add(id.toLowerCase());
    field.value = "";
    dressAll();
  } catch (error) {
    byId("add-said").textContent = error.message;
    field.focus();
  }
});
byId("unlock").addEventListener("submit", async (event) => {
  event.preventDefault();
  holdToken(byId("token").value.trim());
  byId("token").value = "";
  await look(true);
  say(allowed ? "You may install now." : byId("locked").textContent);
  if (allowed) byId("add-model").focus();
});
byId("forget").addEventListener("click", async () => {
  holdToken("");
  await look(true);
});

let typing = 0;
followFilters(() => {
  clearTimeout(typing);
  showChosen();
  settled = false;
  typing = setTimeout(look, 60);
});
showChosen();
look();
watch();
