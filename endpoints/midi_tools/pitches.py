"""Where a key goes: transposed, then brought to a scale."""

from __future__ import annotations

from app.midi.file import DRUMS

KEYS = ("C", "C♯ / D♭", "D", "D♯ / E♭", "E", "F", "F♯ / G♭", "G", "G♯ / A♭", "A", "A♯ / B♭", "B")

SCALES: dict[str, tuple[int, ...]] = {
    "Major": (0, 2, 4, 5, 7, 9, 11),
    "Natural minor": (0, 2, 3, 5, 7, 8, 10),
    "Harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "Melodic minor": (0, 2, 3, 5, 7, 9, 11),
    "Dorian": (0, 2, 3, 5, 7, 9, 10),
    "Phrygian": (0, 1, 3, 5, 7, 8, 10),
    "Lydian": (0, 2, 4, 6, 7, 9, 11),
    "Mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "Locrian": (0, 1, 3, 5, 6, 8, 10),
    "Major pentatonic": (0, 2, 4, 7, 9),
    "Minor pentatonic": (0, 3, 5, 7, 10),
    "Blues": (0, 3, 5, 6, 7, 10),
    "Whole tone": (0, 2, 4, 6, 8, 10),
}
"""Steps over the key's own note, in semitones."""


class PitchMap:
    """Maps pitches.

    Args:
        semitones: how far up.
        key: 0 (C) to 11 (B), the scale's first note; ``None`` for no scale.
        scale: one of :data:`SCALES`.
        drums: whether drums move too.
    """

    def __init__(self, semitones: int, key: int | None, scale: str, *, drums: bool) -> None:
        self._drums = drums
        self._table = [_within(_snapped(pitch + semitones, key, SCALES[scale])) for pitch in range(128)]
        self._beyond = [not 0 <= pitch + semitones <= 127 for pitch in range(128)]

    def __call__(self, channel: int, pitch: int) -> int:
        """Return where a pitch of a channel goes."""
        return pitch if channel == DRUMS and not self._drums else self._table[pitch]

    def leaves_range(self, channel: int, pitch: int) -> bool:
        """Whether a pitch would go where no MIDI note is, and is moved by octaves instead."""
        return (channel != DRUMS or self._drums) and self._beyond[pitch]


def _snapped(pitch: int, key: int | None, steps: tuple[int, ...]) -> int:
    """Return the nearest pitch of a scale; of two that are as near, the lower."""
    if key is None:
        return pitch
    return next(pitch + way for away in range(12) for way in (-away, away) if (pitch + way - key) % 12 in steps)


def _within(pitch: int) -> int:
    while pitch > 127:
        pitch -= 12
    while pitch < 0:
        pitch += 12
    return pitch
