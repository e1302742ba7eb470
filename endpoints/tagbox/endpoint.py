"""Two tracks: what a tagger has a word for, brought out of music, and the rest; and what the tagger thought."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from app.endpoint import Controls, FileOutput, Outputs, Progress, Region
from app.errors import WorkerError
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack, Dropdown, FileTrack, LabelTrack, NumberBox, Slider, TextBox, Toggle
from app.harp.labels import LabelList, OutputLabel, argb
from app.harp.tags import taxonomy_tags
from endpoints.tagbox.tags import WANTED, own_tags

if TYPE_CHECKING:
    from collections.abc import Sequence

    from endpoints.tagbox.steering import Steered
    from endpoints.tagbox.taggers.tagger import Tagger
    from endpoints.tagbox.windows import Window

_TRACK = AudioTrack("Input Audio", "The music: any length, any sample rate, 1 to 32 channels.")
_WANTED = Dropdown(
    "wanted",
    "Bring out",
    "Which source is wanted. Drums, piano, guitar and flute are heard best; harp, sitar, harpsichord and synthesizer "
    "are often not heard at all. The notice tells whether it was.",
    tuple(WANTED),
    "Drums",
)
_OWN = TextBox(
    "tags",
    "Own tags",
    "Tags of MagnaTagATune in place of the choice above, divided by commas, such as “flute, harp”; empty: the choice "
    "counts. A wrong one is refused with the list of all.",
    "",
    200,
)
_TAGGER_MUSICNN, _TAGGER_FCN, _TAGGER_BOTH = "musicnn", "FCN", "Both"
_TAGGER = Dropdown(
    "tagger",
    "Tagger",
    "Who listens. Both: two networks in turns, which are harder to fool than one. FCN alone is quickest, musicnn alone "
    "takes longest.",
    (_TAGGER_BOTH, _TAGGER_MUSICNN, _TAGGER_FCN),
    _TAGGER_BOTH,
)
_STEPS = Slider(
    "steps",
    "Steps",
    "In steps, for each 10 seconds of sound: 5 change little of what hearing the parts one by one has found; 30 are "
    "enough for most, and take one core about as long as the sound lasts, or half as long again; 300 take seven times "
    "that, and may fool the tagger. It ends earlier where nothing gets better.",
    "steps",
    5,
    300,
    5,
    30,
)
_STRENGTH = Slider(
    "strength",
    "Strength",
    "In percent: how far one step goes. 1 hardly moves, 40 is usual, 100 pleases the tagger soonest and may separate "
    "worse.",
    "percent",
    1,
    100,
    1,
    40,
)
_REST = Toggle(
    "rest",
    "Not in the rest",
    "On: the rest must not sound of it either. Slower by half.",
    False,
)
_SEED = NumberBox(
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
_CONTROLS = (_WANTED, _OWN, _TAGGER, _STEPS, _STRENGTH, _REST, _SEED)
_BROUGHT = AudioTrack("Brought out", "What was asked for, in the input's length, sample rate, channels and format.")
_LEFT = AudioTrack("The rest", "All else: both tracks sum to the input exactly.")
_OPINION = LabelTrack("Tagger's opinion", "For each 10 seconds: how probable the tags are, before and after.")

_COURSE = FileTrack(
    "Course",
    "What was heard from step to step, and how much was brought out, over time (JSON); the page draws both.",
    required=False,
    file_types=(".json",),
)

_RISE = 0.02
"""By how much the aim must be more probable, 0 to 1, for a result to be worth anything."""

_DOUBTFUL = 0.25
"""Probability below which a tagger can hardly be said to hear something; `benchmarks/README.md`, table 15."""

_HEARD, _UNHEARD = argb(30, 90, 150), argb(176, 32, 32)


class SteeredSeparation:
    """Steers gates over the parts of a mixture by what taggers hear."""

    card = ModelCard(
        name="Steered Separation",
        author="Harpist; musicnn by Jordi Pons and Xavier Serra, FCN trained by Minz Won",
        description=(
            "Experimental. Brings out any source that a tagger has a word for, though nothing was trained to separate "
            "it (TagBox, Manilow and others 2022). Best with drums; instruments that play the same notes part badly, "
            "harp, sitar and synthesizer hardly. For vocals, drums and bass, Stems is far better."
        ),
        tags=(
            *taxonomy_tags(
                "separation",
                "target-source-extraction",
                44100,
                "stereo",
                [_TRACK, *_CONTROLS],
                [_BROUGHT, _LEFT, _OPINION, _COURSE],
            ),
            "tagbox",
            "experimental",
            "drums",
            "music",
        ),
        licence="mit",
    )
    inputs = (_TRACK, *_CONTROLS)
    outputs = (_BROUGHT, _LEFT, _OPINION, _COURSE)
    keeps_length = True
    permits = ()

    def setup(self, device: str) -> None:
        """Load both taggers; all is computed on the processor.

        Raises:
            WeightsMissingError: the package that musicnn's weights ship in is not installed.
        """
        from endpoints.tagbox.taggers.fcn import fcn
        from endpoints.tagbox.taggers.musicnn import musicnn

        self._taggers: dict[str, Tagger] = {_TAGGER_MUSICNN: musicnn(), _TAGGER_FCN: fcn()}

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Bring something out of a region, in windows of 10 s and fixed memory.

        Raises:
            AudioFileError: the region cannot be read.
            ControlError: a tag of the user's own is none of the taggers'.
            JobCancelledError: the caller ended the job, which ``job.report`` says.
            WorkerError: the results cannot be written.
        """
        from app.audio.io import output_format, probe, suffix
        from app.audio.stems import loudness_notice
        from endpoints.tagbox.aim import Aim
        from endpoints.tagbox.course import course_bytes
        from endpoints.tagbox.steering import Steering
        from endpoints.tagbox.windows import separate

        taggers = self._listening(str(controls["tagger"]))
        own = own_tags(str(controls["tags"]), taggers[0].tags)
        name = ", ".join(own) or str(controls["wanted"])
        seed = int(controls["seed"]) or random.SystemRandom().randint(1, int(_SEED.maximum))  # type: ignore[arg-type]
        how = Steering(int(controls["steps"]), float(controls["strength"]) / 100, seed)  # type: ignore[arg-type]
        fmt = probe(region.audio.path)
        job.report(0.0, "Listening")
        ending = suffix(output_format(fmt), region.audio.name)
        found = separate(
            region.audio.path,
            [region.output_path(label, ending) for label in (name, "rest")],
            Aim(own or WANTED[str(controls["wanted"])], bool(controls["rest"])),
            taggers,
            how,
            region.too_loud,
            job.report,
        )
        said = [fmt.notice, loudness_notice(found.written, output_format(fmt)), opinion(name, found.windows)]
        notice = " ".join(filter(None, [*said, f"Seed {seed}."]))
        brought, left = found.written.paths
        course = region.output_path("course", ".json")
        told = spans(found.windows)
        try:
            course.write_bytes(course_bytes(name, found.seconds, told, found.shares))
        except OSError as error:
            raise WorkerError(f"The course cannot be written: {error.strerror}.") from error
        return [
            FileOutput(brought, _BROUGHT.label, notice),
            FileOutput(left, _LEFT.label, notice),
            LabelList(tuple(labels(name, told))),
            FileOutput(course, _COURSE.label),
        ]

    def _listening(self, choice: str) -> list[Tagger]:
        return [tagger for name, tagger in self._taggers.items() if choice in (_TAGGER_BOTH, name)]


