"""What a model does, learnt by trying it on made-up sound: the profile that its card and outputs are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from app.audacitorch.archive.findings import find
from app.audacitorch.arguments.declared import Argument
from app.audacitorch.arguments.signature import Rehearsed, read_signature
from app.audacitorch.arguments.translation import own_inputs
from app.audacitorch.describe import expected_stems
from app.audacitorch.inference.forward import Model, forward_labels, forward_waveform
from app.audacitorch.inference.whole import WholeForward
from app.audacitorch.loading import load_model
from app.audacitorch.metadata import LABELS, ModelMetadata, read_metadata
from app.audacitorch.profile import ModelProfile
from app.audacitorch.torchscript import compiled_functions
from app.audacitorch.trial.calibration import calibrate
from app.audacitorch.trial.dependence import agreement
from app.audacitorch.trial.gradients import passes_gradients
from app.audacitorch.trial.measuring import measure
from app.audacitorch.trial.timed_run import made_up_sound
from app.audacitorch.trial.watched import JobsRun, Watched
from app.audacitorch.trial.weight_types import with_types
from app.errors import ModelRunError

TRIAL_SECONDS = (2.5, 10.0)
"""Lengths that a model is tried with, in seconds; the first that works is enough."""

_LOUDNESS = 0.1
_SUM = 20.0
"""Decibels by which the sum of stems must be like the mix for them to be parts of it."""


def inspect_model(folder: Path, *, measured: bool = False, jobs_run: JobsRun | None = None) -> ModelProfile:
    """Load a model on the CPU and try it on noise.

    Tried are its stated channels first, then the other number; a short input first, then a longer one.

    Args:
        folder: where the model's files lie.
        measured: try it on a very short and a longer sound, too, and learn its speed and memory.
        jobs_run: returns what jobs run, to go on with that once it is known to work.

    Raises:
        ModelFormatError: not a model.
        ModelRunError: it failed on every input; the sentence is that of the first try.
    """
    metadata = read_metadata(folder)
    loaded = load_model(folder, "cpu")
    arguments, unset = read_signature(loaded)
    profile = replace(try_loaded(loaded, arguments, metadata), arguments=arguments)
    watched = Watched(loaded, jobs_run(loaded, profile, metadata.sample_rate) if jobs_run else None)
    model = Rehearsed(watched, arguments)
    profile = _with_calibration(model, profile, metadata)
    if measured:
        profile = _measured(model, profile, metadata.sample_rate)
    if profile.probabilities:
        samples = round(profile.seconds * metadata.sample_rate)
        steers = passes_gradients(Rehearsed(loaded, arguments), profile.channels, samples)
        profile = replace(profile, gradients=steers)
    return replace(profile, warnings=profile.warnings + unset + _findings(folder), unfrozen=watched.unfrozen)


def try_loaded(loaded: torch.jit.ScriptModule, arguments: Sequence[Argument], metadata: ModelMetadata) -> ModelProfile:
    """Learn what a loaded model returns, as :func:`try_once`, and tell where its weights are why it fails.

    Raises:
        ModelRunError: it failed on every input.
    """
    model = Rehearsed(loaded, arguments)
    try:
        return try_once(model, metadata)
    except ModelRunError as error:
        raise with_types(error, loaded, lambda: try_once(model, metadata)) from error


def try_once(model: Model, metadata: ModelMetadata) -> ModelProfile:
    """Learn what a model returns, and for which input.

    Raises:
        ModelRunError: it failed on every input; the sentence is that of the first try.
    """
    failure: ModelRunError | None = None
    for seconds in TRIAL_SECONDS:
        for channels in (2, 1) if metadata.multichannel else (1, 2):
            try:
                return _try(model, metadata, channels, seconds)
            except ModelRunError as error:
                failure = failure or error
    assert failure is not None
    raise _on_noise(failure)


def _measured(model: Model, profile: ModelProfile, rate: int) -> ModelProfile:
    try:
        return measure(model, profile, rate)
    except ModelRunError as error:
        raise _on_noise(error) from error


def _on_noise(error: ModelRunError) -> ModelRunError:
    """Say that it was no region of a user's which a model failed on."""
    tried = " when it was tried on noise"
    return ModelRunError(error.message.replace(" on this region", tried).replace(" for this region", tried))


