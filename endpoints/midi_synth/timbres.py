"""What instruments sound like: General MIDI's programs, each as a handful of numbers for additive synthesis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

PARTIALS = 20
"""Partials of a tone at most."""


@dataclass(frozen=True)
class Timbre:
    """A sound.

    Attributes:
        slope: how fast partials get softer: the k-th has the amplitude ``k ** -slope``; soft notes are duller.
        attack: seconds until it is at its full level.
        decay: how fast the first partial of middle C dies away, in nepers a second; 0 for what is held.
        damping: how much faster each further partial dies away, as a share of ``decay``.
        release: nepers a second once it is let go.
        partials: amplitudes of the first partials, beside ``slope``; empty: all alike.
        ratios: frequencies of the partials as multiples of the first; empty: whole numbers.
        stiffness: how far partials of a stiff string are sharp (Fletcher's coefficient).
        noise: level of the breath or bow that stays, beside the tone's.
        click: level of the noise of a hammer, a nail or a tongue at the start.
        vibrato: semitones, once the note has been held for a while.
        level: beside the other instruments.
    """

    slope: float = 1.2
    attack: float = 0.003
    decay: float = 0.0
    damping: float = 0.3
    release: float = 12.0
    partials: Sequence[float] = ()
    ratios: Sequence[float] = ()
    stiffness: float = 0.0
    noise: float = 0.0
    click: float = 0.0
    vibrato: float = 0.0
    level: float = 1.0


_ODD = (1.0, 0.05, 0.8, 0.05, 0.6, 0.06, 0.5, 0.08, 0.4, 0.1, 0.3, 0.1)
_PLUCKED = (1.0, 0.7, 0.9, 0.6, 0.8, 0.4, 0.6, 0.2, 0.5, 0.3, 0.4, 0.1)
"""As of a string that is plucked near its end: the odd partials lead."""

_PIANO = Timbre(1.35, 0.002, 0.9, 0.25, 14.0, stiffness=4e-4, click=0.3)
_BARS = Timbre(1.0, 0.001, 4.0, 0.5, 8.0, (1.0, 0.25, 0.1), (1.0, 3.93, 9.6), click=0.4)
_ORGAN = Timbre(0.8, 0.006, release=40.0, partials=(1.0, 0.35, 0.5, 0.2, 0.35, 0.15, 0.25, 0.1), click=0.25)
_GUITAR = Timbre(1.25, 0.002, 1.6, 0.4, 16.0, _PLUCKED, stiffness=1e-4, click=0.4)
_BASS = Timbre(1.3, 0.003, 1.2, 0.5, 20.0, _PLUCKED, stiffness=1e-4, click=0.3, level=1.3)
_STRINGS = Timbre(1.15, 0.035, release=14.0, noise=0.01, click=0.1, vibrato=0.12)
_ENSEMBLE = Timbre(1.3, 0.05, release=12.0, noise=0.01, click=0.1, vibrato=0.08)
_BRASS = Timbre(1.0, 0.03, release=20.0, noise=0.005, click=0.15, vibrato=0.05)
_REED = Timbre(1.0, 0.02, release=22.0, noise=0.008, click=0.15, vibrato=0.06)
_PIPE = Timbre(2.0, 0.03, release=20.0, noise=0.03, click=0.2, vibrato=0.1)
_LEAD = Timbre(1.0, 0.004, release=25.0, click=0.1)
_PAD = Timbre(1.5, 0.2, release=3.0, vibrato=0.06)
_EFFECT = Timbre(1.2, 0.05, 0.4, 0.3, 3.0, noise=0.02)
_ETHNIC = replace(_GUITAR, slope=1.3, decay=2.2)
_PERCUSSIVE = replace(_BARS, ratios=(1.0, 2.76, 5.4), decay=5.0)
_SOUNDS = Timbre(1.0, 0.05, 0.5, release=4.0, noise=1.0, partials=(0.2,))

_FAMILIES = (
    *(_PIANO, _BARS, _ORGAN, _GUITAR, _BASS, _STRINGS, _ENSEMBLE, _BRASS),
    *(_REED, _PIPE, _LEAD, _PAD, _EFFECT, _ETHNIC, _PERCUSSIVE, _SOUNDS),
)
"""General MIDI's sixteen families of eight programs."""

_OWN = {
    4: replace(_PIANO, slope=1.8, partials=(1.0, 0.3, 0.5, 0.2), stiffness=0.0, decay=1.2),
    5: replace(_PIANO, slope=1.5, partials=(1.0, 0.6, 0.2, 0.5), stiffness=0.0, decay=1.2),
    6: replace(_GUITAR, slope=0.8, partials=(), decay=1.8, click=0.5),
    7: replace(_GUITAR, slope=0.9, partials=_ODD, decay=2.5),
    8: replace(_BARS, ratios=(1.0, 3.0, 6.2), decay=2.0),
    9: replace(_BARS, ratios=(1.0, 2.76, 5.4), decay=2.5),
    10: replace(_BARS, ratios=(1.0, 2.0, 5.0), decay=3.0),
    11: replace(_BARS, ratios=(1.0, 4.0, 10.0), decay=1.2, release=16.0, click=0.2),
    13: replace(_BARS, ratios=(1.0, 3.0, 6.0), decay=9.0),
    14: replace(_BARS, ratios=(1.0, 1.5, 2.0, 2.5, 3.0), partials=(1.0, 0.6, 0.8, 0.5, 0.3), decay=0.8),
    21: replace(_REED, vibrato=0.0),
    22: replace(_REED, vibrato=0.0, noise=0.02),
    23: replace(_REED, vibrato=0.0),
    29: replace(_GUITAR, slope=0.9, decay=0.4, damping=0.05, partials=()),
    30: replace(_GUITAR, slope=0.7, decay=0.3, damping=0.02, partials=()),
    31: replace(_GUITAR, slope=1.5, partials=(0.3, 1.0, 0.3)),
    38: replace(_BASS, slope=1.0, partials=(), decay=0.6),
    39: replace(_BASS, slope=1.0, partials=_ODD, decay=0.6),
    44: replace(_STRINGS, vibrato=0.3),
    45: replace(_GUITAR, slope=1.3, decay=6.0),
    46: replace(_GUITAR, slope=1.3, decay=1.5, release=3.0),
    47: replace(_BARS, ratios=(1.0, 1.5, 2.0, 2.44), partials=(1.0, 0.6, 0.4, 0.2), decay=3.0, level=1.4),
    52: replace(_ENSEMBLE, partials=(1.0, 0.9, 0.5, 0.25, 0.15, 0.2, 0.25), vibrato=0.15),
    53: replace(_ENSEMBLE, partials=(1.0, 0.8, 0.4, 0.2, 0.1, 0.15, 0.2), vibrato=0.15, attack=0.05),
    55: replace(_BRASS, decay=3.0, attack=0.005),
    71: replace(_REED, partials=_ODD, vibrato=0.0),
    74: replace(_PIPE, slope=2.4, vibrato=0.04),
    80: replace(_LEAD, partials=_ODD),
    82: replace(_PIPE, slope=2.2, vibrato=0.0),
    105: replace(_ETHNIC, decay=3.5),
    108: replace(_BARS, decay=5.0),
    109: replace(_REED, vibrato=0.0),
    110: replace(_STRINGS, slope=1.05),
    111: replace(_REED, vibrato=0.1),
}
"""Programs that are unlike the others of their family."""


def timbre(program: int) -> Timbre:
    """Return the sound of a program of General MIDI, counted from 0."""
    return _OWN.get(program, _FAMILIES[program // 8])
