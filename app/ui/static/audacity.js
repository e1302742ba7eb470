"use strict";
/* On the machine on which Audacity runs: its selection as this page's sound, and results back as tracks. The buttons come
   only when Audacity answers. Several selected tracks come one after the other, the next once the last one is back. */
(() => {
  const zone = () => document.querySelector(".hp-ways")?.parentElement.querySelector(".hp-drop.hp-audio");
  const base = () => location.pathname.replace(/\/models\/.*$|\/$/, "");
  let answers = false, waiting = [], origin = null, count = 0, earlier = null;

  const ask = async (path, order) => {
    const how = order && { method: "POST", body: JSON.stringify(order), headers: { "Content-Type": "application/json" } };
    const answer = await fetch(`${base()}/audacity/${path}`, how);
    if (answer.ok) return answer;
    const said = await answer.json().catch(() => ({}));
    throw new Error(said.error ?? said.detail ?? `The server answers with HTTP ${answer.status}.`);
  };
  const button = (id, text) => Object.assign(document.createElement("button"),
    { type: "button", id, className: "hp-audacity", textContent: text });
  const say = (after, text, role = "status") => {
    let place = after.parentElement.querySelector(":scope > .hp-audacity-said");
    if (!place) place = document.createElement("p");
    place.className = `hp-audacity-said ${role === "alert" ? "hp-error" : "hp-said"}`;
    place.setAttribute("role", role);
    place.textContent = text;
    if (text) after.after(place); else place.remove();
  };
  const working = async (pressed, work) => {
    pressed.disabled = true;
    try { await work(); } catch (error) { say(rowOf(pressed), error.message, "alert"); }
    pressed.disabled = false;
  };
  const rowOf = (pressed) => pressed.closest(".hp-ways") ?? pressed;

  const giveNext = async () => {
    const next = waiting.shift();
    const sound = await (await ask(`sound/${next.id}`)).blob();
    await harpist.give(zone(), new File([sound], next.file, { type: "audio/wav" }));
    [origin, earlier] = [next, shownNow()];
    const row = document.querySelector("#hp-audacity-take")?.closest(".hp-ways");
    const place = count > 1 ? `Track ${count - waiting.length} of ${count} of Audacity's selection` : "Audacity's selection";
    if (row) say(row, `${place}: ${next.name}.`);
  };
  const take = async () => {
    const { tracks } = await (await ask("take", {})).json();
    [waiting, count] = [tracks, tracks.length];
    await giveNext();
  };
  /* Sounds by what their player is called, labels by their label track; other files stay out. */
  const results = () => [...document.querySelectorAll("#hp-results a.hp-get")].flatMap((link) => {
    const path = decodeURIComponent(new URL(link.href).pathname.split("/gradio_api/file=")[1] ?? "");
    const label = link.closest("[data-player]")?.querySelector("figcaption strong")?.textContent;
    if (path && label && !/\.midi?$/i.test(path)) return [{ path, label }];
    return path && link.textContent.startsWith("Label track") ? [{ path, label: "labels" }] : [];
  });
  /* What is shown when a sound is given is another one's, and has no place under it. */
  const shownNow = () => document.querySelector("#hp-results a.hp-get");
  const put = async (pressed) => {
    const { notice } = await (await ask("put", { id: origin.id, results: results() })).json();
    const done = `In Audacity, under ${origin.name}. ${notice}`.trim();
    if (waiting.length) await giveNext();
    say(pressed, done);
  };

  const show = () => {
    const row = document.querySelector(".hp-ways:has(#hp-record)");
    if (answers && row && zone() && !row.querySelector("#hp-audacity-take")) {
      row.append(button("hp-audacity-take", "Take Audacity's selection"));
    }
    const shown = document.querySelector("#hp-results .hp-results");
    if (answers && origin && shown && !shown.querySelector("#hp-audacity-put") && results().length) {
      shown.querySelector("h2").after(button("hp-audacity-put", "Into Audacity"));
    }
    const offered = document.querySelector("#hp-audacity-put");
    if (offered && offered.hidden !== (shownNow() === earlier)) offered.hidden = !offered.hidden;
  };
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest?.(".hp-audacity");
    if (pressed?.id === "hp-audacity-take") working(pressed, take);
    if (pressed?.id === "hp-audacity-put") working(pressed, () => put(pressed));
  });
  /* Another file than Audacity's: its results have no place there. */
  for (const kind of ["change", "drop"]) {
    document.addEventListener(kind, (event) => {
      if (event.isTrusted && event.target.closest?.(".hp-drop")) origin = null;
    }, true);
  }
  const look = async () => {
    if (document.hidden) return;
    try { answers = (await (await ask("state")).json()).answers; } catch { answers = false; }
    if (!answers) document.querySelectorAll("#hp-audacity-take, #hp-audacity-put").forEach((one) => one.remove());
    show();
  };
  new MutationObserver(show).observe(document, { childList: true, subtree: true });
  document.addEventListener("DOMContentLoaded", look);
  document.addEventListener("visibilitychange", look);
})();
