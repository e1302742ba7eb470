"""Findings when a model is opened and tried on noise: whether it works at all, and is what its metadata say."""

from __future__ import annotations

import math
import time
from pathlib import Path

import torch

from app.audacitorch.arguments.signature import Rehearsed
from app.audacitorch.checking.ending import FAILS
from app.audacitorch.checking.files import refusal
from app.audacitorch.checking.groups import LIMIT
from app.audacitorch.checking.report import ERROR, NOTE, WARNING, Finding, Kind
from app.audacitorch.checking.subject import Subject
from app.audacitorch.failures import FLOAT_CURE
from app.audacitorch.loading import load_model
from app.audacitorch.metadata import LABELS, WAVEFORM, read_metadata
from app.audacitorch.profile import ModelProfile
from app.audacitorch.stems import label_warnings
from app.audacitorch.trial.inspection import inspect_model
from app.audacitorch.trial.weight_types import odd_types
from app.errors import ModelFormatError, ModelRunError

WRONG_RESULT = Kind(
    "wrong-result",
    ERROR,
    "What the model returns is neither a waveform nor labels, so that no program can show it.",
    "Return a floating-point tensor (rows, samples), or a pair of classes (n,) or probabilities (n, classes) and "
    "timestamps (n, 2) in seconds; and no NaN for ordinary sound.",
)
WEIGHT_TYPE = Kind(
    "weight-type",
    ERROR,
    "Programs give float32 samples, and operators refuse to compute with two types of numbers.",
    "Export module.float(); or convert the samples to the weights' type first thing in forward, and the result back.",
)
WEIGHTS_NOT_SINGLE = Kind(
    "weights-not-single",
    NOTE,
    "Computing in float16 or bfloat16 is slow on most processors, and rounds; float64 takes twice the time and memory.",
    "Export module.float(), unless the type is meant.",
)
EFFECT_TYPE = Kind(
    "effect-type",
    ERROR,
    "Programs offer the model among the wrong ones, and fail when it is run.",
    f"Write effect_type as {WAVEFORM} or {LABELS}, whichever it is.",
)
STEREO_FAILS = Kind(
    "stereo-fails",
    ERROR,
    "Programs give stereo to a model that says multichannel, and this one fails on it.",
    "Let forward take (2, samples), or write “multichannel”: false.",
)
MONO_FAILS = Kind(
    "mono-fails",
    ERROR,
    "Programs give one channel to a model that does not say multichannel, and this one fails on it.",
    "Let forward take (1, samples), or write “multichannel”: true.",
)
STEREO_ONLY = Kind(
    "stereo-only",
    NOTE,
    "A multichannel model may be given one channel, too. This server gives it a mono sound on both channels instead.",
    "Let forward take (1, samples) as well: x = x.expand(2, -1).",
)
LABELS_AND_ROWS = Kind(
    "labels-and-rows",
    WARNING,
    "Each row becomes a track called by its label: rows without a label are numbered, surplus labels are left out.",
    "Write as many labels as forward returns rows (a stereo model may name stereo stems of two rows each).",
)
OUTPUT_TYPE = Kind(
    "output-type",
    WARNING,
    "Programs expect 32-bit floating-point samples; others are converted here, and are noise or a crash elsewhere.",
    "Return float32: result.to(torch.float32), and no numpy or float64 constants in between.",
)
OUTPUT_RANK = Kind(
    "output-rank",
    WARNING,
    "The format's result is (rows, samples); not every program drops the batch that is too much.",
    "Return two dimensions: result.reshape(-1, result.shape[-1]).",
)
TOO_LOUD = Kind(
    "too-loud",
    WARNING,
    "Files of whole numbers, and every converter, cut what is beyond full scale: the result is distorted.",
    "Return samples from -1 to 1: divide by what the samples were multiplied with, such as 32768.",
)

KINDS = (
    WRONG_RESULT,
    WEIGHT_TYPE,
    WEIGHTS_NOT_SINGLE,
    EFFECT_TYPE,
    STEREO_FAILS,
    MONO_FAILS,
    STEREO_ONLY,
    LABELS_AND_ROWS,
    OUTPUT_TYPE,
    OUTPUT_RANK,
    TOO_LOUD,
)

