"""People who were recorded, from packages that Debian ships: close to the microphone, the room far below the voice.

Synthetic voices are easier to tell from noise than people in some ways and harder in others; a network that has learnt
from people is measured with people: with actors and speakers of games, which is hard, and with somebody who reads a
book aloud, as in the recordings by which networks are mostly trained and judged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from benchmarks.accuracy.programs import RATE, MissingProgramError, kept
from benchmarks.accuracy.voices import Voice, active
from benchmarks.table import HOME

Samples = NDArray[np.float64]

_SOUNDS = Path("/usr/share")
_JOINT = 0.02
"""Seconds over which one recording goes over into the next: no digital silence, which no room has, comes between."""


@dataclass(frozen=True)
class _Speaker:
    package: str
    folder: str
    files: tuple[str, ...]
    sha256: str
    """Of the files one after the other: where a package has other sound, numbers can't be compared."""
    suffix: str = ".ogg"


_FISH, _POTATO, _BOOK = "fillets-ng-data-nl", "ktuberling-data", "pocketsphinx-testdata"
"""GPL-2, GPL-2 or later, and BSD-2-Clause (what it holds is from LibriVox).

Of the first, Dutch actors, sentences up to 8 kHz; of the second, words up to 20 kHz; of the third, Austen's *Sense and
Sensibility*, up to 8 kHz.
"""

OF_GAMES = ("Dutch woman", "Dutch man", "Ukrainian woman", "Lithuanian man")
READING = ("reader",)

_SPEAKERS = {
    "Dutch woman": _Speaker(
        _FISH,
        "games/fillets-ng/sound",
        ("alibaba/nl/kni-m-cetky", "crabshow/nl/sec-m-situace", "reactor/nl/rea-m-cojavim", "tank/nl/sv-m-pomohli"),
        "fa3f95ffa257dbd5d9aeb9b5a5751a0723b79352a32ec13be074b776e45d4639",
    ),
    "Dutch man": _Speaker(
        _FISH,
        "games/fillets-ng/sound",
        ("captain/nl/vl-v-lodni", "cellar/nl/pra-v-problem", "crabshow/nl/sec-v-socha", "gems/nl/zav-v-zeleny"),
        "3fc3af8204bc162dfbbba637f5066723fdea66bacbc51ddc48dbd1f4dec2304f",
    ),
    "Ukrainian woman": _Speaker(
        _POTATO,
        "ktuberling/sounds/uk",
        (
            *("kid-tux", "moon_earth", "robot_workshop_base", "robot_workshop_claw", "robot_workshop_panel"),
            *("robot_workshop_rod", "sunglasses", "tux-shoot", "tux-teacup", "tv_caravan", "tv_house", "xmas_ball"),
            *("xmas_present", "xmas_tux"),
        ),
        "a72eb8086da23c09622d657c469eae95d8dd52a68974445b82c25b36d742c11b",
    ),
    "Lithuanian man": _Speaker(
        _POTATO,
        "ktuberling/sounds/lt",
        (
            *("hat", "moon_ufo", "pizzeria_oregano", "tux-arrow", "tux-bullseye", "tux-flask", "tux-key", "tux-stare"),
            *("tux-what", "xmas_turtle"),
        ),
        "c59b87ffd6eac7fbb89ee88427b2e4631294734828cf88a8825ce748c7333776",
    ),
    "reader": _Speaker(
        _BOOK,
        "pocketsphinx/test/data/librivox",
        tuple(f"sense_and_sensibility_01_austen_64kb-{number}" for number in ("0870", "0880", "0890")),
        "991860ddd683cbcab1db70d1d834b232765227dbc1e3ecf3e91da4040b418d12",
        ".wav",
    ),
}


def recorded_voices(home: Path = HOME, names: Sequence[str] | None = None) -> list[Voice]:
    """Return people of some 16 s each, all or those named, mono at 44.1 kHz; kept below ``home``.

    Where they speak is told by level alone: good enough for a ratio to a noise, not for the times of speech.

    Raises:
        MissingProgramError: a package that holds the recordings is missing, or has other recordings.
    """
    return [_voice(home, name, speaker) for name, speaker in _SPEAKERS.items() if names is None or name in names]


def _voice(home: Path, name: str, speaker: _Speaker) -> Voice:
    paths = [_SOUNDS / speaker.folder / f"{file}{speaker.suffix}" for file in speaker.files]
    if missing := [path for path in paths if not path.is_file()]:
        raise MissingProgramError(f"There is no {missing[0]}: install Debian's package {speaker.package}.")
    recordings = [path.read_bytes() for path in paths]
    if hashlib.sha256(b"".join(recordings)).hexdigest() != speaker.sha256:
        raise MissingProgramError(
            f"The recordings of '{name}' are not those that others were measured with: Debian's package "
            f"{speaker.package} of another version is installed."
        )

    def make(path: Path) -> None:
        joined = _joined([_mono(recording) for recording in paths])
        soundfile.write(path, 0.5 * joined / np.abs(joined).max(), RATE, subtype="PCM_24")

    wav = kept(home, "recorded", [name, *recordings], make)
    return Voice(name, wav, active(soundfile.read(wav)[0]))


def _mono(path: Path) -> Samples:
    """Return a recording at :data:`RATE`, each as loud as the others at its loudest."""
    samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
    mono = samples.mean(axis=1)
    return np.asarray(soxr.resample(mono / np.abs(mono).max(), rate, RATE))


def _joined(recordings: Sequence[Samples]) -> Samples:
    size = round(_JOINT * RATE)
    rising = np.linspace(0.0, 1.0, size)
    joined = recordings[0]
    for following in recordings[1:]:
        joint = joined[-size:] * rising[::-1] + following[:size] * rising
        joined = np.concatenate([joined[:-size], joint, following[size:]])
    return joined
