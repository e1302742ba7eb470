"use strict";
/* What becomes of a file that is dropped or chosen: what is too large is refused here, what the server cannot decode is
   decoded here, and why a file did not arrive stays at its place until another one does. */
(() => {
  const decided = new WeakSet(); // files that have been looked at
  const zones = new Map(); // where a file on its way belongs, by name and size
  const keyOf = (file) => `${file.size} ${file.name}`;
  const facts = () => document.querySelector("[data-largest]")?.dataset ?? {};
  const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

  const tell = (zone, text, role = "alert") => {
    let place = zone.nextElementSibling;
    if (!place?.matches(".hp-arrival")) {
      if (!text) return;
      place = Object.assign(document.createElement("div"), { className: "hp-arrival", tabIndex: -1 });
      zone.after(place);
    }
    const said = document.createElement("p");
    said.className = role === "alert" ? "hp-error" : "hp-said";
    said.setAttribute("role", role);
    said.textContent = text;
    place.replaceChildren(...(text ? [said] : []));
  };

  const inputOf = (zone) => zone.querySelector("input[type=file]");
  const landed = new Map(); // who waits for a file to have arrived, or not
  const until = async (holds) => {
    for (let turn = 0; turn < 250 && !holds(turn); turn++) await new Promise((done) => setTimeout(done, 20));
  };
  /* Puts a file where a person would have dropped it, in place of one that is there; returns once it has arrived. */
  harpist.give = async (zone, file) => {
    await until((turn) => {
      if (!inputOf(zone) && turn % 25 === 0) zone.querySelector("button[aria-label='Clear']")?.click();
      return inputOf(zone);
    });
    const input = inputOf(zone);
    if (!input) return;
    const moved = new DataTransfer();
    moved.items.add(file);
    const arrived = new Promise((done) => landed.set(keyOf(file), done));
    decided.add(file);
    input.files = moved.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    if (await arrived) await until(() => !inputOf(zone));
  };

  const refusal = (file) => {
    const largest = Number(facts().largest);
    if (!(file.size > largest)) return "";
    return `${file.name} has ${size(file.size)}; this server takes at most ${size(largest)} (its setting --max-upload).`;
  };
  const decide = async (zone, file) => {
    let chosen = file;
    if (facts().decodes === "no" && zone.classList.contains("hp-audio")) {
      try {
        const kind = await harpist.foreignKind(file);
        if (kind) {
          tell(zone, `Your browser decodes ${file.name}, since this server does not.`, "status");
          chosen = await harpist.decoded(file, kind);
        }
      } catch (error) {
        return void tell(zone, error.message);
      }
    }
    const reason = refusal(chosen);
    if (reason) return void tell(zone, reason);
    await harpist.give(zone, chosen);
  };

  const arrives = (event, files) => {
    const zone = event.target.closest?.(".hp-drop");
    if (!zone || !files?.length) return;
    const file = files[0];
    if (decided.has(file)) {
      zones.set(keyOf(file), zone);
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    tell(zone, "");
    decide(zone, file);
    if (event.type === "drop") event.target.dispatchEvent(new DragEvent("dragleave", { bubbles: true }));
    else event.target.value = ""; // so that the same file can be chosen again
  };
  addEventListener("change", (event) => arrives(event, event.target.type === "file" && event.target.files), true);
  addEventListener("drop", (event) => arrives(event, event.dataTransfer?.files), true);

  /* A server or proxy that refuses an upload says why in its own words, in JSON, or as a page of its own. */
  const sentence = async (answer) => {
    const text = await answer.text();
    try {
      const said = JSON.parse(text);
      const reason = said.error ?? said.detail;
      if (typeof reason === "string" && /\s/.test(reason)) return reason;
    } catch { /* not ours */ }
    if (answer.status === 413) {
      return "The file is larger than a proxy in front of this server lets through (HTTP 413); who runs it can raise that limit.";
    }
    return `The server could not take the file (HTTP ${answer.status}); its disk may be full, or a proxy in front of it failed.`;
  };
  const plainFetch = window.fetch;
  window.fetch = async (...asked) => {
    const [address, how] = asked;
    const url = String(address?.url ?? address);
    if (!(how?.body instanceof FormData) || !/\/gradio_api\/upload(\?|$)/.test(url)) return plainFetch(...asked);
    const files = how.body.getAll("files");
    const key = keyOf(files[0] ?? {}), zone = zones.get(key);
    const fail = (reason, status) => {
      if (zone) tell(zone, reason);
      landed.get(key)?.(false);
      return new Response(reason, { status });
    };
    try {
      const answer = await plainFetch(...asked);
      if (!answer.ok) return fail(await sentence(answer), answer.status);
      if (zone) tell(zone, "");
      landed.get(key)?.(true);
      return answer;
    } catch {
      return fail("The upload broke off: the server cannot be reached, or it or a proxy closed the connection, as for a "
        + "file that is too large.", 503);
    }
  };

  /* A file that did not arrive is not “none”: what is said of it stays, and Process leads there. */
  addEventListener("click", (event) => {
    if (!event.target.closest?.("#hp-process")) return;
    const missing = [...document.querySelectorAll(".hp-drop.hp-needed + .hp-arrival:has([role=alert])")]
      .find((said) => inputOf(said.previousElementSibling));
    if (!missing) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    missing.focus();
    missing.scrollIntoView({ block: "center" });
  }, true);

  const offer = () => {
    for (const input of document.querySelectorAll(".hp-audio input[type=file]")) {
      if (input.accept !== (facts().offered ?? "")) input.accept = facts().offered ?? "";
    }
  };
  new MutationObserver(offer).observe(document, { childList: true, subtree: true });
})();
