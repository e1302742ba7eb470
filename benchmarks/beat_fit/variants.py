"""Other recordings of a song: another tempo, key, balance, set of instruments, room or band."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve, lfilter

from benchmarks.beat_fit.playing import FONTS, Song

COUNT = 4
"""A song as it stands, and three others."""

_SLOWEST, _FASTEST = 52.0, 215.0


def variant(song: Song, which: int) -> Song:
    """Return the song as it stands (0), or one of its variants.

    1 has another sound font and balance; 2 other instruments of the same families, balance and a room; 3 another sound
    font, noise and colour. All play other melodies, in another key, at another tempo.
    """
    if which == 0:
        return song
    rng = np.random.default_rng([which, *song["name"].encode()])
    faster = float(rng.choice([-1, 1]) * rng.uniform(0.03, 0.09))
    if not _SLOWEST < song["bpm"] * (1 + faster) < _FASTEST:
        faster = -faster
    new = song | {
        "name": f"{song['name']}~{which}",
        "bpm": song["bpm"] * (1 + faster),
        "higher": int(rng.integers(-4, 5)),
    }
    if "step" in song.get("tempo", {}):
        beat, bpm = song["tempo"]["step"]
        new["tempo"] = {"step": [beat, bpm * (1 + faster)]}
    parts = [list(part) for part in song["parts"]]
    if which in (1, 3):
        new["font"] = next(font for font in FONTS if font != song["font"])
    if which in (1, 2):
        new["drums_louder"] = int(rng.integers(-18, 14))
        for part in parts:
            part[2] += int(rng.integers(-14, 12))
    if which == 2:
        for part in parts:
            part[0] = part[0] // 8 * 8 + int(rng.integers(0, 8))
        new["room"] = float(rng.uniform(0.2, 0.9))
    if which == 3:
        new["noise"], new["colour"] = float(rng.uniform(15, 35)), float(rng.uniform(-0.5, 0.5))
    return new | {"parts": parts}


def recorded(samples: NDArray[np.float32], song: Song) -> NDArray[np.float32]:
    """Return mono samples at 44.1 kHz with the song's room (s until it is silent), noise (dB below) and colour."""
    rng = np.random.default_rng(list(song["name"].encode()))
    if "room" in song:
        time = np.arange(int(song["room"] * 44100)) / 44100
        answer = rng.standard_normal(len(time)) * np.exp(-6.9 * time / song["room"])
        wet = fftconvolve(samples, answer / np.sqrt((answer**2).sum()))[: len(samples)]
        samples = samples + 0.5 * wet
    if "colour" in song:
        samples = lfilter([1.0, -song["colour"]], [1.0], samples)
    if "noise" in song:
        noise = lfilter([1.0], [1.0, -0.9], rng.standard_normal(len(samples)))
        samples = samples + noise * np.sqrt((samples**2).mean() / (noise**2).mean()) * 10 ** (-song["noise"] / 20)
    return samples.astype(np.float32)
