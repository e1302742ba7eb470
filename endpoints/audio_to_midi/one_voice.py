"""The notes of one voice or instrument, by the model of ``harpist/pitch-notes``, which follows a single pitch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from app.audacitorch.inference.chunks import labeler_plan
from app.audacitorch.inference.seams import SeamJoiner
from app.audacitorch.inference.spans import Span, clip
from app.audio.io import probe
from app.audio.mix import mono_of
from app.audio.stream import stream_chunks
from endpoints.audio_to_midi.choices import NOTES
from endpoints.bundled.pitch_notes import SAMPLE_RATE, PitchNotes

SEVERAL = len(NOTES)
"""The model's last class: that several notes sound at once."""

_GRID = 256
"""Samples from one frame of the model to the next."""


def heard_alone(
    source: Path, lowest: str, highest: str, report: Callable[[float], None]
) -> tuple[list[Span], bool, bool]:
    """Find the notes of a melody, in chunks.

    Args:
        source: the sound file.
        lowest: the name of a note; what is beyond it and the next one is no note.
        highest: the other one.
        report: takes the share that is done, and may raise to stop.

    Returns:
        The notes as spans whose kind is the key from 0 (A0); whether it sounds like several notes at once somewhere;
        and whether channels cancel each other somewhere.

    Raises:
        AudioFileError: the file cannot be read.
    """
    model, joiner = PitchNotes().eval(), SeamJoiner()
    plan = labeler_plan(probe(source).seconds, SAMPLE_RATE, 0.0, _GRID)
    several = cancels = False
    end = 0.0
    for chunk in stream_chunks(source, plan):
        mono, cancelled = mono_of(chunk.samples)
        cancels = cancels or cancelled
        with torch.inference_mode():
            probabilities, times = model(torch.from_numpy(mono.copy()), lowest, highest)
        sure, kinds = probabilities.max(1)
        spans = [
            Span(chunk.start + start, chunk.start + stop, int(kind), share)
            for (start, stop), kind, share in zip(times.tolist(), kinds.tolist(), sure.tolist())
        ]
        several = several or any(span.kind == SEVERAL for span in spans)
        notes = clip(
            [span for span in spans if span.kind != SEVERAL], chunk.start, chunk.start + chunk.valid / SAMPLE_RATE
        )
        joiner.add(notes, chunk.start, chunk.keep_from)
        end = chunk.keep_to
        report(chunk.fraction)
    return clip(joiner.finish(), 0.0, end), several, cancels
