"""The exporter, run as a person or the server runs it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audacitorch.loading import load_model
from app.audacitorch.metadata import read_metadata
from app.audacitorch.profile import read_profile
from endpoints.bundled import NAMES, load, model_id
from endpoints.bundled.__main__ import FILES, is_current, main, sources

ROOT = Path(__file__).resolve().parents[3]


def run(out: Path, *interpreter: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *interpreter, "-m", "endpoints.bundled", "--out", str(out)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def out(bundled_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, to be damaged, of what the exporter made."""
    return shutil.copytree(bundled_home / "bundled", tmp_path_factory.mktemp("export") / "bundled")


@pytest.mark.parametrize("name", NAMES)
def test_every_model_is_complete(out: Path, name: str) -> None:
    folder = out / model_id(name)
    assert all((folder / file).is_file() for file in FILES)
    metadata, source = read_metadata(folder), load(name)
    assert metadata.warnings == ()
    assert metadata.licence == source.licence
    assert metadata.labels == tuple(source.metadata["labels"])
    assert source.paper in (folder / "README.md").read_text(encoding="utf-8")
    load_model(folder, "cpu")


@pytest.mark.parametrize("name", NAMES)
def test_every_profile_tells_what_the_model_does(out: Path, name: str) -> None:
    folder = out / model_id(name)
    profile = read_profile(folder / "profile.json", folder)
    metadata = load(name).metadata
    assert profile is not None
    assert profile.warnings == ()
    assert profile.channels == (2 if metadata["multichannel"] else 1)
    assert profile.labels == (metadata["effect_type"] == "waveform-to-labels")
    if not profile.labels:
        assert profile.rows == len(metadata["labels"]) * profile.channels


@pytest.mark.parametrize("name", NAMES)
def test_metadata_keep_to_the_format_and_name_the_papers_year(name: str) -> None:
    metadata = load(name).metadata
    assert len(metadata["short_description"]) <= 60
    assert len(metadata["long_description"]) <= 280
    assert len(metadata["tags"]) <= 5
    assert max(map(len, metadata["tags"])) <= 15
    assert len(set(metadata["labels"])) == len(metadata["labels"])
    years = re.findall(r"\b(?:19|20)\d\d\b", load(name).paper)
    assert any(year in metadata["long_description"] for year in years)


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_short_and_what_its_function_makes(out: Path, name: str) -> None:
    samples, rate = soundfile.read(out / model_id(name) / "example.wav", dtype="float32", always_2d=True)
    wanted, wanted_rate = load(name).example()
    assert rate == wanted_rate
    assert wanted.dtype == np.float32
    assert wanted.shape[0] == (2 if load(name).metadata["multichannel"] else 1)
    assert 6 <= wanted.shape[1] / rate <= 9
    assert 0.5 < np.abs(wanted).max() <= 1.0
    np.testing.assert_allclose(samples.T, wanted, atol=1 / 32000)


def test_a_second_run_makes_nothing_and_imports_no_torch(out: Path) -> None:
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    done = run(out, "-X", "importtime")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [f"{model_id(name)} up to date" for name in NAMES]
    imported = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}
    assert "endpoints.bundled" in imported
    assert not imported & {"torch", "numpy", "soundfile"}
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == times


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["model.pt", "example.wav", ".stamp", "stale"])
def test_what_is_missing_or_stale_is_made_again(out: Path, damage: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = out / model_id("centre_extraction")
    if damage == "stale":
        (folder / ".stamp").write_text("of another source", encoding="ascii")
    else:
        (folder / damage).unlink()
    assert not is_current("centre_extraction", folder)
    assert main(["--out", str(out)]) == 0
    made = [line for line in capsys.readouterr().out.splitlines() if line.endswith("exported")]
    assert made == ["harpist/centre-extraction exported"]
    assert is_current("centre_extraction", folder)


def test_what_a_model_is_made_by_makes_it_stale() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in sources("chords")}
    own = {"endpoints/bundled/chords.py", "endpoints/bundled/frames.py"}
    assert names > own | {"app/audacitorch/authoring/model_folder.py", "app/audacitorch/trial/calibration.py"}
    assert "endpoints/bundled/pitch_notes.py" not in names


def test_a_folder_that_cannot_be_written_gets_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    assert main(["--out", str(tmp_path / "file")]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "cannot be written" in error
