from __future__ import annotations

import pickle
import sys
import zipfile

import pytest
import torch
from torch import nn

from app.audacitorch.loading import load_model
from app.audacitorch.torchscript import script
from app.errors import ModelFormatError
from tests.audacitorch.models import EFFECT, Plain, save


class TwoInputs(nn.Module):
    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return x + y


class NeedsGain(nn.Module):
    def forward(self, x: torch.Tensor, gain: float) -> torch.Tensor:
        return x * gain


class NoWaveform(nn.Module):
    def forward(self, x: float) -> float:
        return x


class WithDefault(nn.Module):
    def forward(self, x: torch.Tensor, gain: float = 2.0) -> torch.Tensor:
        return x * gain


class NoForward(nn.Module):
    @torch.jit.export
    def run(self, x: torch.Tensor) -> torch.Tensor:
        return x


class Sine(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sin(x)


def with_operator(folder, name):
    """A saved model whose code names an operator of another library, as one scripted beside it does."""
    save(Sine(), EFFECT, folder)
    old = folder / "old.pt"
    (folder / "model.pt").rename(old)
    with zipfile.ZipFile(old) as source, zipfile.ZipFile(folder / "model.pt", "w") as target:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename.endswith(".py"):
                assert b"torch.sin(" in data
                data = data.replace(b"torch.sin(", f"ops.{name}(".encode())
            target.writestr(entry.filename, data)
    return folder


def refused(folder):
    with pytest.raises(ModelFormatError) as caught:
        load_model(folder, "cpu")
    message = caught.value.message
    assert "\n" not in message
    assert str(folder) not in message
    return message


def test_a_model_is_loaded_in_eval_mode(tmp_path):
    save(script(nn.Sequential(nn.Dropout()).train()), EFFECT, tmp_path)
    model = load_model(tmp_path, "cpu")
    assert not model.training
    assert torch.equal(model(torch.ones(1, 99)), torch.ones(1, 99))


def test_further_values_need_defaults_and_further_waveforms_do_not(tmp_path):
    save(WithDefault(), EFFECT, tmp_path / "default")
    assert load_model(tmp_path / "default", "cpu")(torch.ones(1, 4)).sum() == 8
    save(TwoInputs(), EFFECT, tmp_path / "two")
    assert load_model(tmp_path / "two", "cpu")(torch.ones(1, 4), torch.ones(1, 4)).sum() == 8
    save(NeedsGain(), EFFECT, tmp_path / "gain")
    assert "wants “gain” (float) without a default" in refused(tmp_path / "gain")
    save(NoWaveform(), EFFECT, tmp_path / "number")
    assert "takes no waveform" in refused(tmp_path / "number")


def test_a_model_without_forward_is_refused(tmp_path):
    save(NoForward(), EFFECT, tmp_path)
    assert "no forward method" in refused(tmp_path)


def test_a_folder_without_a_model_is_refused(tmp_path):
    assert "has no model.pt" in refused(tmp_path)
    (tmp_path / "model.pt").mkdir()
    assert "model.pt is a folder; a model's files are plain files" in refused(tmp_path)


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"", "it is empty"),
        (b"text", "it is no zip file"),
        (b"PK\x05\x06" + bytes(18), "it is no zip file"),
        (pickle.dumps({"a": 1}), "it is a plain pickle, which may run anything and is not opened"),
    ],
)
def test_what_is_no_archive_is_refused(tmp_path, content, reason):
    (tmp_path / "model.pt").write_bytes(content)
    assert refused(tmp_path) == (
        f"model.pt is not a TorchScript model, or is damaged: {reason}; "
        "an archive written by torch.jit.save is expected."
    )


def test_a_truncated_archive_is_refused(tmp_path):
    save(Plain(), EFFECT, tmp_path)
    data = (tmp_path / "model.pt").read_bytes()
    (tmp_path / "model.pt").write_bytes(data[: len(data) // 2])
    assert "or is damaged: its end is missing" in refused(tmp_path)


def test_saved_weights_are_refused(tmp_path):
    torch.save({"weight": torch.ones(3)}, tmp_path / "model.pt")
    assert "it holds weights without a program" in refused(tmp_path)


def test_a_pointer_of_git_lfs_is_named(tmp_path):
    (tmp_path / "model.pt").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    assert "Git LFS pointer" in refused(tmp_path)


@pytest.mark.parametrize(
    "module",
    [
        None,
        "raise ImportError('none')",
        "raise OSError('libc10_cuda.so: cannot open shared object file')",
        "",
    ],
)
def test_a_model_that_needs_torchaudio_says_so(tmp_path, monkeypatch, module):
    with_operator(tmp_path / "model", "torchaudio.harpist_missing")
    monkeypatch.delitem(sys.modules, "torchaudio", raising=False)
    if module is None:
        monkeypatch.setitem(sys.modules, "torchaudio", None)
    else:
        (tmp_path / "torchaudio.py").write_text(module)
        monkeypatch.syspath_prepend(tmp_path)
    message = refused(tmp_path / "model")
    monkeypatch.delitem(sys.modules, "torchaudio", raising=False)
    assert message.startswith("This model needs torchaudio, which is not installed here or does not load; perhaps: ")
    assert message.endswith(" -m pip install -r requirements-torchaudio.txt")


def test_torchaudio_is_imported_for_the_model_that_names_its_operators(tmp_path, monkeypatch):
    with_operator(tmp_path / "model", "torchaudio.harpist_sine")
    (tmp_path / "torchaudio.py").write_text(
        "import torch\n"
        "library = torch.library.Library('torchaudio', 'DEF')\n"
        "library.define('harpist_sine(Tensor x) -> Tensor')\n"
        "library.impl('harpist_sine', torch.sin, 'CompositeExplicitAutograd')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "torchaudio", raising=False)
    x = torch.ones(1, 9)
    try:
        assert torch.equal(load_model(tmp_path / "model", "cpu")(x), torch.sin(x))
    finally:
        sys.modules.pop("torchaudio").library._destroy()


def test_an_unknown_operator_is_named(tmp_path):
    message = refused(with_operator(tmp_path, "elsewhere.reverb"))
    assert message == "This model needs the operator elsewhere::reverb, which is not installed here."
