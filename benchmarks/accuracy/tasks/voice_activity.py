"""Speech against the times at which somebody spoke, by frames; and the share of noise and music called speech."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from benchmarks.accuracy.comparing import OURS, Case, Method, Report, Scores, compare
from benchmarks.accuracy.mixes import SNRS, mixed
from benchmarks.accuracy.noises import noises
from benchmarks.accuracy.peers import speech as peers
from benchmarks.accuracy.tasks.setting import Setting
from benchmarks.accuracy.voices import voices

_FRAME = 0.01
"""Seconds."""
_MUSIC = ("rock", "ballad", "swing", "house", "folk", "funk", "country", "jazz waltz")
"""Pieces without voices of any kind."""


def voice_activity(setting: Setting) -> Report:
    """Compare detectors of speech, in noise and where there is none."""
    speakers = voices(setting.home, ("man",) if setting.quick else None)
    around = noises(setting.home, ("hiss",) if setting.quick else None)
    mixes = [mixed(voice, noise, snr, setting.home) for voice in speakers for noise in around for snr in SNRS]
    cases = [Case(voice.name, voice.wav, (voice.spoken, "clean")) for voice in speakers]
    cases += [
        Case(mix.name, mix.wav, (mix.voice.spoken, "chatter" if mix.noise == "chatter" else f"{mix.snr:g} dB"))
        for mix in (mixes[:1] if setting.quick else mixes)
    ]
    if not setting.quick:
        music = [piece for piece in setting.pieces() if piece.name in _MUSIC]
        cases += [Case(noise.name, noise.wav, ((), "noise")) for noise in around if noise.name != "chatter"]
        cases += [Case(piece.name, piece.wav, ((), "music")) for piece in music]
    ours = Method(OURS, "", lambda: _labelled(setting, {}))
    choices = setting.bundled.other_choices("voice-activity")
    others = [Method(f"{OURS}, {value}", "", _with(setting, {name: value})) for name, value in choices]
    return compare(
        "Voice activity", cases, setting.methods(ours, (*others, peers.SILERO, peers.WEBRTC)), _score, "F1 in noise"
    )


def _with(setting: Setting, controls: dict[str, object]) -> Callable[[], Callable[[Path], list[tuple[float, float]]]]:
    return lambda: _labelled(setting, controls)


def _labelled(setting: Setting, controls: dict[str, object]) -> Callable[[Path], list[tuple[float, float]]]:
    run = setting.bundled.labels("voice-activity", controls)
    return lambda wav: [(label.t, label.t + (label.duration or 0.0)) for label in run(wav) if label.label == "speech"]


def _score(case: Case, found: Any) -> Scores:
    spoken, kind = case.truth
    seconds = soundfile.info(case.wav).duration
    true, own = _frames(spoken, seconds), _frames(found, seconds)
    empty = {
        "F1 in noise": np.nan, "clean": np.nan, **{f"{snr:g} dB": np.nan for snr in SNRS}, "in chatter": np.nan,
        "false alarm": np.nan, "miss": np.nan, "of noise called speech": np.nan, "of music": np.nan,
    }  # fmt: skip
    if kind in ("noise", "music"):
        return {**empty, "of music" if kind == "music" else "of noise called speech": float(own.mean())}
    hits = float(np.sum(true & own))
    f1 = 2 * hits / max(float(true.sum() + own.sum()), 1.0)
    if kind == "chatter":
        return {**empty, "in chatter": f1}
    found_in = {"clean": f1} if kind == "clean" else {kind: f1, "F1 in noise": f1}
    return {**empty, **found_in, "false alarm": float(own[~true].mean()), "miss": float((~own[true]).mean())}


def _frames(spans: Sequence[tuple[float, float]], seconds: float) -> Any:
    """Return for each frame whether its middle lies in one of the spans."""
    middles = (np.arange(int(seconds / _FRAME)) + 0.5) * _FRAME
    found = np.zeros(len(middles), dtype=bool)
    for start, end in spans:
        found |= (middles >= start) & (middles < end)
    return found
