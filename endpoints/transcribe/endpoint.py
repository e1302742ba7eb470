"""Speech to text as an endpoint: labels of what is said."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.endpoint import Controls, Outputs, Progress, Region
from app.errors import ControlError
from app.harp.card import ModelCard
from app.harp.labels import AudioLabel, LabelList
from app.harp.tags import taxonomy_tags
from endpoints.transcribe.controls import CONTROLS, FIND_OUT, LABELS, LANGUAGE, MODEL, SEED, TRACK, WORDS
from endpoints.transcribe.languages import LANGUAGES
from endpoints.transcribe.published import PUBLISHED

if TYPE_CHECKING:
    from endpoints.transcribe.network import Network
    from endpoints.transcribe.sentences import Said
    from endpoints.transcribe.transcribing import Written

MOST_LABELS = 100_000
"""Labels of one result."""


class Transcribe:
    """Writes down what is said, and when."""

    card = ModelCard(
        name="Transcribe",
        author="Harpist; Whisper by Alec Radford, Jong Wook Kim and others, voice activity by Silero Team",
        description=(
            "Writes down speech in 99 languages as labels, by sentence or word, with times (for subtitles, too). Of "
            "Whisper's sizes, only Base ran where this was written. Names, songs and far-off voices come out wrong "
            "most; check what matters."
        ),
        tags=(
            *taxonomy_tags("analysis", "speech-analysis", 16000, "mono", [TRACK, *CONTROLS], [LABELS]),
            "whisper",
            "transcription",
            "subtitles",
            "speech",
        ),
        licence="mit",
    )
    inputs = (TRACK, *CONTROLS)
    outputs = (LABELS,)
    needs = ("safetensors", "tokenizers", "transformers")
    weights: Any = tuple(one.weights for one in PUBLISHED)
    keeps_length = True
    repeatable = True
    example = Path(__file__).with_name("example.wav")
    tried_on_example = True  # in noise, nobody speaks
    permits = ()

    def setup(self, device: str) -> None:
        """Load the voice activity and the size that stands there at first; another comes when it is asked for.

        Raises:
            ModelFormatError: the weights are not what they must be.
            WeightsMissingError: the package that the voice activity's weights ship in is not installed.
        """
        from endpoints.bundled.network_weights import SILERO_VAD
        from endpoints.bundled.silero_network import silero_network

        self._device = device
        self._speech = silero_network(SILERO_VAD.read()).eval()
        self._held: tuple[str, Network] | None = None
        self._network(MODEL.value)

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Write down one region, in fixed memory.

        Raises:
            AudioFileError: the region cannot be read.
            ControlError: the size does not know the language.
            JobCancelledError: the caller ended the job, which ``job.report`` says.
            ModelFormatError: the weights are not what they must be.
        """
        import torch

        from endpoints.transcribe.transcribing import write_down

        job.report(0.0, "Listening")
        network = self._network(str(controls["model"]))
        asked = str(controls["language"])
        language = "" if asked == FIND_OUT else LANGUAGES[asked]
        if language and language not in network.vocabulary.languages:
            raise ControlError(f"{controls['model']} does not know {asked}: choose another {LANGUAGE.label} or model.")
        seed = round(float(controls["seed"])) or random.SystemRandom().randint(1, int(SEED.maximum))  # type: ignore[arg-type]
        written = write_down(
            region.audio.path,
            network,
            self._speech if controls["speech_only"] else None,
            language,
            round(float(controls["tries"])),  # type: ignore[arg-type]
            torch.Generator().manual_seed(seed),
            job,
        )
        found = _shown(written, by_word=controls["detail"] == WORDS)
        said = [
            *_told(written, asked, speech_only=bool(controls["speech_only"])),
            f"Seed {seed}." if not controls["seed"] else "",
        ]
        if len(found) > MOST_LABELS:
            said.append(f"The first {MOST_LABELS} of {len(found)} labels are shown.")
        return [LabelList(_labels(found[:MOST_LABELS], written.seconds), " ".join(filter(None, said)))]

    def _network(self, name: str) -> Network:
        """Return the network of a size; that of another leaves the memory."""
        from endpoints.transcribe.network import Network

        if self._held is None or self._held[0] != name:
            self._held = None
            repo = next(one.weights.repo for one in PUBLISHED if one.name == name)
            self._held = (name, Network(Path(self.weights[repo]), self._device))
        return self._held[1]


def _shown(written: Written, *, by_word: bool) -> list[Said]:
    from endpoints.transcribe.sentences import sentences

    return written.words if by_word else sentences(written.words)


def _told(written: Written, asked: str, *, speech_only: bool) -> list[str]:
    """Return what is to be said beside the labels."""
    told = [written.notice]
    if written.cancelled:
        told.append(
            "Mixed to mono, the channels nearly cancel each other (is one of them inverted?); where they do, the "
            "louder channel was heard instead."
        )
    if not written.words:
        hint = "; turn “Speech only” off for songs and whispers" if speech_only else ""
        told.append(f"Nobody was heard speaking{hint}.")
    elif asked == FIND_OUT:
        name = next(name for name, code in LANGUAGES.items() if code == written.language)
        told.append(f"Language: {name}.")
    return told


def _labels(said: Sequence[Said], length: float) -> tuple[AudioLabel, ...]:
    """Return labels within a region of ``length`` seconds."""
    return tuple(
        AudioLabel(
            t=min(one.start, length),
            label=" ".join(one.text.split()),
            duration=max(0.0, min(one.end, length) - min(one.start, length)),
            description=f"{one.sure:.0%} sure",
        )
        for one in said
    )
