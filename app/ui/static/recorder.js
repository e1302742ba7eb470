"use strict";
/* Records what the microphone gives, sample for sample: no call processing, as many channels as there are up to two, no
   lossy format between. What the handles leave of a recording is what is sent. */
(() => {
  const AS_IT_IS = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const TAP = `registerProcessor("harpist-tap", class extends AudioWorkletProcessor {
    constructor() {
      super();
      this.port.onmessage = () => { this.ended = true; this.port.postMessage(null); };
    }
    process([input]) {
      if (!this.ended && input.length) this.port.postMessage(input.map((channel) => channel.slice()));
      return !this.ended;
    }
  });`;
  const REASONS = {
    NotAllowedError: "This page may not use the microphone: allow it in your browser, beside the address, and record again.",
    NotFoundError: "Your browser finds no microphone.",
    NotReadableError: "The microphone cannot be opened; another program may use it.",
    OverconstrainedError: "The microphone that was chosen is not there any more; choose another.",
  };

  /* Returns what a running recording is: its blocks so far, and `stop`, which returns its channels and rate. */
  const start = async (device, onBlock) => {
    const audio = { ...AS_IT_IS, channelCount: { ideal: 2 }, ...(device ? { deviceId: { exact: device } } : {}) };
    const stream = await navigator.mediaDevices.getUserMedia({ audio });
    const end = () => stream.getTracks().forEach((track) => track.stop());
    try {
      const rate = stream.getAudioTracks()[0].getSettings().sampleRate;
      let context, source;
      try {
        context = new AudioContext(rate ? { sampleRate: rate } : {});
        source = context.createMediaStreamSource(stream);
      } catch { // Firefox joins a microphone only to sound of the output's rate
        context = new AudioContext();
        source = context.createMediaStreamSource(stream);
      }
      const code = URL.createObjectURL(new Blob([TAP], { type: "text/javascript" }));
      await context.audioWorklet.addModule(code);
      URL.revokeObjectURL(code);
      const tap = new AudioWorkletNode(context, "harpist-tap");
      const blocks = [];
      const ended = new Promise((done) => {
        tap.port.onmessage = ({ data }) => (data ? onBlock(blocks.push(data) && data, context.sampleRate) : done());
      });
      source.connect(tap).connect(context.destination);
      await context.resume();
      return {
        stop: async () => {
          tap.port.postMessage("stop");
          await ended;
          end();
          await context.close();
          return { channels: joined(blocks), rate: context.sampleRate };
        },
      };
    } catch (error) {
      end();
      throw error;
    }
  };
  const joined = (blocks) => {
    const length = blocks.reduce((sum, block) => sum + block[0].length, 0);
    const channels = Array.from({ length: Math.max(1, ...blocks.map((block) => block.length)) }, () => new Float32Array(length));
    let at = 0;
    for (const block of blocks) {
      channels.forEach((channel, index) => channel.set(block[index] ?? block[0], at));
      at += block[0].length;
    }
    // A single microphone may come as two equal sides.
    const [left, right] = channels;
    return right && left.every((value, index) => value === right[index]) ? [left] : channels;
  };

  const draw = (canvas, channels) => {
    const [width, height] = [(canvas.width = canvas.clientWidth || 600), (canvas.height = canvas.clientHeight || 64)];
    const pen = canvas.getContext("2d"), step = channels[0].length / width;
    pen.fillStyle = getComputedStyle(canvas).color;
    for (let x = 0; x < width; x++) {
      let peak = 0;
      for (const channel of channels) {
        for (let at = Math.floor(x * step); at < (x + 1) * step; at++) peak = Math.max(peak, Math.abs(channel[at] ?? 0));
      }
      const tall = Math.max(1, Math.min(peak, 1) * height);
      pen.fillRect(x, (height - tall) / 2, 1, tall);
    }
  };

  const part = (panel, name) => panel.querySelector(`[data-record-${name}]`);
  const say = (panel, text, alert = false) => {
    const place = part(panel, "said");
    place.textContent = text;
    place.className = alert ? "hp-error" : "hp-none";
    place.setAttribute("role", alert ? "alert" : "status");
  };
  const choose = async (panel) => {
    const devices = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "audioinput");
    const list = part(panel, "device"), chosen = list.value;
    list.replaceChildren(...devices.map((device) => new Option(device.label || "Microphone", device.deviceId)));
    if (devices.some((device) => device.deviceId === chosen)) list.value = chosen;
    list.hidden = devices.length < 2;
  };

  let running = null, taken = null, sending = Promise.resolve(), newest = 0, busy = false;
  const send = (panel) => {
    const zone = document.querySelector(".hp-drop.hp-audio"), { channels, rate } = taken;
    const end = part(panel, "to"), from = Math.round(Number(part(panel, "from").value) * rate);
    // The handle stands on hundredths: at the right end it means the end.
    const atEnd = Number(end.value) > Number(end.max) - Number(end.step);
    const to = atEnd ? channels[0].length : Math.round(Number(end.value) * rate);
    const kept = channels.map((channel) => channel.subarray(from, Math.max(to, from + 1)));
    say(panel, `${((to - from) / rate).toFixed(2)} s of ${(channels[0].length / rate).toFixed(2)} s are taken.`);
    const mine = ++newest;
    sending = sending.then(() => (mine === newest ? harpist.give(zone, harpist.wavFile(kept, rate, "recording.wav")) : null));
  };
  const begin = async (panel, button) => {
    let seconds = 0, peak = 0;
    say(panel, "");
    part(panel, "cut").hidden = true;
    running = await start(part(panel, "device").value, (block, rate) => {
      for (const channel of block) for (const value of channel) peak = Math.max(peak, Math.abs(value));
      const before = Math.floor(10 * seconds);
      seconds += block[0].length / rate;
      if (Math.floor(10 * seconds) === before) return;
      const level = peak > 0 ? `${(20 * Math.log10(peak)).toFixed(0)} dBFS` : "silence";
      say(panel, `${seconds.toFixed(1)} s, ${peak >= 1 ? "too loud: turn the microphone down" : level}`);
      peak = 0;
    });
    button.textContent = "Stop";
    await choose(panel);
  };
  const finish = async (panel, button) => {
    const recording = running;
    running = null;
    button.textContent = "Record again";
    taken = await recording.stop();
    if (!taken.channels[0].length) return void say(panel, "The microphone gave no sound.", true);
    const cut = part(panel, "cut");
    cut.hidden = false;
    for (const name of ["from", "to"]) {
      const handle = part(panel, name);
      handle.max = taken.channels[0].length / taken.rate;
      handle.value = name === "from" ? 0 : handle.max;
    }
    draw(part(panel, "wave"), taken.channels);
    send(panel);
  };

  addEventListener("click", async (event) => {
    const opener = event.target.closest?.("#hp-record"), panel = document.querySelector("[data-recorder]");
    if (opener && panel) {
      panel.hidden = !panel.hidden;
      opener.textContent = panel.hidden ? "Record" : "Close recorder";
      if (panel.hidden && running) await finish(panel, part(panel, "start"));
      if (!navigator.mediaDevices?.getUserMedia) {
        part(panel, "start").disabled = true;
        say(panel, "Recording needs https or localhost: to a page over plain http a browser gives no microphone.", true);
      }
      return;
    }
    const button = event.target.closest?.("[data-record-start]");
    if (!button || busy) return;
    busy = true;
    try { await (running ? finish : begin)(panel, button); } catch (error) {
      running = null;
      button.textContent = "Record";
      say(panel, REASONS[error.name] ?? `The microphone cannot be recorded: ${error.message}`, true);
    } finally { busy = false; }
  });
  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("[data-record-from], [data-record-to]")) return;
    const panel = event.target.closest("[data-recorder]"), [from, to] = [part(panel, "from"), part(panel, "to")];
    if (Number(from.value) >= Number(to.value)) {
      const gap = Number(from.step);
      event.target.value = event.target === from ? Number(to.value) - gap : Number(from.value) + gap;
    }
    const share = (handle) => `${(100 * handle.value) / handle.max}%`;
    part(panel, "wave").style.setProperty("--from", share(from));
    part(panel, "wave").style.setProperty("--to", share(to));
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-record-from], [data-record-to]")) send(event.target.closest("[data-recorder]"));
  });
})();
