"""What a user sets beside a chain whose knobs turn by themselves."""

from __future__ import annotations

from dataclasses import dataclass

from app.endpoint import Controls
from app.harp.controls import AudioTrack, Control, Dropdown, FileTrack, LabelTrack, Slider, Toggle

MOVING, STILL = "Moving with the sound", "One setting for all"

TRACK = AudioTrack("Input Audio", "The sound to process: any length, any sample rate, 1 to 32 channels.")
SOUND = AudioTrack("Processed", "In the input's length, sample rate, channels and format.")
LABELS = LabelTrack("Settings", "What the knobs were set to, and when that changed.")
FILE = FileTrack(
    "Settings file",
    "All settings with their names, units, times and values (JSON); for LV2 plugins a ZIP, with presets beside it.",
    required=False,
    file_types=(".json", ".zip"),
)
OUTPUTS = (SOUND, LABELS, FILE)

CONTROLS: tuple[Control, ...] = (
    Slider(
        "amount",
        "Amount",
        "In percent: how far the knobs go from their neutral places to what was found. 0 % leaves the effects neutral, "
        "50 % goes half of the way, 100 % all of it.",
        "%",
        0,
        100,
        1,
        100,
    ),
    Dropdown(
        "moving",
        "Settings",
        "“Moving with the sound” turns the knobs all the time, as a hand would. “One setting for all” takes their mean "
        "over the region, which is easier to copy by hand.",
        (MOVING, STILL),
        MOVING,
    ),
    Slider(
        "smoothing",
        "Smoothing",
        "In milliseconds: how calmly the knobs move. At 10 ms they follow each word or note, at 2000 ms only slow "
        "changes. Without meaning for one setting.",
        "ms",
        10,
        2000,
        10,
        200,
    ),
    Slider(
        "ceiling",
        "True-peak ceiling",
        "In dBTP: no peak comes out above it, also between samples; a look-ahead limiter holds those that would. -1 is "
        "usual, 0 full scale.",
        "dBTP",
        -12,
        0,
        0.1,
        -1,
    ),
    Toggle(
        "matched",
        "Loudness matched",
        "On: the result is as loud as what was sent (in LUFS), so that you hear the change and not the level. Off: as "
        "loud as the effects make it.",
        False,
    ),
)


@dataclass(frozen=True)
class Asked:
    """What was set.

    Attributes:
        amount: from neutral, 0, to what was found, 1.
        moving: the knobs follow the sound.
        smoothing: of their curves, in seconds.
        ceiling: dBTP.
        matched: the result is as loud as the region.
    """

    amount: float = 1.0
    moving: bool = True
    smoothing: float = 0.2
    ceiling: float = -1.0
    matched: bool = False


def asked_of(controls: Controls) -> Asked:
    """Return what was set by :data:`CONTROLS`."""
    amount, smoothing, ceiling = (
        float(controls[name])  # type: ignore[arg-type]
        for name in ("amount", "smoothing", "ceiling")
    )
    return Asked(amount / 100, controls["moving"] == MOVING, smoothing / 1000, ceiling, bool(controls["matched"]))
