from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch import nn

from app.audacitorch import WaveformToWaveformBase, export_model
from app.audacitorch.loading import load_model
from app.audacitorch.metadata import read_metadata
from app.errors import AccessError, ModelFormatError
from tests.audacitorch.models import EFFECT, Gain


class NotScriptable(WaveformToWaveformBase):
    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        return eval("x")


class Trained(WaveformToWaveformBase):
    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        return x * 0 + (1.0 if self.training else 2.0)


def test_what_is_exported_loads_without_a_warning(tmp_path):
    folder = export_model(Gain(0.25), EFFECT, tmp_path / "new" / "gain", readme="# Gain\n", licence="cc0-1.0")
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "metadata.json", "model.pt"]
    assert sorted(path.name for path in folder.parent.iterdir()) == ["gain"]
    assert (folder / "README.md").read_text() == "---\ntags: audacity\nlicense: cc0-1.0\n---\n\n# Gain\n"
    assert json.loads((folder / "metadata.json").read_text()) == EFFECT
    metadata = read_metadata(folder)
    assert metadata.licence == "cc0-1.0"
    assert metadata.warnings == ()
    x = torch.rand(1, 100)
    assert torch.equal(load_model(folder, "cpu")(x), 0.25 * x)


def test_an_export_replaces_the_model_and_keeps_what_else_is_there(tmp_path):
    export_model(Gain(0.25), EFFECT, tmp_path)
    (tmp_path / "example.wav").write_bytes(b"sound")
    export_model(Gain(0.75), EFFECT, tmp_path)
    assert (tmp_path / "example.wav").read_bytes() == b"sound"
    assert float(load_model(tmp_path, "cpu")(torch.ones(1, 8))[0, 0]) == 0.75


KILLED = """
import os, signal, sys
from pathlib import Path
from app.audacitorch.authoring.model_folder import move_into

def replace(path, target, replaced=Path.replace):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return replaced(path, target)

Path.replace = replace
for left, folder in enumerate(sys.argv[1:]):
    child = os.fork()
    if child == 0:
        move_into(Path(folder, "new"), Path(folder, "old"))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_an_export_that_is_killed_never_leaves_two_models_mixed(tmp_path):
    files = ("README.md", "metadata.json", "model.pt")
    folders = [tmp_path / f"killed after {moved}" for moved in range(4)]
    for folder in folders:
        for age in ("old", "new"):
            (folder / age).mkdir(parents=True)
            for name in files:
                (folder / age / name).write_text(age)
    command = [sys.executable, "-c", KILLED, *map(str, folders)]
    ended = subprocess.run(command, cwd=Path(__file__).parents[3], check=True, capture_output=True, text=True)
    assert [int(code) for code in ended.stdout.split()] == [-signal.SIGKILL] * 3 + [0]
    for folder in folders:
        left = {path.name: path.read_text() for path in (folder / "old").iterdir()}
        assert "model.pt" not in left or left == dict.fromkeys(files, "new")
    assert (folders[3] / "old" / "model.pt").exists()


def test_what_a_killed_export_left_is_removed_by_a_later_one(tmp_path):
    for name, age in ((".gain-export-abc", 7200), (".gain-export-xyz", 0), (".gains-export-abc", 7200)):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    export_model(Gain(), EFFECT, tmp_path / "gain")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".gain-export-xyz", ".gains-export-abc", "gain"]


def test_a_folder_that_cannot_be_written_is_told_and_keeps_its_model(tmp_path):
    export_model(Gain(0.25), EFFECT, str(tmp_path / "gain"))
    (tmp_path / "gain" / "README.md").unlink()
    (tmp_path / "gain" / "README.md").mkdir()
    for folder, sentence in (
        ("gain", "holds a folder “README.md”"),
        ("gain/model.pt", "is a file; a folder"),
        ("gain/model.pt/new", "cannot be written: "),
    ):
        with pytest.raises(AccessError, match=sentence):
            export_model(Gain(0.75), EFFECT, tmp_path / folder)
    assert float(load_model(tmp_path / "gain", "cpu")(torch.ones(1, 8))[0, 0]) == 0.25


def test_a_module_is_exported_in_eval_mode_and_keeps_its_own(tmp_path):
    module = Trained(nn.Identity())
    assert module.training
    export_model(module, EFFECT, tmp_path)
    assert float(load_model(tmp_path, "cpu")(torch.ones(1, 8))[0, 0]) == 2.0
    assert module.training and not module.model.training


def test_metadata_that_deviate_are_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(ModelFormatError, match="short_description has 61 characters; the format allows 60"):
        export_model(Gain(), {**EFFECT, "short_description": "x" * 61}, tmp_path / "gain")
    with pytest.raises(ModelFormatError, match="has no sample_rate"):
        export_model(Gain(), {}, tmp_path / "gain")
    assert list(tmp_path.iterdir()) == []


def test_a_module_that_does_not_compile_is_refused_and_nothing_is_written(tmp_path):
    reason = (
        r"^The module does not compile as TorchScript: .*, at test_model_folder.py line \d+: “return eval\(\"x\"\)”; "
    )
    for _ in range(2):  # torch remembers the first try
        with pytest.raises(ModelFormatError, match=reason) as caught:
            export_model(NotScriptable(nn.Identity()), EFFECT, tmp_path / "gain")
    assert "\n" not in caught.value.message
    assert str(tmp_path) not in caught.value.message
    assert list(tmp_path.iterdir()) == []
