"""From an author's module to the files of a model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from app.audacitorch.arguments.signature import Rehearsed, read_signature
from app.audacitorch.authoring.example import Example, run_example, write_example
from app.audacitorch.authoring.model_card import readme as model_card
from app.audacitorch.authoring.model_folder import metadata_text, move_into, scripted, unfinished
from app.audacitorch.authoring.tracing import check_lengths, check_like_eager, traced_length, traced_refusal
from app.audacitorch.checking.report import ERROR, WARNING
from app.audacitorch.checking.schema import check_text
from app.audacitorch.failures import clean_reason
from app.audacitorch.loading import load_model
from app.audacitorch.metadata import ModelMetadata
from app.audacitorch.profile import ModelProfile
from app.audacitorch.stems import label_warnings
from app.audacitorch.torchscript import save_archive, trace
from app.audacitorch.trial.inspection import try_once
from app.audacitorch.trial.timed_run import made_up_sound
from app.errors import ModelFormatError, ModelRunError

_TRACED_SECONDS = 1.0


def export(
    module: nn.Module | torch.jit.ScriptModule,
    metadata: Mapping[str, object],
    folder: Path,
    *,
    example: Example = None,
    readme: str = "",
    licence: str = "",
    traced: bool = False,
) -> Path:
    """Write a model's folder, ready to be published; all files, or none.

    Written are ``model.pt``, ``metadata.json``, ``README.md`` (the hub's model card), ``example.wav``, what the model
    makes of it (``example-out-1.wav`` …, or ``example-labels.txt``) and ``example.svg``, a picture of both. Other files
    that lie in ``folder`` stay.

    Args:
        module: derived from one of :mod:`app.audacitorch.bases`; or what ``torch.jit.script`` or ``torch.jit.trace``
            made of such a module.
        metadata: the content of ``metadata.json``, in the keys of the latest generation.
        folder: where to.
        example: a sound file, or samples ``(channels, samples)`` and their rate in Hz; ``None`` for one that is made
            up.
        readme: Markdown of the author's own, between the card's header and its example.
        licence: an SPDX id, or the hub's name of a licence; may stand in the metadata as ``license`` instead.
        traced: trace a module of Python instead of scripting it.

    Returns:
        ``folder``.

    Raises:
        ModelFormatError: the metadata deviate from the format or from the model, the module does not compile, or a
            traced one depends on the length that it was traced with.
        ModelRunError: the model fails on noise, or on the example.
        AudioFileError: the example is no readable sound.
    """
    stated = licence or str(metadata.get("license", metadata.get("licence", "")))
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,60}", stated):
        raise ModelFormatError(
            "No licence is stated; a licence's id is expected, such as licence=“mit” or “cc-by-4.0”."
        )
    text, parsed = _strict(metadata)
    compiled = _compiled(module, parsed, traced)
    with unfinished(folder) as made:
        (made / "metadata.json").write_text(text, encoding="utf-8")
        save_archive(compiled, made / "model.pt")
        length = traced_length(module) or traced_length(compiled)
        profile = _tried(made, parsed, length)
        if length:
            check_lengths(
                Rehearsed(compiled, profile.arguments), profile.labels, profile.channels, parsed.sample_rate, length
            )
            if traced and compiled is not module and not profile.labels:
                check_like_eager(compiled, module, profile.channels, parsed.sample_rate, length)
        write_example(example, made / "example.wav", parsed.sample_rate, profile.channels)
        outputs = run_example(made, profile)
        card = model_card(parsed, profile, stated, readme, outputs)
        (made / "README.md").write_text(card, encoding="utf-8")
        move_into(made, folder)
    return folder


def _strict(metadata: Mapping[str, object]) -> tuple[str, ModelMetadata]:
    text = metadata_text(metadata)
    findings, parsed = check_text(text)
    wrong = [finding.sentence for finding in findings if finding.severity in (ERROR, WARNING)]
    wrong += [warning for warning in parsed.warnings if warning not in wrong] if parsed and not wrong else []
    if wrong or parsed is None:
        raise ModelFormatError(f"The metadata are not exported: {' '.join(wrong)}")
    return text, parsed


def _compiled(
    module: nn.Module | torch.jit.ScriptModule, metadata: ModelMetadata, traced: bool
) -> torch.jit.ScriptModule:
    module.eval()
    if isinstance(module, torch.jit.ScriptModule):
        return module
    if not traced:
        return scripted(module)
    samples = max(64, round(_TRACED_SECONDS * metadata.sample_rate))
    sound = made_up_sound(1 + metadata.multichannel, samples, metadata.sample_rate, 0)
    try:
        return trace(module, torch.from_numpy(sound))
    except Exception as error:
        reason = clean_reason(str(error)) or "it failed on a second of sound"
        raise ModelFormatError(f"The module cannot be traced: {reason}.") from error


def _tried(folder: Path, metadata: ModelMetadata, traced: int | None) -> ModelProfile:
    """Try the model that was written, and refuse what its metadata say otherwise."""
    loaded = load_model(folder, "cpu")
    arguments, unset = read_signature(loaded)
    needed = [argument.name for argument in arguments if argument.required]
    if needed:
        raise ModelFormatError(
            f"The model's forward wants “{needed[0]}” without a default; programs of the format call forward(x), "
            "so that None must do."
        )
    try:
        profile = replace(try_once(Rehearsed(loaded, arguments), metadata), arguments=arguments)
    except ModelRunError as error:
        raise (traced_refusal(traced, error) if traced else error) from None
    rows = () if profile.labels else label_warnings(metadata.labels, profile.rows, profile.channels == 2)
    if wrong := (*profile.warnings, *unset, *rows):
        raise ModelFormatError(f"The model is not exported: {' '.join(wrong)}")
    return profile
