"""Table 20: what harpist/transcribe writes of speech whose words and times are known, with Whisper's size Base."""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray

from app.endpoint import LabelList
from benchmarks.accuracy.endpoints_in_python import opened_as
from benchmarks.accuracy.noises import noises
from benchmarks.accuracy.recorded_voices import READING, recorded_voices
from benchmarks.accuracy.spoken_words import Speaker
from benchmarks.accuracy.voices import SENTENCES, SPEAKERS
from benchmarks.packaged_whisper import packaged_base
from benchmarks.table import Options, Table, command
from endpoints.transcribe.controls import WORDS
from endpoints.transcribe.endpoint import Transcribe
from endpoints.transcribe.published import PUBLISHED
from tests.endpoints.transcribe import tiny_whisper

COLUMNS = (
    "What",
    "Words",
    "Wrong (%)",
    "Half begin within (s)",
    "Nine of ten begin within (s)",
    "Processor seconds per second",
)
_READ = (
    "and mister john dashwood had then leisure to consider how much there might be prudently in his power to do for "
    "them he was not an ill disposed young man unless to be rather cold hearted and rather selfish is to be ill "
    "disposed"
)
"""What the recorded reader says, as the package's own file ``transcription`` has it."""
_NOISE = 10.0
"""dB by which the voices are louder than the noise."""
_NOBODY = ("street", "fan and hum", "hiss", "workshop")

Sound = NDArray[np.float64]
Word = tuple[float, str]


@dataclass(frozen=True)
class _Said:
    """Sound, mono, and its words, with the second at which each begins."""

    sound: Sound
    rate: int
    words: tuple[Word, ...]


@dataclass(frozen=True)
class _Judged:
    """Words, how many of them are wrong, how far off the right ones begin (s), and what it took of each second."""

    words: int
    wrong: int
    off: tuple[float, ...]
    share: float

    def row(self, name: str, *, times: bool = True) -> tuple[str, ...]:
        off = [f"{np.percentile(self.off, part):.2f}" if times and self.off else "" for part in (50, 90)]
        return (name, str(self.words), f"{100 * self.wrong / self.words:.1f}", *off, f"{self.share:.2f}")


def measure(options: Options) -> Table:
    """Measure each voice once, in one thread."""
    torch.set_num_threads(1)
    folder = options.home / "whisper-base"
    if options.quick:
        folder = options.home / "whisper-tiny"
        tiny_whisper.save(folder, 1)
    else:
        packaged_base(folder)
    endpoint = Transcribe()
    vars(endpoint)["weights"] = {one.weights.repo: str(folder) for one in PUBLISHED}
    run = opened_as(endpoint)

    def write(said: _Said, **controls: object) -> tuple[list[Word], float]:
        path = options.home / "said.wav"
        soundfile.write(path, said.sound, said.rate, "PCM_16")
        began = time.process_time()
        [labels] = run(path, options.home, {"detail": WORDS, **controls})
        assert isinstance(labels, LabelList)
        share = (time.process_time() - began) / (len(said.sound) / said.rate)
        return [(label.t, label.label) for label in labels.labels], share

    names = list(SPEAKERS)[:1] if options.quick else list(SPEAKERS)
    speaker = Speaker()
    voices = {name: _voice(speaker, name) for name in names}
    rows = []
    alone = {name: _judged(said, *write(said, language="English")) for name, said in voices.items()}
    rows += [judged.row(f"{name}, eSpeak") for name, judged in alone.items()]
    rows.append(_together(list(alone.values())).row("all of these"))
    noisy = [_judged(said, *write(_in_noise(said, options.home), language="English")) for said in voices.values()]
    rows.append(_together(noisy).row(f"all, in street noise {_NOISE:g} dB below"))
    found = [_judged(said, *write(said)) for said in voices.values()]
    rows.append(_together(found).row("all, language found out"))
    if not options.quick:
        [reader] = recorded_voices(options.home, READING)
        sound, rate = soundfile.read(reader.wav)
        read = _Said(sound, rate, tuple((0.0, word) for word in _READ.split()))
        rows.append(_judged(read, *write(read, language="English")).row("a reader, recorded", times=False))
    return Table(COLUMNS, rows, [_invented(write, options)])


def _invented(write: Callable[..., tuple[list[Word], float]], options: Options) -> str:
    """Return how many words are written where nobody speaks."""
    names = _NOBODY[-1:] if options.quick else _NOBODY
    sounds = [soundfile.read(noise.wav) for noise in noises(options.home, names)]
    whole = np.concatenate([np.zeros(30 * sounds[0][1]), *(sound for sound, _ in sounds)])
    said = _Said(whole, sounds[0][1], ())
    counts = [len(write(said, speech_only=only, language="English")[0]) for only in (True, False)]
    seconds = len(whole) / said.rate
    return (
        f"Words written in {seconds:g} s in which nobody speaks (silence, {', '.join(names)}): {counts[0]}; with "
        f"“Speech only” off: {counts[1]}."
    )


def _voice(speaker: Speaker, name: str) -> _Said:
    """Return sentences with pauses between them."""
    random = np.random.default_rng([ord(letter) for letter in name])
    one = SPEAKERS[name]
    parts: list[Sound] = []
    words: list[Word] = []
    rate = speaker.rate
    for number in one.sentences:
        parts.append(np.zeros(round(random.uniform(0.5, 1.6) * rate)))
        begin = sum(map(len, parts)) / rate
        said = speaker.say(one.voice, one.speed, one.pitch, SENTENCES[number])
        words += [(begin + at, word) for at, word in said.words]
        parts.append(said.sound)
    whole = np.concatenate([*parts, np.zeros(rate)])
    return _Said(0.5 * whole / np.abs(whole).max(), rate, tuple(words))


def _in_noise(said: _Said, home: Path) -> _Said:
    [noise] = noises(home, ["street"])
    sound, rate = soundfile.read(noise.wav)
    other = np.interp(np.arange(len(said.sound)) / said.rate, np.arange(len(sound)) / rate, sound)
    spoken = said.sound[said.sound != 0]
    gain = np.sqrt(np.mean(spoken**2) / np.mean(other**2)) * 10 ** (-_NOISE / 20)
    return _Said(said.sound + gain * other, said.rate, said.words)


def _judged(said: _Said, written: Sequence[Word], share: float) -> _Judged:
    """Compare words one by one: a wrong one is one replaced, left out or added."""
    real, found = ([(at, bare) for at, word in words for bare in _bare(word)] for words in (said.words, written))
    matcher = difflib.SequenceMatcher(None, [word for _, word in real], [word for _, word in found], autojunk=False)
    off, wrong = list[float](), 0
    for kind, first, last, begin, end in matcher.get_opcodes():
        if kind == "equal":
            off += [abs(found[begin + place][0] - real[first + place][0]) for place in range(last - first)]
        else:
            wrong += max(last - first, end - begin)
    return _Judged(len(real), wrong, tuple(off), share)


_SPELLED = {"mr": "mister", "30": "thirty"}


def _bare(word: str) -> list[str]:
    """Return a word without signs and capitals; one with a hyphen is two."""
    parts = re.findall(r"[\w']+", word.lower().replace("’", "'"))
    return [_SPELLED.get(part, part) for part in parts]


def _together(judged: Sequence[_Judged]) -> _Judged:
    off = tuple(one for each in judged for one in each.off)
    share = float(np.mean([one.share for one in judged]))
    return _Judged(sum(one.words for one in judged), sum(one.wrong for one in judged), off, share)


if __name__ == "__main__":
    command("transcribe", measure)
