"""MusicGen: music from words, or as a sound goes on."""

from __future__ import annotations

import filecmp
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.endpoint import Controls, FileOutput, Outputs, Progress, Region, TrackFile
from app.errors import ControlError
from app.harp.card import ModelCard
from app.harp.controls import Input
from app.harp.tags import taxonomy_tags
from endpoints.musicgen.controls import LONGEST, MELODY, OUTPUTS, TRACK, inputs_for
from endpoints.musicgen.published import CODEC_FILE, MUSIC_FILE, PUBLISHED, SMALL, T5, Published, weights_of

if TYPE_CHECKING:
    import torch

    from endpoints.musicgen.asking import Asked
    from endpoints.musicgen.files import Sent

_LEAST = 0.5
"""Seconds of sound that can be heard."""

_HEARD, _MADE = 0.03, 0.9
"""Shares of the work that are done once the sound is heard, and once all tokens are made."""

_SURE = 5
"""Steps after which it is known how long the others take."""


class MusicGen:
    """Makes music from words, or lets a sound go on.

    Attributes:
        published: the networks that are offered.
    """

    published: Sequence[Published] = PUBLISHED
    card = ModelCard(
        name="MusicGen",
        author="Harpist; networks by Jade Copet, Felix Kreuk, Itai Gat, Alexandre Défossez and others",
        description=(
            "Makes music from a description in English, after a melody, or as a sound goes on: 32 kHz, no voices. All "
            "but Small need a graphics card. Weights: non-commercial use only, never run where this was written; "
            "tested with tiny random ones."
        ),
        tags=(
            *taxonomy_tags("generation", "holistic", 32000, "stereo", inputs_for(PUBLISHED), OUTPUTS),
            "text-to-music",
            "continuation",
            "music",
        ),
        licence="mit",
    )
    inputs: Sequence[Input] = inputs_for(PUBLISHED)
    outputs = OUTPUTS
    needs = ("safetensors", "tokenizers", "transformers")
    weights: Any = weights_of(PUBLISHED)
    generates = True
    repeatable = True
    permits = ()

    def setup(self, device: str) -> None:
        """Load the networks, of those that draw tokens the one that stands there at first.

        Raises:
            ModelFormatError: the weights are not what they must be.
        """
        from endpoints.musicgen.network import Network

        self._network = Network(Path(self.weights[SMALL.weights.repo]) / CODEC_FILE, self.weights[T5.repo], device)
        self._open(self.published[0])

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Make music, behind a sound where one was sent.

        Raises:
            AudioFileError: a sound cannot be read.
            ControlError: a sound is too short, or a melody was sent to a network that follows none.
            JobCancelledError: the caller ended the job, which ``job.report`` says.
            ModelFormatError: the weights are not what they must be.
            WorkerError: the result cannot be written.
        """
        from endpoints.musicgen.asking import asked
        from endpoints.musicgen.building import RATE
        from endpoints.musicgen.files import write_alone, write_joined
        from endpoints.musicgen.generating import HEARD, sounded

        def still() -> None:
            job.report(0.0, "Listening")

        still()
        wanted = asked(controls, self.published)
        track, tune = [*region.tracks, None][:2]
        if tune and not wanted.version.follows:
            # HARP sends its one file to every track, up to 2.2.
            if not track or not filecmp.cmp(track.path, tune.path, shallow=False):
                able = ", ".join(f"“{one.name}”" for one in self.published if one.follows)
                raise ControlError(
                    f"{MELODY.label} is for a version that follows one: {able}, not “{wanted.version.name}”."
                )
            tune = None
        ending = _read(TRACK.label, track, HEARD, still, ending=True)
        melody = _read(MELODY.label, tune, LONGEST, still, ending=False)
        self._open(wanted.version)
        sent = ending or melody
        seconds = wanted.length(sent.seconds if sent else 0.0)
        tokens, before = self._tokens(wanted, ending, melody, seconds, job)

        def decoding(share: float) -> None:
            job.report(_MADE + (0.98 - _MADE) * share, "Decoding")

        self._network.tick = lambda: job.report(_MADE, "Decoding")
        music = sounded(self._network, tokens, decoding).numpy()
        heard = before * self._network.hop

        def writing() -> None:
            job.report(0.98, "Writing")

        if ending and wanted.joined:
            path, notice = write_joined(region, ending, music, heard, RATE, seconds, writing)
        else:
            path, notice = write_alone(region, sent, music[:, heard:], RATE, seconds, writing)
        said = " ".join(filter(None, [notice, f"Seed {wanted.seed}." if wanted.drawn else ""]))
        return [FileOutput(path, OUTPUTS[0].label, said)]

    def _tokens(
        self, wanted: Asked, ending: Sent | None, melody: Sent | None, seconds: float, job: Progress
    ) -> tuple[torch.Tensor, int]:
        """Return tokens ``(books, steps)``, and how many steps of them are the sound's own."""
        import math

        import torch

        from endpoints.musicgen.building import RATE
        from endpoints.musicgen.chroma import loudest_notes
        from endpoints.musicgen.generating import Wanted, continued

        network = self._network
        told: list[tuple[float, str]] = [(0.0, "Listening")]

        def still() -> None:
            # Where it is now is what the layers tell, too.
            job.report(*told[-1])

        network.tick = still
        before = torch.zeros(network.books, 0, dtype=torch.long)
        if ending:
            sound = ending.heard(network.channels, RATE)
            whole = sound.shape[1] // network.hop * network.hop
            before = network.tokens(torch.from_numpy(sound[:, sound.shape[1] - whole :].copy()))
        notes = loudest_notes(torch.from_numpy(melody.heard(1, RATE)[0]), RATE, still) if melody else None
        meaning = network.meaning(wanted.text)
        count = math.ceil(seconds * RATE / network.hop)
        begun = time.monotonic()

        def made(steps: int) -> None:
            words = f"{steps * network.hop / RATE:.1f} of {seconds:g} s made"
            if _SURE <= steps < count:
                left = (time.monotonic() - begun) / steps * (count - steps)
                words += f", about {_about(left)} left"
            told[:] = [(_HEARD + (_MADE - _HEARD) * steps / count, words)]
            still()

        tokens = continued(network, before, count, Wanted(meaning, notes, wanted.how, wanted.seed), made)
        return tokens, before.shape[1]

    def _open(self, version: Published) -> None:
        """Hold the network of a choice.

        Raises:
            ModelFormatError: it is not what it must be.
        """
        self._network.open(Path(self.weights[version.weights.repo]) / MUSIC_FILE)


def _read(label: str, track: TrackFile | None, seconds: float, still: Any, *, ending: bool) -> Sent | None:
    """Read a track that was sent, and keep so many seconds of its ending or beginning.

    Raises:
        AudioFileError: it cannot be read.
        ControlError: it is too short.
    """
    from endpoints.musicgen.files import read_sent

    if track is None:
        return None
    sent = read_sent(track, seconds, still, ending=ending)
    if sent.seconds < _LEAST:
        raise ControlError(f"{label} expects at least {_LEAST:g} s of sound, not {sent.seconds:.2f} s.")
    return sent


def _about(seconds: float) -> str:
    """Return a time that is left, in words."""
    return f"{5 * max(1, round(seconds / 5))} s" if seconds < 60 else f"{round(seconds / 60)} min"
