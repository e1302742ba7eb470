"use strict";
/* Sound that a browser holds, as a file that every model takes: WAV of 32-bit floats, so that nothing is lost or clipped. */
window.harpist = {};

/* Returns the file of `channels` (Float32Array each, all of one length) at `rate` Hz. */
harpist.wavFile = (channels, rate, name) => {
  const count = channels.length, length = channels[0].length, bytes = 4 * count * length;
  const head = new DataView(new ArrayBuffer(58));
  const text = (at, word) => [...word].forEach((letter, index) => head.setUint8(at + index, letter.charCodeAt(0)));
  text(0, "RIFF"); head.setUint32(4, 50 + bytes, true); text(8, "WAVEfmt "); head.setUint32(16, 18, true);
  head.setUint16(20, 3, true); head.setUint16(22, count, true); head.setUint32(24, rate, true);
  head.setUint32(28, 4 * count * rate, true); head.setUint16(32, 4 * count, true); head.setUint16(34, 32, true);
  text(38, "fact"); head.setUint32(42, 4, true); head.setUint32(46, length, true);
  text(50, "data"); head.setUint32(54, bytes, true);
  const samples = new Float32Array(count * length);
  channels.forEach((channel, offset) => {
    for (let at = 0; at < length; at++) samples[at * count + offset] = channel[at];
  });
  return new File([head, samples], name, { type: "audio/wav" });
};
