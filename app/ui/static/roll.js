"use strict";
/* Plays and zooms piano rolls. A roll's [data-notes] gets what an <audio> has (currentTime, paused, play, pause, its
   events), so that page.js treats both alike. The synthesizer is a simple one: a voice a note, and noise for drums. */
(() => {
  const AHEAD = 0.4, EVERY = 60, VOICES = 64, DRUMS = 9; // s, ms
  let machine = null; // one for the page, made at the first sound
  const audio = () => {
    if (machine) return machine;
    const context = new AudioContext();
    const out = new DynamicsCompressorNode(context, { threshold: -18, ratio: 6 });
    out.connect(context.destination);
    const noise = context.createBuffer(1, context.sampleRate / 4, context.sampleRate);
    const samples = noise.getChannelData(0);
    for (let at = 0; at < samples.length; at++) samples[at] = Math.random() * 2 - 1;
    return machine = { context, out, noise };
  };

  /* Sounds one note at a time of the context; returns what stops it. */
  const voice = ([, , pitch, velocity, channel], from, seconds) => {
    const { context, out, noise } = audio();
    const gain = new GainNode(context, { gain: 0 });
    const loud = 0.3 * (velocity / 127) ** 1.5, drum = channel === DRUMS;
    const until = from + (drum ? 0.15 : Math.max(seconds, 0.05));
    const source = drum ? new AudioBufferSourceNode(context, { buffer: noise })
      : new OscillatorNode(context, { type: "triangle", frequency: 440 * 2 ** ((pitch - 69) / 12) });
    gain.gain.setValueAtTime(0, from);
    gain.gain.linearRampToValueAtTime(loud, from + 0.008);
    gain.gain.exponentialRampToValueAtTime(Math.max(loud * (drum ? 0.02 : 0.45), 1e-4), until);
    gain.gain.linearRampToValueAtTime(0, until + 0.05);
    if (drum) {
      source.connect(new BiquadFilterNode(context, { type: "bandpass", frequency: 60 * 2 ** ((pitch - 30) / 6) })).connect(gain);
    } else source.connect(gain);
    gain.connect(out);
    source.start(from);
    source.stop(until + 0.06);
    return { source, stop: () => { try { gain.disconnect(); source.stop(); } catch { /* it has ended */ } } };
  };

  class Playing {
    constructor(node, player) {
      this.node = node;
      this.player = player;
      this.seconds = Number(player.dataset.seconds);
      this.notes = JSON.parse(node.dataset.notes); // [start ms, length ms, pitch, velocity, channel], by start
      this.at = 0;
      this.began = null; // the context's time at which the file's 0 would be
      this.ended = false;
      this.voices = new Set();
    }
    now() { return this.began === null ? this.at : Math.min(Math.max(audio().context.currentTime - this.began, 0), this.seconds); }
    silence() {
      for (const one of this.voices) one.stop();
      this.voices.clear();
    }
    start() {
      const { context } = audio();
      this.began = context.currentTime + 0.03 - this.at;
      const at = 1000 * this.at;
      this.next = this.notes.findIndex(([start]) => start >= at);
      if (this.next < 0) this.next = this.notes.length;
      for (const note of this.notes.slice(0, this.next)) {
        if (note[0] + note[1] > at + 30 && note[4] !== DRUMS) this.sound(note, this.at, (note[0] + note[1]) / 1000 - this.at);
      }
      this.pump();
    }
    sound(note, from, length) {
      if (this.voices.size >= VOICES) return;
      const one = voice(note, this.began + from, length);
      this.voices.add(one);
      one.source.onended = () => this.voices.delete(one);
    }
    pump() {
      clearTimeout(this.timer);
      if (this.began === null) return;
      if (!this.node.isConnected) return this.halt();
      const now = this.now();
      while (this.next < this.notes.length && this.notes[this.next][0] / 1000 < now + AHEAD) {
        const note = this.notes[this.next++];
        this.sound(note, note[0] / 1000, note[1] / 1000);
      }
      follow(this.player, now / this.seconds);
      if (now >= this.seconds) {
        this.halt();
        this.ended = true;
        this.node.dispatchEvent(new Event("ended"));
        return;
      }
      this.timer = setTimeout(() => this.pump(), EVERY);
    }
    halt() {
      this.at = this.now();
      this.began = null;
      clearTimeout(this.timer);
      this.silence();
    }
    seek(seconds) {
      const playing = this.began !== null;
      if (playing) this.halt();
      this.at = Math.min(Math.max(seconds, 0), this.seconds);
      this.ended = false;
      if (playing) this.start();
    }
    async play() {
      if (this.began !== null) return;
      await audio().context.resume();
      if (this.at >= this.seconds - 0.02) this.at = 0;
      this.ended = false;
      this.start();
      this.node.dispatchEvent(new Event("play"));
    }
    pause() {
      if (this.began === null) return;
      this.halt();
      this.node.dispatchEvent(new Event("pause"));
    }
  }

  const known = new WeakMap();
  /* Returns what a player's notes are played by, with the words of an <audio>. */
  harpist.notesOf = (player) => {
    const node = player.querySelector("[data-notes]");
    if (known.has(node)) return node;
    const playing = new Playing(node, player);
    known.set(node, playing);
    Object.defineProperties(node, {
      currentTime: { get: () => playing.now(), set: (seconds) => playing.seek(seconds) },
      paused: { get: () => playing.began === null },
      ended: { get: () => playing.ended },
      readyState: { value: 4 },
      play: { value: () => playing.play() },
      pause: { value: () => playing.pause() },
    });
    return node;
  };

  /* Keeps the playhead in sight where the roll is zoomed. */
  const follow = (player, share) => {
    const scroll = player.querySelector("[data-scroll]");
    const x = share * scroll.scrollWidth;
    if (x < scroll.scrollLeft || x > scroll.scrollLeft + 0.9 * scroll.clientWidth) scroll.scrollLeft = x - 0.1 * scroll.clientWidth;
  };
  const zoom = (player, step) => {
    const scroll = player.querySelector("[data-scroll]"), stage = scroll.firstElementChild;
    const before = Number(player.dataset.zoomed || 1), most = Math.max(1, Math.min(64, Number(player.dataset.seconds)));
    const after = Math.min(Math.max(before * 2 ** step, 1), Math.max(4, 2 ** Math.ceil(Math.log2(most))));
    const head = parseFloat(player.querySelector("[data-head]").style.left || 0) / 100;
    const shown = (share) => share >= scroll.scrollLeft / scroll.scrollWidth
      && share <= (scroll.scrollLeft + scroll.clientWidth) / scroll.scrollWidth;
    // What is looked at stays: the playhead where it is in sight, else the middle.
    const share = shown(head) && head > 0 ? head : (scroll.scrollLeft + scroll.clientWidth / 2) / scroll.scrollWidth;
    player.dataset.zoomed = after;
    stage.style.width = `${100 * after}%`;
    scroll.scrollLeft = share * scroll.scrollWidth - scroll.clientWidth / 2;
    for (const button of player.querySelectorAll("[data-zoom]")) {
      button.toggleAttribute("data-last", button.dataset.zoom === "-1" ? after === 1 : after === before && step > 0);
    }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-zoom]");
    if (button) zoom(button.closest("[data-player]"), Number(button.dataset.zoom));
  });
  document.addEventListener("keydown", (event) => {
    const wave = event.target.closest?.(".hp-roll [data-wave]");
    const step = { "+": 1, "=": 1, "-": -1, "_": -1 }[event.key];
    if (!wave || !step || event.ctrlKey || event.metaKey) return;
    zoom(wave.closest("[data-player]"), step);
    event.preventDefault();
  });
  document.addEventListener("pointerdown", async (event) => {
    const keys = event.target.closest?.("[data-keys]");
    if (!keys || event.button !== 0) return;
    const box = keys.getBoundingClientRect(), low = Number(keys.dataset.low), high = Number(keys.dataset.high);
    const pitch = high - Math.min(Math.floor(((event.clientY - box.top) / box.height) * (high - low + 1)), high - low);
    await audio().context.resume();
    voice([0, 0, pitch, 90, 0], audio().context.currentTime + 0.01, 0.5);
    keys.dataset.sounded = pitch;
  });
})();
