"""Each flawed model has exactly the finding that it is made for; a good one has none."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import torch
from torch import nn

from app.audacitorch import check
from app.audacitorch.checking import speed
from app.audacitorch.checking.groups import GROUPS
from app.audacitorch.checking.kinds import KINDS
from app.audacitorch.checking.report import Report, make_report
from app.audacitorch.checking.static import check_files
from app.audacitorch.checking.subject import OutOfTimeError
from app.audacitorch.checking.trials import Trials
from tests.audacitorch.models import EFFECT, LABELER
from tests.fixtures.authoring.catalogue import CODES, IN_PROCESS, MODULES
from tests.fixtures.authoring.making import STEREO, Frames, Half, effect, labeler
from tests.fixtures.authoring.own_controls import CONTROLLED, Gain

BY_CODE = {kind.code: kind for kind in KINDS}


def checked(folder: Path, scratch: Path) -> Report:
    """Check a folder as the command does, but in this process."""
    findings, runnable = check_files(folder)
    trials = Trials(folder, 45.0)
    if runnable:
        for group in GROUPS:
            findings += trials.run(group, scratch)
    return make_report("a model", findings, trials.measured)


def test_there_is_a_flawed_model_for_every_finding() -> None:
    assert sorted(BY_CODE) == sorted(CODES)


def test_codes_are_unlike_each_other() -> None:
    assert len(BY_CODE) == len(KINDS)


@pytest.mark.parametrize(
    "code", [pytest.param(code, marks=pytest.mark.slow) if code == "slow" else code for code in IN_PROCESS]
)
def test_a_flawed_model_has_its_finding_and_no_other(code: str, tmp_path: Path, monkeypatch) -> None:
    if code == "slow":  # else the test would have to wait for a model that is
        monkeypatch.setattr(speed, "SLOWEST", 0.0002)
    folder = tmp_path / "model"
    IN_PROCESS[code](folder)
    report = checked(folder, tmp_path)
    assert [finding.code for finding in report.findings] == [code], report.text()
    (finding,) = report.findings
    assert finding.severity == BY_CODE[code].severity
    assert finding.mend == BY_CODE[code].mend
    assert finding.sentence.endswith(".") and len(finding.sentence) < 400
    assert str(tmp_path) not in report.text()


class Late(nn.Module):
    """A row for each of some delays in samples."""

    def __init__(self, *delays: int) -> None:
        super().__init__()
        self.delays = list(delays)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.late(x, delay) for delay in self.delays])

    def late(self, x: torch.Tensor, delay: int) -> torch.Tensor:
        padded = nn.functional.pad(x, [max(0, delay), max(0, -delay)])
        return padded[:, max(0, -delay) :][:, : x.shape[1]]


@pytest.mark.parametrize(
    "module, sentence",
    [
        (Late(12_000), "returns its result 12000 samples (1500.0 ms) late."),
        (Late(-30), "returns its result 30 samples (3.8 ms) early."),
        (Late(0, 500), "returns row 2 of its result 500 samples (62.5 ms) late."),
    ],
)
def test_a_delay_is_told_by_how_many_samples_even_a_long_one_or_one_rows(module, sentence) -> None:
    labels = [f"{delay} late" for delay in module.delays]
    (finding,) = check(module, {**EFFECT, "labels": labels}).findings
    assert (finding.code, finding.sentence) == ("delay", f"The model {sentence}")


class Attends(nn.Module):
    """Every frame attends to all others: time and memory grow with the square of the length."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        frames = x.shape[1] // 32
        y = x[:, : 32 * frames].reshape(frames, 32)
        heard = torch.softmax(20.0 * y @ y.t(), dim=1) @ y
        return nn.functional.pad(heard.reshape(1, -1), [0, x.shape[1] - 32 * frames])


