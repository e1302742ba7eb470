"""Which chords songs of each key use: what ``endpoints.bundled.key_chords`` knows, counted anew.

``python -m benchmarks.key_chords FOLDER`` reads the annotations of J. A. Burgoyne, J. Wild, I. Fujinaga: "An expert
ground truth set for audio chord recognition and music analysis", ISMIR 2011 (the McGill Billboard set, CC0; the files
``salami_chords.txt`` of its version 2.0, one in a folder of its own). It prints the share of the time that each chord
has, and how much chords count beside the notes, by logistic regression on stretches of songs; each third of the songs
is then told by what the other two taught.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from endpoints.bundled.key_chords import log_shares
from endpoints.bundled.key_fit import key_profiles

Chord = tuple[int, int]
"""Semitones above C, and 1 if the third is minor."""
Bar = list[tuple[Chord, float]]
"""Chords and their share of the bar."""

BARS, STEP = 14, 5
"""How long a stretch is, about half a minute, and how many bars after the last one it begins."""

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass(frozen=True)
class Passage:
    """Bars of one song in one key, 0 to 11 for major ones from C up, 12 to 23 for minor ones."""

    key: int
    bars: list[Bar]


def pitch_class(name: str) -> int:
    """Return the semitones of a note above C.

    >>> pitch_class("Bb"), pitch_class("F##")
    (10, 7)
    """
    return (_LETTERS[name[0]] + name.count("#") - name.count("b")) % 12


def passages(text: str) -> list[Passage]:
    """Return a song's passages; a tonic whose own chord never sounds has no mode, and is left out."""
    tonic, parts = None, []
    for line in text.splitlines():
        if found := re.match(r"# tonic: (\S+)", line):
            tonic = pitch_class(found[1])
            parts.append((tonic, list[Bar]()))
        elif "|" in line and tonic is not None:
            parts[-1][1].extend(_bars(line))
    return [Passage(key, bars) for tonic, bars in parts if (key := _key(tonic, bars)) is not None]


def _bars(line: str) -> Iterator[Bar]:
    played, after = line[line.index("|") : line.rindex("|")], line[line.rindex("|") :]
    repeats = re.search(r"\bx(\d{1,2})\b", after)
    for _ in range(int(repeats[1]) if repeats else 1):
        for bar in played.strip("|").split("|"):
            chords: list[Chord | None] = []
            for word in bar.split():
                if not word.startswith("("):  # a metre
                    chords.append(chords[-1] if word == "." and chords else _chord(word))
            if chords:
                yield [(chord, 1.0 / len(chords)) for chord in chords if chord is not None]


def _chord(word: str) -> Chord | None:
    found = re.match(r"([A-G][#b]*):(\w*)", word)
    return (pitch_class(found[1]), int(found[2].startswith(("min", "dim", "hdim")))) if found else None


def _key(tonic: int, bars: Sequence[Bar]) -> int | None:
    times = [sum(part for bar in bars for chord, part in bar if chord == (tonic, third)) for third in (0, 1)]
    return None if not any(times) else tonic + 12 * (times[1] > times[0])


def shares(of: Sequence[Passage]) -> NDArray[np.float64]:
    """Return the share of the time, in %, of each chord: modes by chords, those from the tonic up, major ones first."""
    found = np.zeros((2, 24))
    for passage in of:
        for bar in passage.bars:
            for (root, third), part in bar:
                found[passage.key // 12, 12 * third + (root - passage.key) % 12] += part
    return 100.0 * found / found.sum(1, keepdims=True)


def stretches(of: Sequence[Passage]) -> Iterator[tuple[int, list[tuple[Chord, float]]]]:
    """Return the key and the chords of stretches of :data:`BARS` bars, those with two chords or more."""
    for passage in of:
        for start in range(0, max(len(passage.bars) - BARS // 2, 0), STEP):
            chords = [part for bar in passage.bars[start : start + BARS] for part in bar]
            if len({chord for chord, _ in chords}) > 1:
                yield passage.key, chords


def evidence(of: Sequence[Passage], known: NDArray[np.float64]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return what speaks for each key of each stretch, ``(stretches, 24, 4)``, and the keys that are right.

    The four: the notes' correlation with the key's profile, the mean log share of the chords, that of the first
    chord, and 1 for minor keys, of which there are few.
    """
    log_share = log_shares(torch.from_numpy(known).to(torch.float32)).numpy()
    profiles, rows, keys = key_profiles().numpy(), [], []
    for key, chords in stretches(of):
        time, notes = np.zeros(24), np.zeros(12)
        for (root, third), part in chords:
            time[12 * third + root] += part
            notes[[root, (root + 4 - third) % 12, (root + 7) % 12]] += part
        notes -= notes.mean()
        first = 12 * chords[0][0][1] + chords[0][0][0]
        minor = np.arange(24) // 12
        rows.append(
            [profiles @ notes / np.linalg.norm(notes), log_share @ time / time.sum(), log_share[:, first], minor]
        )
        keys.append(key)
    return torch.from_numpy(np.array(rows)).transpose(1, 2), torch.tensor(keys)


def weights(rows: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
    """Return how much each kind of evidence counts, by logistic regression over the 24 keys."""
    found = torch.zeros(rows.shape[2], dtype=rows.dtype, requires_grad=True)
    search = torch.optim.LBFGS([found], max_iter=200)

    def loss() -> torch.Tensor:
        search.zero_grad()
        value = torch.nn.functional.cross_entropy(rows @ found, keys) + 1e-3 * found.square().sum()
        value.backward()
        return value

    search.step(loss)
    return found.detach()


def right(songs: Sequence[list[Passage]], kinds: Sequence[int]) -> float:
    """Return the share of stretches whose key is told, each third of the songs by what the others taught."""
    hits, count = 0, 0
    for third in range(3):
        taught = [passage for i, song in enumerate(songs) if i % 3 != third for passage in song]
        asked = [passage for i, song in enumerate(songs) if i % 3 == third for passage in song]
        known = shares(taught)
        rows, keys = evidence(taught, known)
        weight = weights(rows[:, :, list(kinds)], keys)
        rows, keys = evidence(asked, known)
        hits += int(((rows[:, :, list(kinds)] @ weight).argmax(1) == keys).sum())
        count += len(keys)
    return hits / count


def main() -> int:
    """Run the command; 2 and a sentence where the folder holds no annotations."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.key_chords")
    parser.add_argument("folder", type=Path, help="the unpacked annotations")
    folder: Path = parser.parse_args().folder
    texts = {path.read_text(encoding="utf-8") for path in folder.rglob("salami_chords.txt")}
    if not texts:
        print(f"There is no salami_chords.txt below {folder}.", file=sys.stderr)
        return 2
    songs = [passages(text) for text in sorted(texts)]  # a song that was drawn twice counts once
    everything = [passage for song in songs for passage in song]
    known = shares(everything)
    for mode, row in zip(("major", "minor"), known):
        print(f"{mode}: {', '.join(f'{share:.1f}' for share in row)}")
    found = weights(*evidence(everything, known.round(1)))
    print(f"Of {len(songs)} songs. Beside the notes' correlation, the chords count {found[1] / found[0]:.2f}, ", end="")
    print(f"the first {found[2] / found[0]:.2f}.")
    print(f"Keys told: {right(songs, (0, 3)):.3f} by notes, {right(songs, (0, 1, 2, 3)):.3f} by chords too.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
