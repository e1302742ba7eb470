"use strict";
/* Brings the players, labels and the HARP URL of an endpoint's page to life. Everything is found by data- attributes and
   listened for on the document, since Gradio replaces the HTML whenever a result arrives. */
(() => {
  const clock = (s) => {
    const whole = Math.max(0, Math.floor(s)), h = Math.floor(whole / 3600), m = Math.floor(whole / 60) % 60;
    const tail = String(whole % 60).padStart(2, "0");
    return h ? `${h}:${String(m).padStart(2, "0")}:${tail}` : `${m}:${tail}`;
  };
  const playerOf = (node) => node.closest("[data-player]");
  const soundOf = (player) => player.querySelector("audio") ?? harpist.notesOf(player);
  const lengthOf = (player) => Number(player.dataset.seconds) || 0;
  let current = null; // the player that plays, or played last

  const show = (player) => {
    const total = lengthOf(player), at = player.wanted ?? soundOf(player).currentTime;
    const share = total ? Math.min(at / total, 1) : 0;
    const done = player.querySelector("[data-done]"), wave = player.querySelector("[data-wave]");
    done.setAttribute("width", share * wave.querySelector("svg").viewBox.baseVal.width);
    player.querySelector("[data-head]").style.left = `${share * 100}%`;
    player.querySelector("[data-time]").textContent = clock(at);
    wave.setAttribute("aria-valuenow", at.toFixed(2));
    wave.setAttribute("aria-valuetext", `${clock(at)} of ${clock(total)}`);
    for (const label of player.querySelectorAll(".hp-label")) {
      const from = Number(label.dataset.seek);
      label.classList.toggle("hp-now", at >= from && at < from + (parseFloat(label.style.width) / 100) * total);
    }
  };
  Object.assign(harpist, { clock, show });
  const tick = () => {
    if (!current || !current.isConnected) return;
    show(current);
    if (!soundOf(current).paused) requestAnimationFrame(tick);
  };
  const seek = (player, at) => {
    const sound = soundOf(player), wanted = Math.min(Math.max(at, 0), Math.max(lengthOf(player) - 0.01, 0));
    player.wanted = wanted;
    player.classList.add("hp-touched");
    if (sound.readyState > 0) {
      sound.currentTime = wanted;
      player.wanted = undefined;
    }
    show(player);
    player.dispatchEvent(new CustomEvent("hp-seek", { bubbles: true, detail: wanted }));
  };
  const play = async (player) => {
    const sound = soundOf(player);
    if (current && current !== player && current.isConnected && !soundOf(current).paused) {
      // Changing from one track to another goes on at the same place, to compare them by ear.
      const at = soundOf(current).currentTime;
      soundOf(current).pause();
      if (player.wanted === undefined && Math.abs(lengthOf(player) - lengthOf(current)) < 0.1) seek(player, at);
    }
    current = player;
    player.classList.add("hp-touched");
    try { await sound.play(); } catch (error) { if (error.name !== "AbortError") player.classList.remove("hp-playing"); }
  };
  for (const kind of ["play", "pause", "ended", "loadedmetadata"]) {
    document.addEventListener(kind, (event) => {
      const player = event.target.closest?.("[data-player]");
      if (!player) return;
      const sound = event.target;
      if (kind === "loadedmetadata" && player.wanted !== undefined) {
        sound.currentTime = player.wanted;
        player.wanted = undefined;
      }
      const playing = !sound.paused && !sound.ended;
      player.classList.toggle("hp-playing", playing);
      const button = player.querySelector("[data-play]");
      button.setAttribute("aria-label", button.getAttribute("aria-label").replace(/^(Play|Pause)/, playing ? "Pause" : "Play"));
      if (playing) requestAnimationFrame(tick);
      show(player);
    }, true);
  }

  document.addEventListener("click", (event) => {
    const target = event.target;
    const copy = target.closest("[data-copy]");
    if (copy) return void copyUrl(copy);
    const from = target.closest("[data-seek]");
    if (from) {
      const player = playerOf(from) || from.closest(".hp-results")?.querySelector(".hp-labelled");
      if (player) { seek(player, Number(from.dataset.seek)); play(player); }
      return;
    }
    const button = target.closest("[data-play]");
    if (button) {
      const player = playerOf(button), sound = soundOf(player);
      if (sound.paused) play(player); else sound.pause();
    }
  });
  const pointed = (event, wave) => {
    const box = wave.getBoundingClientRect(), player = playerOf(wave);
    seek(player, ((event.clientX - box.left) / box.width) * lengthOf(player));
  };
  let held = null;
  document.addEventListener("pointerdown", (event) => {
    const wave = event.target.closest?.("[data-wave]");
    if (wave && event.button === 0) { held = wave; pointed(event, wave); }
  });
  document.addEventListener("pointermove", (event) => {
    if (held) pointed(event, held);
    const label = event.target.closest?.("[data-tip]");
    if (!label) return void tip.remove();
    tip.textContent = label.dataset.tip;
    document.body.append(tip);
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(8, Math.min(event.clientX + 12, innerWidth - box.width - 8))}px`;
    tip.style.top = `${Math.max(8, event.clientY - box.height - 12)}px`;
  });
  const tip = Object.assign(document.createElement("div"), { className: "hp-tip", role: "tooltip" });
  for (const kind of ["pointerup", "pointercancel"]) document.addEventListener(kind, () => { held = null; });
  document.addEventListener("keydown", (event) => {
    const wave = event.target.closest?.("[data-wave]");
    if (!wave) return;
    const player = playerOf(wave), sound = soundOf(player), total = lengthOf(player);
    const at = player.wanted ?? sound.currentTime, step = Math.max(total / 100, 0.1);
    const places = { ArrowLeft: at - step, ArrowDown: at - step, ArrowRight: at + step, ArrowUp: at + step,
      PageDown: at - 10 * step, PageUp: at + 10 * step, Home: 0, End: total };
    if (event.key in places) seek(player, places[event.key]);
    else if (event.key === " " || event.key === "Enter") { if (sound.paused) play(player); else sound.pause(); }
    else return;
    event.preventDefault();
  });

  /* As app/harp/address.py: HARP takes localhost, and what has three dots and a port; others with an ending that it knows. */
  const harpUrl = (path) => {
    const url = location.origin + path;
    const ending = url.startsWith("https:") ? ".gradio.live" : "localhost";
    return /localhost|gradio\.live|hf\.space|.*\..*\..*\..*:/.test(url) ? url : `${url}#${ending}`;
  };
  const fill = () => {
    for (const code of document.querySelectorAll("code[data-harp-path]")) {
      const url = harpUrl(code.dataset.harpPath);
      if (code.textContent !== url) code.textContent = url;
    }
  };
  const copyUrl = async (button) => {
    const code = button.parentElement.querySelector("code");
    try { await navigator.clipboard.writeText(code.textContent); } catch {
      getSelection().selectAllChildren(code); // no clipboard without https: select, and ask the old way
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1600);
  };
  new MutationObserver(fill).observe(document, { childList: true, subtree: true });
  document.addEventListener("DOMContentLoaded", fill);
})();