def _findings(folder: Path) -> tuple[str, ...]:
    try:
        return find(compiled_functions(folder / "model.pt"))
    except (RuntimeError, AttributeError):
        # The model works, which counts; a torch that has no such view of it, or a hook of the model's, is no news.
        return ()


def _try(model: Model, metadata: ModelMetadata, channels: int, seconds: float) -> ModelProfile:
    samples = _noise(channels, max(2 * channels, round(seconds * metadata.sample_rate)))
    warnings = _channel_warnings(metadata, channels)
    device = torch.device("cpu")
    labels_first = metadata.effect_type == LABELS
    try:
        profile = _profile(model, samples, device, labels_first, seconds)
    except ModelRunError as error:
        # The model's own answer tells what it is; metadata that say otherwise, or nothing, are a deviation.
        try:
            profile = _profile(model, samples, device, not labels_first, seconds)
        except ModelRunError:
            raise error from None
        if metadata.effect_type:
            found = "labels" if profile.labels else "a waveform"
            warnings.append(f"The effect type is {metadata.effect_type}, but the model returns {found}.")
    return replace(profile, warnings=tuple(warnings))


def _profile(
    model: Model, samples: NDArray[np.float32], device: torch.device, labels: bool, seconds: float
) -> ModelProfile:
    channels = len(samples)
    if labels:
        classes, _ = forward_labels(model, samples, device)
        return ModelProfile(True, 0, channels, classes.ndim == 2, seconds)
    rows = forward_waveform(model, samples, device)
    return ModelProfile(False, len(rows), channels, False, seconds)


def _with_calibration(model: Rehearsed, profile: ModelProfile, metadata: ModelMetadata) -> ModelProfile:
    """Add how an effect may be cut, that it is late if it is, and whether its stems sum to the mix."""
    if profile.labels:
        return profile
    settings = [model.set_to(values) for values in own_inputs(profile.arguments, metadata.controls).settings]
    calibration = calibrate(model, profile.channels, metadata.sample_rate, profile.seconds, settings=settings)
    warnings = profile.warnings
    if calibration.delay:
        late = f"{abs(calibration.delay)} samples {'late' if calibration.delay > 0 else 'early'}"
        cure = ", which is taken back" if calibration.taken_back else ""
        warnings += (f"The model returns its result {late}{cure}.",)
    profile = replace(profile, calibration=calibration, warnings=warnings)
    return replace(profile, sums=stems_sum(model, profile, metadata))


def stems_sum(model: Model, profile: ModelProfile, metadata: ModelMetadata) -> bool:
    """Whether the stems of a model with several are parts of the mix that sum to it."""
    stems = expected_stems(metadata, profile)
    if len(stems) < 2:
        return False
    late = profile.calibration.moved if profile.calibration else 0
    samples = max(2 * profile.channels, round(profile.seconds * metadata.sample_rate))
    x = made_up_sound(profile.channels, samples, metadata.sample_rate, 2)
    try:
        rows = WholeForward(model, torch.device("cpu"), late)(x)
    except ModelRunError:
        return False
    if len(rows) != profile.rows:
        return False
    sides = [np.sum([rows[stem.rows[side]] for stem in stems], axis=0) for side in (0, -1)[: profile.channels]]
    return agreement(x, np.stack(sides)) > _SUM


def _channel_warnings(metadata: ModelMetadata, channels: int) -> list[str]:
    if metadata.multichannel and channels == 1:
        return ["The metadata says multichannel, but the model takes one channel only."]
    if not metadata.multichannel and channels == 2:
        return ["The metadata does not say multichannel, but the model takes two channels."]
    return []


def _noise(channels: int, samples: int) -> NDArray[np.float32]:
    generator = np.random.default_rng(0)
    return _LOUDNESS * generator.standard_normal((channels, samples), dtype=np.float32)
