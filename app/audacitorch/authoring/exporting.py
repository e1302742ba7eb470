"""From an author's module to the files of a model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from app.audacitorch.arguments.signature import Rehearsed, read_signature
from app.audacitorch.arguments.translation import own_inputs
from app.audacitorch.authoring.compiling import in_eval_mode, misplaced, recorded, scripted
from app.audacitorch.authoring.example import Example, run_example, write_example
from app.audacitorch.authoring.model_card import readme as model_card
from app.audacitorch.authoring.model_folder import checked_folder, metadata_text, move_into, unfinished
from app.audacitorch.authoring.tracing import check_lengths, check_like_eager, traced_length, traced_refusal
from app.audacitorch.checking.report import ERROR, WARNING
from app.audacitorch.checking.schema import check_text
from app.audacitorch.loading import load_model
from app.audacitorch.metadata import ModelMetadata
from app.audacitorch.profile import ModelProfile
from app.audacitorch.stems import label_warnings
from app.audacitorch.torchscript import save_archive
from app.audacitorch.trial.inspection import try_loaded
from app.errors import ModelFormatError, ModelRunError

_LICENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,60}")


def export(
    module: nn.Module | torch.jit.ScriptModule,
    metadata: Mapping[str, object],
    folder: str | Path,
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
        folder: where to; what an earlier export wrote there is replaced.
        example: a sound file, or samples ``(channels, samples)`` and their rate in Hz; ``None`` for one that is made
            up.
        readme: Markdown of the author's own, between the card's header and its example.
        licence: an SPDX id, or the hub's name of a licence; may stand in the metadata as ``license`` instead.
        traced: trace a module of Python instead of scripting it; for one that takes a waveform and nothing else.

    Returns:
        The folder's whole path.

    Raises:
        ModelFormatError: the metadata deviate from the format or from the model, the module is not on the CPU or does
            not compile, or a traced one depends on the length that it was traced with.
        ModelRunError: the model fails on noise, or on the example.
        AudioFileError: the example is no readable sound.
        AccessError: the folder cannot be written.
    """
    if not isinstance(module, nn.Module):
        raise ModelFormatError("The module is none; an instance of a torch.nn.Module is expected.")
    text, parsed = _strict(metadata)
    stated = _licence(licence or metadata.get("license") or metadata.get("licence") or "")
    if wrong := misplaced(module):
        raise ModelFormatError(f"The module is not exported: {wrong}.")
    path = checked_folder(folder)
    with in_eval_mode(module), unfinished(path) as made:
        channels = 1 + parsed.multichannel
        compiled = recorded(module, parsed.sample_rate, channels) if traced else scripted(module)
        save_archive(compiled, made / "model.pt")
        (made / "metadata.json").write_text(text, encoding="utf-8")
        length = traced_length(module) or traced_length(compiled)
        profile = _tried(made, parsed, length)
        if length:
            rehearsed = Rehearsed(compiled, profile.arguments)
            check_lengths(rehearsed, profile.labels, profile.channels, parsed.sample_rate, length)
        if length and compiled is not module and traced:
            check_like_eager(compiled, module, profile.labels, profile.channels, parsed.sample_rate, length)
        write_example(example, made / "example.wav", parsed.sample_rate, profile.channels)
        outputs = run_example(made, profile)
        card = model_card(parsed, profile, stated, readme, outputs)
        (made / "README.md").write_text(card, encoding="utf-8")
        move_into(made, path)
    return path


def _licence(stated: object) -> str:
    """Return a licence's id as the hub writes it."""
    if not stated:
        raise ModelFormatError(
            "No licence is stated; a licence's id is expected, such as licence=“mit” or “cc-by-4.0”."
        )
    if not isinstance(stated, str) or not _LICENCE.fullmatch(stated):
        raise ModelFormatError(
            f"“{str(stated)[:60]}” is no licence's id; one such as “mit” or “cc-by-4.0” is expected."
        )
    return stated.lower()


def _strict(metadata: Mapping[str, object]) -> tuple[str, ModelMetadata]:
    text = metadata_text(metadata)
    findings, parsed = check_text(text)
    wrong = [finding.sentence for finding in findings if finding.severity in (ERROR, WARNING)]
    wrong += [warning for warning in parsed.warnings if warning not in wrong] if parsed and not wrong else []
    if wrong or parsed is None:
        raise ModelFormatError(f"The metadata are not exported: {' '.join(wrong)}")
    return text, parsed


def _tried(folder: Path, metadata: ModelMetadata, traced: int | None) -> ModelProfile:
    """Try the model that was written, and refuse what its metadata say otherwise."""
    try:
        loaded = load_model(folder, "cpu")
    except ModelFormatError as error:
        if "damaged" not in error.message:
            raise
        raise ModelFormatError(
            "torch cannot read the model that it wrote; the names of classes, attributes and arguments are expected to "
            "be of the letters a to z, digits and _."
        ) from error
    arguments, unset = read_signature(loaded)
    needed = [argument.name for argument in arguments if argument.required]
    if needed:
        raise ModelFormatError(
            f"The model's forward wants “{needed[0]}” without a default; programs of the format call forward(x), "
            "so that None must do."
        )
    try:
        profile = replace(try_loaded(loaded, arguments, metadata), arguments=arguments)
    except ModelRunError as error:
        raise (traced_refusal(traced, error) if traced else error) from None
    rows = () if profile.labels else label_warnings(metadata.labels, profile.rows, profile.channels == 2)
    hints = own_inputs(arguments, metadata.controls).warnings
    if wrong := (*profile.warnings, *unset, *rows, *hints):
        raise ModelFormatError(f"The model is not exported: {' '.join(wrong)}")
    return profile
