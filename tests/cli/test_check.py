"""``harpist check`` as a person runs it, and in a sandboxed worker what would end any other process."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from app.audacitorch.checking.groups import GROUPS
from app.audacitorch.checking.report import read_report
from app.cli.check import NOT_MADE, check_folder
from app.config import Settings
from tests.fixtures.authoring.catalogue import IN_PROCESS, IN_WORKER
from tests.fixtures.authoring.making import Half, effect
from tests.hub_server.server import serve_hub
from tests.server.in_process import run_here
from tests.server.running import command


def run(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        **command("check", *arguments, home=home, **environment), capture_output=True, timeout=120, check=False
    )


@pytest.mark.parametrize(
    "code", [pytest.param(code, marks=pytest.mark.slow) if code == "hang" else code for code in IN_WORKER]
)
def test_a_model_that_ends_its_worker_has_that_finding_and_no_other(code: str, tmp_path: Path) -> None:
    IN_WORKER[code](tmp_path / "model")
    (tmp_path / "scratch").mkdir()
    settings = Settings(home=tmp_path / "home", load_timeout=40.0, memory=2.0, threads=1)
    report = check_folder(settings, tmp_path / "model", "a model", tmp_path / "scratch")
    assert [finding.code for finding in report.findings] == [code], report.text()
    assert "silence" in report.findings[0].sentence
    assert report.measured["rows"] == "1, from 1 channel", "what was measured before is kept"
    assert report.exit_code == 2


def test_a_folder_is_checked_as_text_and_as_json(tmp_path: Path) -> None:
    IN_PROCESS["delay"](tmp_path / "late")
    result = run_here(tmp_path, "check", str(tmp_path / "late"))
    assert result.returncode == 1, result.stderr
    assert "warning [delay] The model returns its result 40 samples (5.0 ms) late." in result.stdout
    assert result.stdout.splitlines()[-1] == "1 warning."
    assert re.fullmatch(r"(harpist: [a-z ]+: \d+ s …\n)*", result.stderr), "a busy machine may take long"
    result = run_here(tmp_path, "check", str(tmp_path / "late"), "--json")
    assert result.returncode == 1
    assert json.loads(result.stdout)["exit_code"] == 1
    assert [finding.code for finding in read_report(result.stdout).findings] == ["delay"]


def test_a_model_of_the_hub_is_checked_and_nothing_of_it_stays(tmp_path: Path) -> None:
    effect(Half())(tmp_path / "model")
    with serve_hub() as hub:
        hub.add("owner/half", {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()})
        result = run(tmp_path / "home", "owner/half", HF_ENDPOINT=hub.url, TMPDIR=str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("owner/half@")
    assert result.stdout.splitlines()[-1] == "Nothing was found that would go wrong."
    assert not (tmp_path / "home" / "hub").exists()
    assert list(tmp_path.glob("harpist-check-*")) == []


def test_what_is_no_model_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_bytes(b"")
    for name, sentence in (("nothing here", "is neither a folder"), ("model.pt", "the folder that it lies in")):
        result = run_here(tmp_path, "check", str(tmp_path / name))
        assert (result.returncode, result.stdout) == (NOT_MADE, "")
        assert result.stderr.count("\n") == 1 and sentence in result.stderr


def test_an_empty_folder_lacks_everything(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = run_here(tmp_path, "check", str(tmp_path / "empty"), "--json")
    assert result.returncode == 2
    assert [one.code for one in read_report(result.stdout).findings] == ["no-model", "no-metadata", "no-readme"]


def test_what_takes_long_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr("app.cli.check.TELL_EVERY", 0.2)
    IN_WORKER["hang"](tmp_path / "model")
    (tmp_path / "scratch").mkdir()
    settings = Settings(home=tmp_path / "home", load_timeout=2.0, memory=2.0, threads=1)
    check_folder(settings, tmp_path / "model", "a model", tmp_path / "scratch")
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if not re.fullmatch(r"harpist: [a-z ]+: \d+ s …", line)] == []
    assert lines and {line.split(": ")[1] for line in lines} <= set(GROUPS)
