"""What VampNet can be told, HARP's own controls first; and what comes back."""

from __future__ import annotations

from app.harp.controls import AudioTrack, Control, Dropdown, LabelTrack, NumberBox, Slider, Toggle
from endpoints.vampnet.published import BASE, PUBLISHED

MOST_VARIATIONS = 3
KEPT, DROPPED = "Kept", "Dropped"
TRACK = AudioTrack("Input Audio", "The music: any length, any sample rate, 1 to 32 channels.")
TEMPERATURE = Slider(
    "temperature",
    "Temperature",
    "A factor (no unit): 1 draws as the network says; below that the result is tamer, above 2 it falls apart.",
    "no unit",
    0.1,
    10,
    0.001,
    1.0,
)
PERIOD = Slider(
    "period",
    "Periodic prompt",
    "In steps of the codec (17 ms): one of so many is kept, and holds the result near the music. 1 keeps every one, 13 "
    "few, 0 none.",
    "steps",
    0,
    13,
    1,
    7,
)
FORGOTTEN = Slider(
    "forgotten",
    "Mask dropout",
    "A share, 0 to 1: so much of what the periodic prompt would keep is made anew all the same, drawn by lot.",
    "share",
    0,
    1,
    0.01,
    0.0,
)
BOOKS = Slider(
    "books",
    "Compression prompt",
    "In codebooks, of 14: in what is kept, only the first so many count; the others are made anew. 1 keeps a sketch, 4 "
    "the notes, 14 the sound too.",
    "codebooks",
    1,
    14,
    1,
    3,
)
MODEL = Dropdown(
    "model",
    "Model",
    "Which music the network was taught: of all kinds, or further taught on one kind. Each is installed on its own.",
    tuple(one.name for one in PUBLISHED),
    BASE.name,
)
BEAT = Slider(
    "beat",
    "Beat mask",
    "In milliseconds: so much is kept from each beat on, so that the result keeps the pulse. 0: none.",
    "milliseconds",
    0,
    200,
    1,
    0,
)
OWN = "As set"
PRESETS = {
    OWN: None,
    "Timbre transfer": (2, 1, 0.0, 0),
    "Small variation": (5, 4, 0.0, 0),
    "Small variation, follow the beat": (7, 4, 0.0, 50),
    "Medium variation": (7, 4, 0.0, 0),
    "Medium variation, follow the beat": (13, 4, 0.0, 50),
    "Large variation": (13, 4, 0.2, 0),
    "Large variation, follow the beat": (0, 4, 0.0, 80),
    "Nothing kept": (0, 1, 0.0, 0),
}
"""Periodic prompt, compression prompt, mask dropout, beat mask, as the authors' app has them."""
PRESET = Dropdown(
    "preset",
    "Preset",
    f"Sets periodic prompt, compression prompt, mask dropout and beat mask, whatever they say, and leaves onsets out. "
    f"“{OWN}”: they count.",
    tuple(PRESETS),
    OWN,
)
FROM = NumberBox(
    "start",
    "From",
    "In seconds: where the music is made anew; what lies before stays as it is.",
    "seconds",
    0,
    86_400,
    0.01,
    0,
)
TO = NumberBox("end", "To", "In seconds: up to where; 0: up to the end.", "seconds", 0, 86_400, 0.01, 0)
VARIATIONS = Slider(
    "variations",
    "Variations",
    "In tracks: how many differ; each takes as long again. Those beyond repeat the first.",
    "tracks",
    1,
    MOST_VARIATIONS,
    1,
    2,
)
SIDES = Dropdown(
    "sides",
    "Sides",
    "The network makes the middle of a stereo sound. Kept: the old sides lie around it. Dropped: the result is mono on "
    "all channels.",
    (KEPT, DROPPED),
    KEPT,
)
WIDTH = Slider(
    "width",
    "Periodic width",
    "In steps (17 ms): how many are kept each time; even ones keep one more.",
    "steps",
    1,
    13,
    1,
    1,
)
ONSET = Slider(
    "onset",
    "Onset mask",
    "In steps (17 ms): so many are kept on each side of where a note or stroke begins. 0: none.",
    "steps",
    0,
    100,
    1,
    0,
)
CHANCE = Slider(
    "chance",
    "Random prompt",
    "In percent: so much is kept here and there, drawn by lot. 0: none.",
    "percent",
    0,
    100,
    1,
    0,
)
KEPT_BOOKS = Slider(
    "kept",
    "Kept codebooks",
    "In codebooks: the first so many are kept everywhere, at most as many as the compression prompt. 1 keeps the "
    "outline and makes the sound anew.",
    "codebooks",
    0,
    13,
    1,
    0,
)
PASSES = Slider(
    "passes",
    "Feedback passes",
    "In passes: each makes anew what the last one made, and keeps other steps. More wander farther from the music.",
    "passes",
    1,
    8,
    1,
    1,
)
PITCH = Slider(
    "pitch",
    "Pitch",
    "In semitones: the music is moved before it is heard; 12 is an octave up.",
    "semitones",
    -12,
    12,
    1,
    0,
)
LONGER = Slider(
    "longer",
    "Time stretch",
    "In lengths: 2 makes the result twice as long, with new steps between the old ones. 1 leaves the length.",
    "lengths",
    1,
    8,
    1,
    1,
)
ROUNDS = Slider(
    "rounds",
    "Sampling steps",
    "In rounds: in how many the music is filled in. 12 are quick, 36 are the authors' choice; time grows with them.",
    "rounds",
    1,
    128,
    1,
    36,
)
NUCLEUS = Slider(
    "nucleus",
    "Top p",
    "A share, 0 to 1: of the likeliest values only those count that make it up. 0 and 1: all do. Lower is tamer.",
    "share",
    0,
    1,
    0.01,
    0.0,
)
TYPICAL = Toggle(
    "typical",
    "Typical",
    "On: only values count that are as surprising as is to be expected. The authors' app has this switch without "
    "effect; here it has one.",
    False,
)
MASS = Slider(
    "mass",
    "Typical mass",
    "A share, 0.01 to 0.99: of all values that count, by likelihood; 0.1 to 0.5 is sensible.",
    "share",
    0.01,
    0.99,
    0.01,
    0.15,
)
LEAST = Slider("least", "Typical least", "A number of values: so many count at least.", "values", 1, 256, 1, 64)
UNTIL = Slider(
    "until",
    "Sample cutoff",
    "A share of the sampling steps, 0 to 1: from there on the likeliest value is taken, not drawn. 1: all are drawn.",
    "share",
    0,
    1,
    0.01,
    1.0,
)
SEED = NumberBox(
    "seed",
    "Seed",
    "A number (no unit) that decides all lots: the same one gives the same result. 0 takes a new one each time.",
    "no unit",
    0,
    999_999,
    1,
    0,
)
CONTROLS: tuple[Control, ...] = (
    *(TEMPERATURE, PERIOD, FORGOTTEN, BOOKS, MODEL, BEAT),
    *(PRESET, FROM, TO, VARIATIONS, SIDES),
    *(WIDTH, ONSET, CHANCE, KEPT_BOOKS, PASSES, PITCH, LONGER),
    *(ROUNDS, NUCLEUS, TYPICAL, MASS, LEAST, UNTIL, SEED),
)
OUTPUTS: tuple[AudioTrack | LabelTrack, ...] = (
    *(
        AudioTrack(
            f"Variation {number}",
            "In the input's length (times the time stretch), sample rate, channels and format, unless too loud for it.",
        )
        for number in range(1, MOST_VARIATIONS + 1)
    ),
    LabelTrack("Labels", "What was made anew, and the beats or onsets around which the music was kept."),
)