def opinion(name: str, windows: Sequence[Window]) -> str:
    """Return the sentence that says whether what was asked for was found: the mean of all windows with sound."""
    heard = [window.steered for window in windows if window.steered is not None]
    if not heard:
        return "The region is silent: nothing was brought out."
    before, after = (sum(values) / len(heard) for values in zip(*((one.before, one.kept) for one in heard)))
    told = f"The tagger hears {name.lower()} at {after:.0%} in what was brought out, {before:.0%} in the mixture"
    if after - before < _RISE:
        return f"{told}: it was not found, and the result is of no use; try another seed, or other tags."
    if after < _DOUBTFUL:
        return f"{told}: that is little, and the result may be further from it than the mixture was."
    return f"{told}."


def spans(windows: Sequence[Window]) -> list[tuple[float, float, Steered]]:
    """Return each window with sound, from its start (s) to its end, or where the next one takes over."""
    found = []
    for window, following in zip(windows, [*windows[1:], None]):
        end = window.end if following is None else min(window.end, following.start)
        if window.steered is not None:
            found.append((window.start, end, window.steered))
    return found


def labels(name: str, told: Sequence[tuple[float, float, Steered]]) -> list[OutputLabel]:
    """Return a label for each span: how probable the tags were before and after."""
    made = []
    for start, end, steered in told:
        rose = steered.kept - steered.before >= _RISE
        text = f"{name.lower()} {steered.before:.0%} → {steered.kept:.0%}"
        made.append(OutputLabel(start, text, end - start, f"{steered.steps} steps", color=_HEARD if rose else _UNHEARD))
    return made
