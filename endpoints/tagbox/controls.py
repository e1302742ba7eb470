"""What steered separation can be told, by parts of the mixture or by a codec; and what comes back."""

from __future__ import annotations

from app.harp.controls import (
    AudioTrack,
    Dropdown,
    FileTrack,
    LabelTrack,
    MultiSelect,
    NumberBox,
    Slider,
    TextBox,
    Toggle,
)
from endpoints.tagbox.tags import WANTED

TRACK = AudioTrack("Input Audio", "The music: any length, any sample rate, 1 to 32 channels.")
BRING_OUT = Dropdown(
    "wanted",
    "Bring out",
    "Which source is wanted. Drums, piano, guitar and flute are heard best; harp, sitar, harpsichord and synthesizer "
    "are often not heard at all. The notice tells whether it was.",
    tuple(WANTED),
    "Drums",
)
OWN = TextBox(
    "tags",
    "Own tags",
    "Tags in place of the choice above, divided by commas, such as “flute, harp”: those of MagnaTagATune, or of a "
    "labeler that listens; empty: the choice counts. A wrong one is refused with the list of all.",
    "",
    200,
)
MUSICNN, FCN, MUSICNN_MSD = "musicnn", "FCN", "musicnn MSD"
TAGGER = MultiSelect(
    "tagger",
    "Tagger",
    "Who listens; of several the mean counts. musicnn and FCN together are harder to fool than one; FCN alone is "
    "quickest. musicnn MSD knows genres, guitar, and voices. Labelers that are installed here stand here too, if they "
    "give probabilities and gradients.",
    (MUSICNN, FCN, MUSICNN_MSD),
    (MUSICNN, FCN),
)
REST = Toggle(
    "rest",
    "Not in the rest",
    "On: the rest must not sound of it either. That separates better, and takes half as long again.",
    True,
)
SEED = NumberBox(
    "seed",
    "Seed",
    "A number (no unit) that decides where the search begins: the same number gives the same result, another one may "
    "be better or worse. 0 takes a new one each time.",
    "no unit",
    0,
    999_999,
    1,
    1,
)
BROUGHT = AudioTrack("Brought out", "What was asked for, in the input's length, sample rate, channels and format.")
LEFT = AudioTrack("The rest", "All else: both tracks sum to the input exactly.")
OPINION = LabelTrack("Tagger's opinion", "For each 10 seconds: how probable the tags are, before and after.")
COURSE = FileTrack(
    "Course",
    "What was heard from step to step, and how much was brought out, over time (JSON); the page draws both.",
    required=False,
    file_types=(".json",),
)
OUTPUTS = (BROUGHT, LEFT, OPINION, COURSE)


def steps_of(more: str, value: int) -> Slider:
    """Return the control for how many steps are made; ``more``: what is to be said of some numbers."""
    return Slider("steps", "Steps", f"In steps, for each 10 seconds of sound: {more}", "steps", 5, 300, 5, value)


def strength_of(more: str) -> Slider:
    """Return the control for how far a step goes; ``more``: what is to be said of some numbers."""
    return Slider("strength", "Strength", f"In percent: how far one step goes. {more}", "percent", 1, 100, 1, 40)
