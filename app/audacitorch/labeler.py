"""The worker's endpoint for waveform-to-labels models."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from app.audacitorch.arguments.companions import Companions
from app.audacitorch.inference.chunks import labeler_plan
from app.audacitorch.inference.forward import HIGHEST_CLASS, MOST_LABELS, forward_labels
from app.audacitorch.inference.label_drawing import label_list
from app.audacitorch.inference.label_notes import write_notes
from app.audacitorch.inference.model_endpoint import ModelEndpoint
from app.audacitorch.inference.seams import SeamJoiner
from app.audacitorch.inference.spans import UNCERTAIN, Span, clip, join_neighbours
from app.audacitorch.note_names import NOTES_TRACK, note_pitches
from app.audio.io import probe
from app.audio.mix import mono_of
from app.audio.stream import Chunk, stream_chunks
from app.endpoint import Controls, FileOutput, Outputs, Progress, Region
from app.errors import ModelRunError

_BEYOND = 1.0
"""Seconds by which a label may begin outside of the sound that it is about."""

CANCELLED = (
    "Mixed to mono, the channels nearly cancel each other (is one of them inverted?); where they do, the louder "
    "channel was heard instead."
)


class AudacitorchLabeler(ModelEndpoint):
    """A waveform-to-labels model of the audacitorch format; it hears a mono mix, or stereo if it takes that.

    Where the channels cancel each other in the mix, it hears the loudest of them, and whoever gets the labels is told.
    """

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Label a region.

        Raises:
            AudioFileError: the input is not readable sound.
            ModelRunError: the model failed, or returned something that is no result.
            JobCancelledError: the job should stop.
        """
        source = region.audio.path
        fmt = probe(source)
        shortest = self._profile.seconds if self._profile else 0.0
        rate, grid, context = self._metadata.sample_rate, self._metadata.grid, self._metadata.context
        plan = labeler_plan(fmt.samples / fmt.sample_rate, rate, shortest, grid, context)
        threshold = cast(float, controls.get("threshold", 0.0)) / 100.0
        drop = bool(controls.get("drop_uncertain", False))
        join = bool(controls.get("join", True))
        shortest_label = cast(float, controls.get("minimum_duration", 0.0))

        companions = self._arrange(region, controls)
        joiner = SeamJoiner()
        end = 0.0
        self._cancelled = False
        job.report(0.0)
        for chunk in stream_chunks(source, plan, companions.paths):
            spans = _judged(self._spans(chunk, companions), threshold, drop)
            if chunk.start > 0.0:  # before that, it has not yet heard what these labels depend on
                spans = clip(spans, chunk.start + plan.before / rate, chunk.keep_to + plan.chunk / rate)
            joiner.add(join_neighbours(spans) if join else spans, chunk.start, chunk.keep_from)
            end = chunk.keep_to
            job.report(chunk.fraction)
        found = clip(joiner.finish(), 0.0, end)
        if join:
            found = join_neighbours(found)
        found = [span for span in found if span.end - span.start >= shortest_label]
        if len(found) > MOST_LABELS:
            raise ModelRunError(f"The model found {len(found)} labels; at most {MOST_LABELS} are expected.")
        notice = " ".join(filter(None, (fmt.notice, CANCELLED if self._cancelled else "")))
        labels = replace(label_list(found, self._metadata.labels), notice=notice)
        pitches = note_pitches(self._metadata.labels)
        if not pitches:
            return [labels]
        path = region.output_path("notes", ".mid")
        write_notes(found, pitches, path)
        return [FileOutput(path, NOTES_TRACK.label), labels]

    def _spans(self, chunk: Chunk, companions: Companions) -> list[Span]:
        """Run the model on a chunk; times from the region's start, nothing from the padding."""
        own, further = companions.split(chunk.samples)
        heard = companions.below(self._heard(own), further)
        classes, times = forward_labels(self._arranged, heard, self._device)
        _check(classes, times, chunk.samples.shape[1] / self._metadata.sample_rate)
        if classes.ndim == 2:
            kinds = classes.argmax(axis=1).tolist()
            confidences: list[float | None] = classes.max(axis=1).tolist()
        else:
            kinds = classes.tolist()
            confidences = [None] * len(kinds)
        spans = [
            Span(chunk.start + start, chunk.start + end, int(kind), confidence)
            for (start, end), kind, confidence in zip(times.tolist(), kinds, confidences)
        ]
        return clip(spans, chunk.start, chunk.start + chunk.valid / self._metadata.sample_rate)

    def _heard(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Map a chunk ``(channels, n)`` to what the model takes: ``(1, n)``, or ``(2, n)`` if stereo."""
        if self._stereo and len(samples) == 2:
            return samples
        mono, cancelled = mono_of(samples)
        self._cancelled = self._cancelled or cancelled
        return mono.repeat(2, axis=0) if self._stereo else mono


def _check(classes: NDArray[np.int64] | NDArray[np.float32], times: NDArray[np.float64], seconds: float) -> None:
    """Refuse labels that have no plain meaning for ``seconds`` of sound.

    Frames that reach a little beyond the sound do, and are clipped; so has a class that the metadata do not name.
    """
    starts, ends = times[:, 0], times[:, 1]
    if (reversed_ := np.flatnonzero(ends < starts)).size:
        start, end = times[reversed_[0]]
        raise ModelRunError(f"The model returned a label from {start:g} s to {end:g} s; a label ends after it starts.")
    if (outside := np.flatnonzero((starts < -_BEYOND) | (starts > seconds + _BEYOND))).size:
        start, end = times[outside[0]]
        raise ModelRunError(
            f"The model returned a label from {start:g} s to {end:g} s of {seconds:g} s of sound; "
            "a label lies within it."
        )
    if classes.ndim == 1 and (strange := classes[(classes < 0) | (classes > HIGHEST_CLASS)]).size:
        raise ModelRunError(f"The model returned the class {int(strange[0])}; 0 to {HIGHEST_CLASS} are expected.")


def _judged(spans: Iterable[Span], threshold: float, drop: bool) -> list[Span]:
    """Call spans below the threshold uncertain, or drop them."""
    judged = []
    for span in spans:
        if span.confidence is None or span.confidence >= threshold:
            judged.append(span)
        elif not drop:
            judged.append(Span(span.start, span.end, UNCERTAIN, span.confidence))
    return judged