_LOUDEST = 12.0
"""dB over full scale up to which a result may be meant."""


def open_subject(
    folder: Path, seconds: float, profile: ModelProfile | None = None
) -> tuple[Subject | None, list[Finding]]:
    """Open and try a model; ``None`` and the reason where that is not possible.

    Args:
        folder: where its files lie.
        seconds: processor time that the whole check may take; a call that has begun is not cut short.
        profile: what is known of the model, where it was tried before.
    """
    begin = time.process_time()
    metadata = read_metadata(folder)
    try:
        model = load_model(folder, "cpu")
        profile = profile or inspect_model(folder)
    except ModelFormatError as error:
        return None, [refusal(error)]
    except ModelRunError as error:
        return None, [_failed_opening(error.message)]
    rehearsed = Rehearsed(model, profile.arguments)
    # Tables are often of double precision, and meant to be.
    types = odd_types(model.parameters())
    return Subject(folder, metadata, profile, rehearsed, begin + seconds, limit=begin + LIMIT, odd_types=types), []


def _failed_opening(sentence: str) -> Finding:
    if FLOAT_CURE in sentence:
        return WEIGHT_TYPE.found(sentence)
    return (WRONG_RESULT if sentence.startswith("The model returned") else FAILS).found(sentence)


def check_opening(subject: Subject) -> list[Finding]:
    """Compare what the model takes and returns with what its metadata say."""
    return [*_kind(subject), *_weights(subject), *_channels(subject), *_rows(subject), *_tensors(subject)]


def _kind(subject: Subject) -> list[Finding]:
    labels = subject.profile.labels
    if subject.metadata.effect_type not in (LABELS if not labels else WAVEFORM,):
        return []
    returned = "labels" if labels else "a waveform"
    return [EFFECT_TYPE.found(f"effect_type is {subject.metadata.effect_type}, but the model returns {returned}.")]


def _weights(subject: Subject) -> list[Finding]:
    if not subject.odd_types:
        return []
    return [WEIGHTS_NOT_SINGLE.found(f"The model's weights are {subject.odd_types}; float32 is expected.")]


def _channels(subject: Subject) -> list[Finding]:
    stated, taken = 1 + subject.metadata.multichannel, subject.profile.channels
    why = subject.failure(subject.sound(subject.usual, channels=1 if taken == 2 else stated))
    if stated == 2 and taken == 1:
        return [STEREO_FAILS.found(f"The metadata say multichannel, but 2 channels fail: {why}.")]
    if stated == 1 and taken == 2:
        return [MONO_FAILS.found(f"The metadata do not say multichannel, but 1 channel fails: {why}.")]
    if stated == 2 and why:
        return [STEREO_ONLY.found(f"The model takes 2 channels only; 1 channel fails: {why}.")]
    return []


def _rows(subject: Subject) -> list[Finding]:
    profile = subject.profile
    if profile.labels:
        return []
    subject.measured["rows"] = f"{profile.rows}, from {profile.channels} channel{'s' if profile.channels > 1 else ''}"
    sentences = label_warnings(subject.metadata.labels, profile.rows, profile.channels == 2)
    return [LABELS_AND_ROWS.found(sentence) for sentence in sentences]


def _tensors(subject: Subject) -> list[Finding]:
    if subject.profile.labels:
        return []
    result = subject.raw(subject.sound(subject.usual))
    found = []
    level = 20 * math.log10(max(1e-10, float(result.abs().max())))
    if level > _LOUDEST:
        found.append(TOO_LOUD.found(f"The result of usual sound is as loud as {level:.0f} dB over full scale."))
    if result.dtype != torch.float32:
        name = str(result.dtype).removeprefix("torch.")
        found.append(OUTPUT_TYPE.found(f"The model returns {name} samples; float32 is expected."))
    if result.ndim != 2:
        shape = ", ".join(str(size) for size in result.shape)
        found.append(
            OUTPUT_RANK.found(f"The model returns the shape ({shape}), of {result.ndim} dimensions and not 2.")
        )
    return found
