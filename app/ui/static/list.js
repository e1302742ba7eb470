"use strict";
(() => {
  const find = document.getElementById("find"), entries = [...document.querySelectorAll(".hp-entry")];
  const filter = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const entry of entries) {
      entry.hidden = !words.every((word) => entry.dataset.words.includes(word));
      shown += entry.hidden ? 0 : 1;
    }
    document.getElementById("count").textContent = shown === 1 ? "1 model" : `${shown} models`;
    document.getElementById("empty").hidden = shown > 0;
  };
  find.addEventListener("input", filter);
  filter(); // the browser keeps the text over a reload
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const code = button.parentElement.querySelector("code");
    try { await navigator.clipboard.writeText(code.textContent); } catch {
      getSelection().selectAllChildren(code);
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1600);
  });
})();
