"""Noise reduction against the voice without noise, each result shifted by the delay that it has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from benchmarks.accuracy.comparing import OURS, Case, Method, Report, Scores, compare
from benchmarks.accuracy.mixes import mixed
from benchmarks.accuracy.noises import noises
from benchmarks.accuracy.peers import denoisers
from benchmarks.accuracy.peers.reading import mono
from benchmarks.accuracy.programs import RATE, MissingProgramError
from benchmarks.accuracy.recorded_voices import OF_GAMES, READING, recorded_voices
from benchmarks.accuracy.tasks.setting import Setting
from benchmarks.accuracy.voices import Voice, voices

Samples = NDArray[np.float64]

SNR = 5.0
"""Of the noisy voices, in dB."""
_LATEST = 4096
"""The longest delay that is looked for, in samples: 93 ms."""
_NOISES = ("street", "chatter", "fan and hum", "hiss")
_SCORED = 16_000
"""The rate (Hz) at which PESQ listens."""


def noise_reduction(setting: Setting) -> Report:
    """Compare what takes noise from speech, synthetic and recorded: at :data:`SNR` dB, and without noise."""
    names = ("man",) if setting.quick else ("woman", "man", "low man in a room", "fast man")
    report = _compared(setting, "Noise reduction, synthetic voices", voices(setting.home, names))
    if setting.quick:
        return report
    for what, of_it in (("recorded voices", OF_GAMES), ("a book read aloud", READING)):
        try:
            people = recorded_voices(setting.home, of_it)
        except MissingProgramError as error:
            report.notes.append(f"Noise reduction was not measured with {what}. {error.message}")
            continue
        report.add(_compared(setting, f"Noise reduction, {what}", people))
    return report


def _compared(setting: Setting, task: str, speakers: Sequence[Voice]) -> Report:
    around = noises(setting.home, ("hiss",) if setting.quick else _NOISES)
    mixes = [mixed(voice, noise, SNR, setting.home) for voice in speakers for noise in around]
    cases = [Case(mix.name.rpartition(",")[0], mix.wav, (mix.clean, mix.noise)) for mix in mixes]
    if not setting.quick:
        cases += [Case(f"{voice.name}, clean", voice.wav, (voice.wav, "")) for voice in speakers]
    ours = Method(OURS, "", lambda: _sent(setting, {}))
    choices = setting.bundled.other_choices("noise-reduction")
    others = [Method(f"{OURS}, {_short(value)}", "", _with(setting, {name: value})) for name, value in choices]
    untouched = Method("(untouched)", "", lambda: lambda wav: mono(wav, RATE))
    peers = (*others, untouched, denoisers.NOISEREDUCE, denoisers.RNNOISE, denoisers.DEEP_FILTER)
    return compare(task, cases, setting.methods(ours, peers), _score, "SI-SDR")


def _short(choice: object) -> str:
    """Return what a choice is called, without what it is for."""
    return str(choice).partition(":")[0]


def _with(setting: Setting, controls: dict[str, object]) -> Callable[[], Callable[[Path], Samples]]:
    return lambda: _sent(setting, controls)


def _sent(setting: Setting, controls: dict[str, object]) -> Callable[[Path], Samples]:
    run = setting.bundled.sound("noise-reduction", controls)
    return lambda wav: run(wav)[0].mean(axis=0)


def si_sdr(true: Samples, found: Samples) -> float:
    """Return the scale-invariant signal-to-distortion ratio in dB (Le Roux et al. 2019, eq. 4), at most 100.

    >>> wave = np.sin(np.arange(1000.0))
    >>> si_sdr(wave, 3.0 * wave) > 99
    True
    """
    target = true * (np.dot(found, true) / max(np.dot(true, true), 1e-12))
    rest = float(np.sum((found - target) ** 2))
    return min(100.0, 10.0 * float(np.log10(max(float(np.sum(target**2)), 1e-12) / max(rest, 1e-12))))


def aligned(true: Samples, found: Samples) -> Samples:
    """Return ``found`` without its delay against ``true``, which is looked for up to 93 ms both ways."""
    length = min(len(true), len(found))
    size = 1 << (length + _LATEST).bit_length()  # long enough for the delays that count, and quick to transform
    likeness = np.fft.irfft(np.fft.rfft(found[:length], size) * np.conj(np.fft.rfft(true[:length], size)), size)
    near = np.concatenate([likeness[-_LATEST:], likeness[: _LATEST + 1]])
    delay = int(np.argmax(near)) - _LATEST
    shifted = np.roll(np.append(found, np.zeros(_LATEST)), -delay)
    return np.pad(shifted, (0, max(0, len(true) - len(shifted))))[: len(true)]


def _score(case: Case, found: Any) -> Scores:
    wav, noise = case.truth
    true = soundfile.read(wav)[0]
    own = aligned(true, np.asarray(found, dtype=np.float64))
    heard = [soxr.resample(samples, RATE, _SCORED) for samples in (true, own)]
    scores = {"SI-SDR": si_sdr(true, own), "PESQ": _pesq(*heard), "ESTOI": _estoi(*heard)}
    empty = {
        "SI-SDR": np.nan, "PESQ": np.nan, "ESTOI": np.nan, **{f"PESQ in {kind}": np.nan for kind in _NOISES},
        "SI-SDR of clean speech": np.nan, "PESQ of it": np.nan,
    }  # fmt: skip
    if not noise:
        return {**empty, "SI-SDR of clean speech": scores["SI-SDR"], "PESQ of it": scores["PESQ"]}
    return {**empty, **scores, f"PESQ in {noise}": scores["PESQ"]}


def _pesq(true: Samples, found: Samples) -> float:
    """Return PESQ (wide band, ITU-T P.862.2), NaN where the package is missing."""
    try:
        from pesq import NoUtterancesError, pesq
    except ImportError:
        return float("nan")
    try:
        return float(pesq(_SCORED, true, found, "wb"))
    except NoUtterancesError:
        return 1.0


def _estoi(true: Samples, found: Samples) -> float:
    """Return ESTOI (Jensen, Taal 2016), NaN where the package is missing."""
    try:
        from pystoi import stoi
    except ImportError:
        return float("nan")
    return float(stoi(true, found, _SCORED, extended=True))