@pytest.mark.slow
def test_a_model_that_grows_with_the_square_of_the_length_is_checked_to_the_end() -> None:
    report = check(Attends(), EFFECT)
    assert report.measured["longest input tried"] in ("5 s", "20 s")
    assert "time per second of sound" in report.measured
    assert " a difference " in report.measured["chunks"], report.text()


def test_weights_that_were_saved_on_a_gpu_are_told(tmp_path: Path) -> None:
    layer = nn.Conv1d(1, 1, 3, padding=1, bias=False)
    nn.init.dirac_(layer.weight)  # by chance it might delay the sound
    effect(layer)(tmp_path / "model")
    archive = tmp_path / "model" / "model.pt"
    with zipfile.ZipFile(archive) as members:
        parts = {item.filename: members.read(item) for item in members.infolist()}
    with zipfile.ZipFile(archive, "w") as members:
        for name, data in parts.items():
            on_gpu = data.replace(b"X\x03\0\0\0cpu", b"X\x06\0\0\0cuda:0")
            members.writestr(name, on_gpu if name.endswith("/data.pkl") else data)
    (finding,) = checked(tmp_path / "model", tmp_path).findings
    assert (finding.code, finding.sentence[:41]) == ("names-gpu", "Its weights were saved on a CUDA device, ")


@pytest.mark.parametrize("code", MODULES)
def test_a_flawed_module_has_its_finding_and_no_other(code: str) -> None:
    report = check(MODULES[code].module, MODULES[code].metadata)
    assert [finding.code for finding in report.findings] == [code], report.text()


@pytest.mark.parametrize(
    "make", [effect(Half()), effect(Half(), {**STEREO}), labeler(Frames()), effect(Gain(), CONTROLLED)]
)
def test_a_good_model_has_no_finding(make, tmp_path: Path) -> None:
    make(tmp_path / "model")
    report = checked(tmp_path / "model", tmp_path)
    assert report.findings == (), report.text()
    assert "time per second of sound" in report.measured


@pytest.mark.parametrize("module, metadata", [(Half(), EFFECT), (Frames(), LABELER), (Gain(), CONTROLLED)])
def test_a_good_module_has_no_finding(module, metadata) -> None:
    report = check(module.train(), metadata)
    assert report.findings == (), report.text()
    assert report.measured["exported against eager"] == "the same"
    assert module.training


class Hears(nn.Module):
    """One label from 1 s to 2 s where the sound is as loud as that."""

    def __init__(self, level: float) -> None:
        super().__init__()
        self.level = level

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        count = 1 if bool(x.abs().max() > self.level) else 0
        return torch.zeros([count], dtype=torch.int64), torch.tensor([[1.0, 2.0]]).expand(count, 2)


def test_labels_that_are_not_there_are_not_called_the_same() -> None:
    deaf = check(Hears(1e9), {**LABELER, "labels": ["sound"]})
    assert deaf.measured["labels in chunks"] == "not compared: there are none in 75 s of made-up sound"
    hearing = check(Frames(), LABELER)
    assert hearing.measured["labels in chunks"].startswith("the same as of the whole for ")


class Gate(nn.Module):
    """Silence for everything."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.zeros_like(x)


def test_silence_is_not_called_the_same_in_chunks() -> None:
    assert "the same" not in check(Gate(), EFFECT).measured.get("chunks", "")


def test_once_the_time_is_over_no_call_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    effect(Half())(tmp_path / "model")
    trials = Trials(tmp_path / "model", 45.0)
    trials.run("opening", tmp_path)
    assert trials.subject is not None
    calls: list[object] = []
    model = trials.subject.model
    monkeypatch.setattr(trials.subject, "model", lambda *given: calls.append(1) or model(*given))
    trials.subject.limit = 0.0
    for group in GROUPS:
        assert trials.run(group, tmp_path) == []
    with pytest.raises(OutOfTimeError):
        trials.subject.run(trials.subject.sound(800))
    assert calls == []
    assert trials.measured["left out"] == "trials for which no time was left"
