"""What its user chooses, and what comes back."""

from __future__ import annotations

from app.harp.controls import AudioTrack, Control, Dropdown, LabelTrack, NumberBox, Slider, Toggle
from endpoints.transcribe.languages import LANGUAGES
from endpoints.transcribe.published import BASE, PUBLISHED

TRACK = AudioTrack("Input Audio", "The speech: any length, any sample rate, 1 to 32 channels.")
SENTENCES, WORDS = "Sentences", "Words"
FIND_OUT = "Find out"
MODEL = Dropdown(
    "model",
    "Model",
    "A larger network makes fewer mistakes and takes longer: Tiny is the quickest, Large v3 Turbo the best and wants a "
    "graphics card. Each is installed on its own.",
    tuple(one.name for one in PUBLISHED),
    BASE.name,
)
LANGUAGE = Dropdown(
    "language",
    "Language",
    f"What is spoken. “{FIND_OUT}” lets the network listen to the first 30 seconds of speech. Cantonese: Large only.",
    (FIND_OUT, *LANGUAGES),
    FIND_OUT,
)
DETAIL = Dropdown(
    "detail",
    "Labels",
    "One label for each sentence, or one for each word.",
    (SENTENCES, WORDS),
    SENTENCES,
)
SPEECH_ONLY = Toggle(
    "speech_only",
    "Speech only",
    "On: only where a voice speaks is listened to, so that nothing is invented in silence or noise. Off: everything "
    "is, as songs need: singing with instruments may be taken for no speech.",
    True,
)
TRIES = Slider(
    "tries",
    "Further tries",
    "In tries: how often a passage is heard again, with lots drawn, where the text repeats itself or the network is "
    "not sure. Each takes as long again.",
    "tries",
    0,
    5,
    1,
    2,
)
SEED = NumberBox(
    "seed",
    "Seed",
    "A number (no unit) that decides the lots of further tries: the same one gives the same text. 0 takes a new one "
    "each time.",
    "no unit",
    0,
    2**31 - 1,
    1,
    1,
)
CONTROLS: tuple[Control, ...] = (MODEL, LANGUAGE, DETAIL, SPEECH_ONLY, TRIES, SEED)
LABELS = LabelTrack("Text", "What is said, where it is said; each label tells how sure the network is.")
