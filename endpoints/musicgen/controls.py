"""What MusicGen can be told, and what comes back."""

from __future__ import annotations

from collections.abc import Sequence

from app.harp.controls import AudioTrack, Control, Dropdown, Input, NumberBox, Slider, TextBox
from endpoints.musicgen.published import Published

LONGEST = 300.0
"""Seconds of new music, at most."""

USUAL = 10.0
"""Seconds of new music where nothing says how many."""

TRACK = AudioTrack(
    "Input Audio",
    "Music that goes on: its last 12 s are heard. Any sample rate, 1 to 32 channels. Empty: the words alone count.",
    required=False,
)
MELODY = AudioTrack(
    "Melody",
    "A tune that the new music follows: its notes count, not its sound. It begins where the new music does, and comes "
    "again where it is shorter.",
    required=False,
)
TEXT = TextBox(
    "text",
    "Description",
    "What is to be heard, in English: kind, instruments, mood, tempo. “calm piano with soft strings, 70 bpm”. Empty: "
    "the network does as it likes.",
    "instrumental music",
    500,
)
SECONDS = Slider(
    "seconds",
    "Seconds",
    f"In seconds: how much new music, 1 to {LONGEST:g}. 0: as much as was sent, {USUAL:g} where nothing was. Beyond 30 "
    "the last 12 s are heard anew each time.",
    "seconds",
    0,
    LONGEST,
    0.5,
    0,
)
GUIDANCE = Slider(
    "guidance",
    "Guidance",
    "A factor (no unit): how closely the words are followed. 1 loosely, 3 is the authors' choice, 10 to the letter, "
    "and harsh.",
    "no unit",
    1,
    10,
    0.1,
    3,
)
TEMPERATURE = Slider(
    "temperature",
    "Temperature",
    "A factor (no unit): 1 draws as the network says; below that the music is tamer, above 1.5 it falls apart.",
    "no unit",
    0.1,
    2,
    0.01,
    1,
)
MOST = Slider(
    "most",
    "Top k",
    "A number of values: only so many of the likeliest are drawn from. 250 is the authors' choice; 1 repeats itself "
    "soon.",
    "values",
    1,
    2048,
    1,
    250,
)
WITH, ALONE = "Sound and what follows", "Only what follows"
RESULT = Dropdown(
    "result",
    "Result",
    f"“{WITH}”: the sound as it is, and the new music behind it, without a click. “{ALONE}”: the new music. Without a "
    "sound both are the same.",
    (WITH, ALONE),
    WITH,
)
SEED = NumberBox(
    "seed",
    "Seed",
    "A number (no unit) that decides all lots: the same one gives the same music. 0 takes a new one each time.",
    "no unit",
    0,
    999_999,
    1,
    0,
)
OUTPUTS = (
    AudioTrack(
        "Music",
        "In the sample rate, channels and format of the sound sent, unless too loud for it; without one, WAV of 24 "
        "bits at 32 kHz.",
    ),
)


def inputs_for(published: Sequence[Published]) -> tuple[Input, ...]:
    """Return the tracks and controls where these networks are offered."""
    melody = (MELODY,) if any(one.follows for one in published) else ()
    names = tuple(one.name for one in published)
    version = Dropdown(
        "version",
        "Version",
        "Which network: larger ones are better and slower. Each is installed on its own.",
        names,
        names[0],
    )
    choice: tuple[Control, ...] = (version,) if len(names) > 1 else ()
    return (TRACK, *melody, TEXT, SECONDS, *choice, GUIDANCE, TEMPERATURE, MOST, RESULT, SEED)
