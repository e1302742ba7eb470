"""``check``: what an author calls, with a module or with a folder."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import nn

from app.audacitorch.authoring.compiling import in_eval_mode, misplaced
from app.audacitorch.authoring.model_folder import metadata_text
from app.audacitorch.checking.groups import GROUPS, SECONDS
from app.audacitorch.checking.parity import check_parity, not_scriptable
from app.audacitorch.checking.report import Finding, Report, make_report, read_report
from app.audacitorch.checking.schema import check_text
from app.audacitorch.checking.trials import Trials
from app.audacitorch.torchscript import save_archive, script
from app.errors import InputError, WorkerError
from app.own_code import START


def check(
    model: nn.Module | str | Path, metadata: Mapping[str, object] | None = None, *, seconds: float = SECONDS
) -> Report:
    """Check a model: everything that would go wrong for a user.

    Args:
        model: a module, which is run in this process and compared with its exported form; or an exported model's
            folder, or ``OWNER/NAME`` on the hub, which is run in a sandbox, as ``harpist check`` does.
        metadata: what ``metadata.json`` will hold; for a module.
        seconds: processor time that the trials of a module may take.

    Raises:
        InputError: a module without metadata, or one that is not on the CPU.
        ModelFormatError: metadata that cannot be written as JSON.
        HarpistError: the check could not be made.
    """
    if not isinstance(model, nn.Module):
        if not isinstance(model, (str, Path)):
            raise InputError("check takes an instance of a torch.nn.Module, a folder, or OWNER/NAME on the hub.")
        return _checked_by_command(str(model))
    if metadata is None:
        raise InputError("A module is checked with its metadata: check(module, metadata); at least sample_rate counts.")
    if wrong := misplaced(model):
        raise InputError(f"The module is not checked: {wrong}.")
    with in_eval_mode(model):
        return _check_module(model, metadata, seconds)


def _check_module(module: nn.Module, metadata: Mapping[str, object], seconds: float) -> Report:
    name = type(module).__name__
    text = metadata_text(metadata)
    findings, readable = check_text(text)
    try:
        compiled = module if isinstance(module, torch.jit.ScriptModule) else script(module)
    except Exception as error:
        return make_report(name, [*findings, not_scriptable(error)], {})
    if readable is None:
        return make_report(name, findings, {})
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "model"
        folder.mkdir()
        (folder / "metadata.json").write_text(text, encoding="utf-8")
        save_archive(compiled, folder / "model.pt")
        trials = Trials(folder, seconds)
        for group in GROUPS:
            findings += trials.run(group, Path(scratch))
        findings += _parity(trials, module)
    return make_report(name, findings, trials.measured)


def _parity(trials: Trials, module: nn.Module) -> list[Finding]:
    if trials.subject is None or isinstance(module, torch.jit.ScriptModule):
        return []
    return check_parity(trials.subject, module)


def _checked_by_command(model: str) -> Report:
    """Check a folder or a model of the hub as the command line does: the model runs in a sandboxed worker."""
    path = Path(model).expanduser()
    target = str(path.resolve()) if path.is_dir() else model
    command = [sys.executable, "-m", "app.__main__", "check", "--json", "--", target]
    done = subprocess.run(command, cwd=START, capture_output=True, text=True, check=False)  # noqa: S603
    try:
        return read_report(done.stdout)
    except ValueError:
        reason = (done.stderr.strip().splitlines() or ["no reason given."])[-1]
        raise WorkerError(reason.removeprefix("harpist: ")) from None
