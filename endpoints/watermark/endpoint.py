"""Puts a watermark into sound, and tells of one that is there: what ``--watermark`` and ``provenance`` use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.audio.mix import mono_of
from app.audio.overlap_add import StreamPlan
from app.endpoint import Controls, FileOutput, Outputs, Progress, Region
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack, LabelTrack, Toggle
from app.harp.labels import LabelList, OutputLabel
from app.harp.tags import taxonomy_tags
from app.weights import HubWeights

_RATE = 16_000
_SURE = 0.5
_CHUNK, _OVERLAP = 10 * _RATE, _RATE // 2
_TRACK = AudioTrack("Input Audio", "The sound to mark, or to listen to: any length, any sample rate, 1 to 32 channels.")
_MARK = Toggle("mark", "Mark", "Put the watermark in; off: only listen for one, the sound comes back as it is.", True)
_MARKED = AudioTrack("Marked", "In the input's length, sample rate, channels and format, unless too loud for it.")
_HEARD = LabelTrack("Labels", "How much of the sound that was sent carries a watermark already, in percent.")

# The commit and the checksums are those that several projects, independent of each other, wrote down when they had
# downloaded the files; an installation checks what comes against them.
AUDIOSEAL = HubWeights(
    "facebook/audioseal",
    "3c19eba53390776cf2cc9ed5f6c9ac67ce72ecba",
    ("generator_base.pth", "detector_base.pth"),
    {
        "generator_base.pth": "7a845b5fbe9364a63a3909d8ab3fe064d13a76ae4c2e983573e08c69b7b51748",
        "detector_base.pth": "8a78e8a83584113523e161fc599fcab10fd0e94c04d2eb9d2fa1e9ec91ab69d9",
    },
    "mit",
)


class Watermark:
    """AudioSeal's watermark; see :mod:`endpoints.watermark.networks`."""

    card = ModelCard(
        name="Watermark",
        author="Harpist",
        description="Marks sound as made by a machine: hardly to be heard, but found by a network (AudioSeal), also in "
        "MP3s. Taught on speech; hears a mono mix at 16 kHz. Not tried here with its published weights. Licence: MIT.",
        tags=(*taxonomy_tags("utility", None, _RATE, "mono", [_TRACK, _MARK], [_MARKED, _HEARD]), "watermark"),
        licence="mit",
    )
    inputs = (_TRACK, _MARK)
    outputs = (_MARKED, _HEARD)
    weights: Any = (AUDIOSEAL,)
    needs = ("audioseal", "einops", "omegaconf")
    keeps_length = True
    repeatable = True
    permits = ()

    def setup(self, device: str) -> None:
        """Load both networks."""
        from endpoints.watermark.networks import Listener, Marker

        folder = Path(self.weights[AUDIOSEAL.repo])
        self._marker = Marker(folder / "generator_base.pth", device)
        self._listener = Listener(folder / "detector_base.pth", device)

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Listen to a region, then mark it.

        Raises:
            AudioFileError: the region cannot be read.
            JobCancelledError: the caller ended the job.
        """
        heard = self._heard(region, lambda share: job.report(share / 2, "Listening"))
        return [self._marked(region, job, mark=bool(controls["mark"])), heard]

    def _heard(self, region: Region, progress: Any) -> LabelList:
        from app.audio.stream import stream_chunks

        sure = total = 0
        bits: NDArray[np.float64] = np.zeros(16)
        for chunk in stream_chunks(region.audio.path, StreamPlan(_RATE, _CHUNK, 0)):
            mono = mono_of(chunk.samples[:, : chunk.valid])[0][0].astype(np.float32)
            found, message = self._listener.heard(mono)
            sure, total = sure + int((found > _SURE).sum()), total + len(found)
            bits += message * len(found)
            progress(chunk.fraction)
        share = sure / max(1, total)
        return LabelList((OutputLabel(0.0, _words(share), total / _RATE, _description(bits / max(1, total), share)),))

    def _marked(self, region: Region, job: Progress, *, mark: bool) -> FileOutput:
        from app.audio.io import output_format, probe, suffix
        from app.audio.stems import loudness_notice
        from app.audio.stream import stream_effect

        def watermark(samples: NDArray[np.float32]) -> NDArray[np.float32]:
            if not mark:
                return np.zeros_like(samples)[None]
            mono = mono_of(samples)[0][0].astype(np.float32)
            # Digital silence stays so; the last chunk ends with it.
            end = int(np.flatnonzero(mono)[-1]) + 1 if mono.any() else 0
            made = np.zeros_like(mono)
            made[:end] = self._marker.watermark(mono[:end]) if end else 0.0
            every: NDArray[np.float32] = np.broadcast_to(made, samples.shape)[None].copy()
            return every

        fmt = output_format(probe(region.audio.path))
        path = region.output_path("marked", suffix(fmt, region.audio.name))
        written = stream_effect(
            region.audio.path,
            [path],
            watermark,
            StreamPlan(_RATE, _CHUNK, _OVERLAP),
            dry=1.0,
            too_loud=region.too_loud,
            progress=lambda share: job.report(0.5 + share / 2, "Marking"),
        )
        return FileOutput(written.paths[0], _MARKED.label, loudness_notice(written, fmt))


def _words(share: float) -> str:
    """Return how much of a sound carries a watermark, in words that :mod:`app.cli.provenance` shows."""
    return f"Watermark in {100 * share:.0f} % of the sound" if share >= 0.005 else "No watermark"


def _description(bits: NDArray[np.float64], share: float) -> str:
    from endpoints.watermark.networks import MESSAGE

    told = int("".join("1" if bit > _SURE else "0" for bit in bits), 2)
    if share < _SURE:
        return "Less than half of the sound: by accident, or of another's hand."
    return f"Its message is {told:016b}; {'that of Harpist' if told == MESSAGE else 'not that of Harpist'}."
