"""What the MIDI tools let their user choose, and what was chosen."""

from __future__ import annotations

from dataclasses import dataclass

from app.endpoint import Controls
from app.errors import ControlError
from app.harp.controls import Control, Dropdown, NumberBox, Slider, Toggle
from endpoints.midi_tools.grid import GRIDS
from endpoints.midi_tools.pitches import KEYS, SCALES

OFF = "Off"
MOST_SEED = 999_999
"""HARP sends numbers through 32-bit floats, which hold whole numbers of this size exactly."""

CONTROLS: tuple[Control, ...] = (
    Slider(
        "transpose",
        "Transpose",
        "In semitones: 12 is an octave up, -12 an octave down, 0 changes nothing. A note that would leave the range of "
        "MIDI is moved back by octaves.",
        "semitones",
        -48,
        48,
        1,
        0,
    ),
    Toggle(
        "drums",
        "Move drums too",
        "Whether transpose and scale also move the notes of channel 10, where each key is a drum: they become other "
        "drums.",
        False,
    ),
    Dropdown(
        "key",
        "Scale: key",
        "The first note of the scale to which notes are brought. “Off” leaves notes that are outside of any scale.",
        (OFF, *KEYS),
        OFF,
    ),
    Dropdown(
        "scale",
        "Scale: kind",
        "Each note moves to the nearest one of the scale; of two that are as near, to the lower. Needs a key.",
        tuple(SCALES),
        "Major",
    ),
    Dropdown(
        "grid",
        "Quantize: grid",
        "The note value to which the starts of notes move, within the file's own bars. “Off” leaves them as they are.",
        (OFF, *GRIDS),
        OFF,
    ),
    Slider(
        "strength",
        "Quantize: strength",
        "In percent of the way to the grid: 100 puts notes on it, 50 halves their distance, 0 leaves them.",
        "percent",
        0,
        100,
        1,
        100,
    ),
    Slider(
        "swing",
        "Quantize: swing",
        "Where every second line of the grid lies between its neighbours, in percent: 50 is straight, 67 a triplet "
        "feel, 75 dotted.",
        "percent",
        50,
        75,
        1,
        50,
    ),
    Toggle(
        "ends",
        "Quantize: ends too",
        "Whether the ends of notes move to the grid as well. Off, notes keep their lengths.",
        False,
    ),
    Slider(
        "timing",
        "Humanize: timing",
        "In milliseconds: how far a note's start may be moved at random, earlier or later. 0 moves none, 10 is an "
        "ensemble, 40 is loose.",
        "milliseconds",
        0,
        100,
        1,
        0,
    ),
    Slider(
        "dynamics",
        "Humanize: velocity",
        "In steps of velocity, of which there are 127: how much harder or softer a note may be struck at random.",
        "steps",
        0,
        64,
        1,
        0,
    ),
    NumberBox(
        "seed",
        "Humanize: seed",
        "A whole number: the same one gives the same result again. 0 draws another one each time, and the result says "
        "which.",
        "whole number",
        0,
        MOST_SEED,
        1,
        0,
    ),
    Slider(
        "curve",
        "Velocity: curve",
        "In percent: below 0 makes notes softer, above 0 louder, most those of middling velocity; the softest and the "
        "hardest stay.",
        "percent",
        -100,
        100,
        1,
        0,
    ),
    Slider(
        "lowest",
        "Velocity: softest",
        "In steps of velocity: what the softest possible note (1) becomes. Near the hardest, all notes are alike.",
        "steps",
        1,
        127,
        1,
        1,
    ),
    Slider(
        "highest",
        "Velocity: hardest",
        "In steps of velocity: what the hardest possible note (127) becomes. Below the softest, soft and hard change "
        "places.",
        "steps",
        1,
        127,
        1,
        127,
    ),
)


@dataclass(frozen=True)
class Choices:
    """What was chosen.

    Attributes:
        transpose: semitones.
        drums: whether drums move in pitch.
        key: 0 (C) to 11 (B), or ``None`` for no scale.
        scale: one of :data:`endpoints.midi_tools.pitches.SCALES`.
        grid: one of :data:`endpoints.midi_tools.grid.GRIDS`, or ``""``.
        strength: 0 to 1.
        swing: 0.5 to 0.75.
        ends: whether ends are quantized.
        timing: seconds.
        dynamics: steps of velocity.
        seed: 0 to draw one.
        curve: -1 to 1.
        lowest, highest: velocities.
    """

    transpose: int
    drums: bool
    key: int | None
    scale: str
    grid: str
    strength: float
    swing: float
    ends: bool
    timing: float
    dynamics: int
    seed: int
    curve: float
    lowest: int
    highest: int

    @property
    def humanizes(self) -> bool:
        """Whether anything is drawn at random."""
        return self.timing > 0 or self.dynamics > 0


def chosen(controls: Controls) -> Choices:
    """Read the values of :data:`CONTROLS`.

    Raises:
        ControlError: a seed that is no whole number.
    """

    def number(name: str) -> float:
        return float(controls[name])  # type: ignore[arg-type]

    def whole(name: str) -> int:
        return round(number(name))

    seed = number("seed")
    if seed != int(seed):
        raise ControlError(f"Humanize: seed expects a whole number from 0 to {MOST_SEED}, not {seed:g}.")
    key, grid = str(controls["key"]), str(controls["grid"])
    return Choices(
        transpose=whole("transpose"),
        drums=bool(controls["drums"]),
        key=None if key == OFF else KEYS.index(key),
        scale=str(controls["scale"]),
        grid="" if grid == OFF else grid,
        strength=number("strength") / 100,
        swing=number("swing") / 100,
        ends=bool(controls["ends"]),
        timing=number("timing") / 1000,
        dynamics=whole("dynamics"),
        seed=int(seed),
        curve=number("curve") / 100,
        lowest=whole("lowest"),
        highest=whole("highest"),
    )
