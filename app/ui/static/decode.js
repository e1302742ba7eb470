"use strict";
/* Files that only a browser decodes, where the server has no decoder for them: m4a, mp4, WebM, bare AAC, 32-bit FLAC
   that is not stereo. */
(() => {
  const word = (view, at) => String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, 4));
  const AAC_RATES = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];
  const USUAL = 48000;

  /* Returns what a file is, where the server cannot decode it: "mp4", "webm", "aac" or "flac"; else "". */
  harpist.foreignKind = async (file) => {
    const view = new DataView(await file.slice(0, 42).arrayBuffer());
    if (view.byteLength < 12) return "";
    if (["ftyp", "moov", "mdat", "wide", "free", "skip"].includes(word(view, 4))) return "mp4";
    if (view.getUint32(0) === 0x1a45dfa3) return "webm";
    if (view.getUint8(0) === 0xff && (view.getUint8(1) & 0xf6) === 0xf0) return "aac";
    if (view.byteLength < 42 || word(view, 0) !== "fLaC") return "";
    const bits = ((view.getUint16(20) >> 4) & 31) + 1, channels = ((view.getUint8(20) >> 1) & 7) + 1;
    // Two channels may be stored as mean and difference: a difference of 33 bits, which Chromium loses.
    return bits > 24 && channels !== 2 ? "flac" : "";
  };

  /* The rates below are what headers say; a browser would else bring all sound to the rate of its own output. */
  const find = (bytes, text, from = 0) => {
    const sought = [...text].map((letter) => letter.charCodeAt(0));
    for (let at = bytes.indexOf(sought[0], from); at >= 0; at = bytes.indexOf(sought[0], at + 1)) {
      if (sought.every((value, index) => bytes[at + index] === value)) return at;
    }
    return -1;
  };
  const mp4Rate = (view, bytes) => {
    let at = 0;
    while (at + 16 <= view.byteLength && word(view, at + 4) !== "moov") {
      const short = view.getUint32(at);
      const length = short === 1 ? Number(view.getBigUint64(at + 8)) : short;
      if (length < 8) return USUAL;
      at += length;
    }
    if (at + 16 > view.byteLength) return USUAL;
    const moov = bytes.subarray(at, at + view.getUint32(at));
    for (let entry = find(moov, "stsd"); entry >= 0; entry = find(moov, "stsd", entry + 1)) {
      if (entry + 48 > moov.length) break;
      const kind = String.fromCharCode(...moov.subarray(entry + 16, entry + 20));
      if (!["mp4a", "alac", "fLaC", "Opus"].includes(kind)) continue;
      const rate = (moov[entry + 44] << 8) | moov[entry + 45];
      const more = find(moov.subarray(entry, entry + 200), "esds");
      const object = more < 0 ? -1 : find(moov.subarray(entry + more, entry + more + 60), "\x05\x80\x80\x80");
      const spectral = object >= 0 && [5, 29].includes(moov[entry + more + object + 5] >> 3);
      return spectral && rate <= 24000 ? 2 * rate : rate;
    }
    return USUAL;
  };
  const webmRate = (view, bytes) => {
    const track = find(bytes.subarray(0, 65536), "A_");
    if (track < 0 || find(bytes.subarray(track, track + 6), "OPUS") >= 0) return USUAL;
    for (let at = track; at + 10 < Math.min(bytes.length, track + 4096); at++) {
      if (bytes[at] !== 0xb5) continue;
      const rate = bytes[at + 1] === 0x84 ? view.getFloat32(at + 2) : bytes[at + 1] === 0x88 ? view.getFloat64(at + 2) : 0;
      if (rate >= 8000 && rate <= 384000) return rate;
    }
    return USUAL;
  };
  const rateOf = (data, kind) => {
    const view = new DataView(data), bytes = new Uint8Array(data);
    if (kind === "mp4") return mp4Rate(view, bytes);
    if (kind === "webm") return webmRate(view, bytes);
    if (kind === "aac") return AAC_RATES[(view.getUint8(2) >> 2) & 15] ?? USUAL;
    return view.getUint32(18) >>> 12;
  };

  /* Returns the file's sound as WAV, at its own rate; throws an Error whose message is for the user. */
  harpist.decoded = async (file, kind) => {
    try {
      const data = await file.arrayBuffer();
      let context;
      try { context = new OfflineAudioContext(1, 1, rateOf(data, kind)); } catch {
        context = new OfflineAudioContext(1, 1, USUAL);
      }
      const sound = await context.decodeAudioData(data);
      const channels = Array.from({ length: sound.numberOfChannels }, (_, index) => sound.getChannelData(index));
      return harpist.wavFile(channels, sound.sampleRate, file.name.replace(/(\.[^.]*)?$/, ".wav"));
    } catch {
      throw new Error(`Neither this server nor your browser can decode ${file.name}; send it as WAV, AIFF, FLAC, OGG or MP3.`);
    }
  };
})();
