"""VampNet: variations of music, by filling in what a mask leaves out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.endpoint import Controls, FileOutput, Outputs, Progress, Region
from app.harp.card import ModelCard
from app.harp.labels import AudioLabel, LabelList
from app.harp.tags import taxonomy_tags
from endpoints.vampnet.controls import CONTROLS, MOST_VARIATIONS, OUTPUTS, TRACK
from endpoints.vampnet.published import BASE, CODEC, PUBLISHED

if TYPE_CHECKING:
    from endpoints.vampnet.asking import Asked
    from endpoints.vampnet.generating import Moments
    from endpoints.vampnet.hearing import Heard, Samples

_HEARING = 0.05
"""Share of the work that is done once the region is heard."""


class VampNet:
    """Makes music anew where a mask says so."""

    card = ModelCard(
        name="VampNet",
        author="Harpist; networks by Hugo Flores García, Prem Seetharaman and others, fine-tunes by pharoAIsanders420",
        description=(
            "Makes variations of music: keeps some moments of it and fills in the others, all or a stretch. Needs a "
            "graphics card. The networks make mono, 44.1 kHz. Weights: non-commercial use only, never run where this "
            "was written; tested with tiny random ones."
        ),
        tags=(
            *taxonomy_tags("generation", "infilling", 44100, "stereo", [TRACK, *CONTROLS], list(OUTPUTS)),
            "vampnet",
            "variation",
            "music",
        ),
        licence="mit",
    )
    inputs = (TRACK, *CONTROLS)
    outputs = OUTPUTS
    weights: Any = tuple(one.weights for one in PUBLISHED)
    generates = True
    keeps_length = False  # only where it is stretched
    repeatable = True
    permits = ()

    def setup(self, device: str) -> None:
        """Load the codec, and the networks that stand there at first; others come when they are asked for.

        Raises:
            ModelFormatError: the weights are not what they must be.
        """
        from endpoints.vampnet.generating import Generator

        self._generator = Generator(Path(self.weights[BASE.weights.repo]) / CODEC, device)
        self._open(BASE.name)

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Make variations of a region.

        Raises:
            AudioFileError: the region cannot be read.
            ControlError: the controls contradict each other, or the sound.
            JobCancelledError: the caller ended the job, which ``job.report`` says.
            ModelFormatError: the weights are not what they must be.
            WorkerError: the results cannot be written.
        """
        from endpoints.vampnet.asking import asked
        from endpoints.vampnet.files import read_region, write_variations
        from endpoints.vampnet.hearing import hear

        wanted = asked(controls)

        def still() -> None:
            job.report(0.0, "Listening")

        source = read_region(region.audio.path, still)
        heard = hear(source.sound, source.format.sample_rate, wanted, self._generator.rate, still)
        still()
        self._open(wanted.model)
        moments = self._generator.moments(heard, wanted)
        results = self._made(heard, moments, wanted, job)
        written, notice = write_variations(region, source, results, lambda: job.report(0.99, "Writing"))
        said = " ".join(filter(None, [notice, f"Seed {wanted.seed}." if wanted.drawn else ""]))
        tracks = [FileOutput(path, output.label, said) for path, output in zip(written, OUTPUTS)]
        return [*tracks, _labels(heard, moments)]

    def _made(self, heard: Heard, moments: Moments, wanted: Asked, job: Progress) -> list[Samples]:
        """Return a variation for each track; for those that nobody asked for, the first again."""
        tokens = self._generator.tokens(heard, lambda: job.report(_HEARING / 2, "Encoding"))
        results: list[Samples] = []
        for number in range(wanted.variations):

            def tell(share: float, words: str, number: int = number) -> None:
                done = (number + share) / wanted.variations
                job.report(
                    _HEARING + (0.98 - _HEARING) * done, f"Variation {number + 1} of {wanted.variations}: {words}"
                )

            made = self._generator.variation(heard, tokens, moments, wanted, number, tell)
            results.append(heard.result(made, self._generator.rate))
        return results + results[:1] * (MOST_VARIATIONS - len(results))

    def _open(self, model: str) -> None:
        """Hold the networks of a choice.

        Raises:
            ModelFormatError: they are not what they must be.
        """
        one = next(one for one in PUBLISHED if one.name == model)
        folder = Path(self.weights[one.weights.repo])
        self._generator.open(folder / one.file("coarse"), folder / one.file("c2f"))


def _labels(heard: Heard, moments: Moments) -> LabelList:
    """Return what was made anew, and around which moments there the music was kept."""
    part, rate, longer = heard.part, heard.rate, heard.longer
    begin, end = part.start / rate, part.end / rate
    found = [AudioLabel(t=begin * longer, label="made anew", duration=(end - begin) * longer)]
    for name, seconds in (("onset kept", moments.onsets), ("beat kept", moments.beats)):
        inner = (at for at in (part.first / rate + second for second in seconds) if begin <= at < end)
        found += [AudioLabel(t=at * longer, label=name) for at in inner]
    return LabelList(tuple(sorted(found, key=lambda label: label.t)))
