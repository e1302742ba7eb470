"""Weights out of a package: refused unless they are the pinned ones, and read without a line of the package run."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

import pytest

from endpoints.bundled import NAMES, load, model_id, packaged_weights
from endpoints.bundled.__main__ import is_current, main, stamp
from endpoints.bundled.network_weights import WEIGHTS
from endpoints.bundled.packaged_weights import PackagedWeights, WeightsMissingError

ROOT = Path(__file__).resolve().parents[3]
CONTENT = b"numbers"
PINNED = PackagedWeights("some-net", "1.0", "some_net/w.bin", hashlib.sha256(CONTENT).hexdigest(), "MIT", "Some Team")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package some-net 1.0 as pip leaves it, and the only one that there is; the folder that it is installed in."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    about = tmp_path / "some_net-1.0.dist-info"
    files = {
        about / "METADATA": b"Metadata-Version: 2.1\nName: some-net\nVersion: 1.0\n",
        about / "licenses" / "LICENSE": b"Copyright Some Team\n",
        tmp_path / "some_net" / "w.bin": CONTENT,
        tmp_path / "some_net" / "LICENSE": b"of something else in it\n",
        tmp_path / "some_net" / "__init__.py": b"raise RuntimeError('imported')\n",
    }
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (about / "RECORD").write_text("".join(f"{path.relative_to(tmp_path).as_posix()},,\n" for path in files))
    return tmp_path


def test_the_pinned_file_is_read(package: Path) -> None:
    assert PINNED.read() == CONTENT
    assert PINNED.found() == package / "some_net" / "w.bin"
    assert PINNED.licence_text() == "Copyright Some Team\n"


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (replace(PINNED, package="other-net"), "The weights in other-net==1.0 are missing"),
        (replace(PINNED, version="1.1"), "some-net 1.0 is not some-net==1.1"),
        (replace(PINNED, file="some_net/v.bin"), "The weights in some-net==1.0 are missing"),
        (replace(PINNED, sha256="0" * 64), "The weights in some-net==1.0 are not those that are expected"),
    ],
)
def test_anything_else_is_refused_with_what_to_do(package: Path, wanted: PackagedWeights, sentence: str) -> None:
    with pytest.raises(WeightsMissingError, match=f"^{re.escape(sentence)}; install it with: .*requirements-weights"):
        wanted.read()


def test_every_pin_is_that_of_the_requirements() -> None:
    lines = (ROOT / "requirements-weights.txt").read_text(encoding="utf-8").splitlines()
    pins = {line.partition(";")[0] for line in lines if not line.startswith("#")}
    assert {weights.pin for used in WEIGHTS.values() for weights in used} <= pins


def test_a_model_reads_what_is_listed_for_it() -> None:
    assert set(WEIGHTS) <= set(NAMES)
    for name in NAMES:
        assert load(name).weights == tuple(WEIGHTS.get(name, ()))


@pytest.mark.parametrize("name", WEIGHTS)
def test_licence_and_credit_stand_with_the_model_and_on_its_card(bundled_home: Path, name: str) -> None:
    folder = bundled_home / "bundled" / model_id(name)
    readme = (folder / "README.md").read_text(encoding="utf-8")
    for weights in WEIGHTS[name]:
        assert f"{weights.pin}, {weights.credit}, licence {weights.licence}" in readme
        assert weights.licence.lower() in readme.split("---")[1]
        assert weights.package in load(name).metadata["long_description"]
        assert weights.licence_text() in (folder / "LICENSE").read_text(encoding="utf-8")


def test_other_weights_make_a_model_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: stamp(name) for name in ("voice_activity", "chords")}
    monkeypatch.setitem(
        WEIGHTS, "voice_activity", tuple(replace(one, sha256="0" * 64) for one in WEIGHTS["voice_activity"])
    )
    assert stamp("voice_activity") != before["voice_activity"]
    assert stamp("chords") == before["chords"]


def test_a_model_without_its_weights_is_left_out_and_the_others_are_made(
    bundled_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in NAMES:
        if name not in WEIGHTS:
            (tmp_path / model_id(name)).parent.mkdir(exist_ok=True)
            (tmp_path / model_id(name)).symlink_to(bundled_home / "bundled" / model_id(name))
    monkeypatch.setattr(packaged_weights, "distribution", _none_there)
    assert main(["--out", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [f"{model_id(name)} up to date" for name in NAMES if name not in WEIGHTS]
    lines = printed.err.splitlines()
    assert len(lines) == len(WEIGHTS)
    for name, line in zip([name for name in NAMES if name in WEIGHTS], lines):
        assert line.startswith(f"left out {model_id(name)}: The weights in ")
        assert not is_current(name, tmp_path / model_id(name))


def test_no_line_of_a_package_runs_while_its_model_is_exported(tmp_path: Path) -> None:
    tops = sorted({weights.file.partition("/")[0] for used in WEIGHTS.values() for weights in used})
    code = f"""
import sys
from pathlib import Path
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {tops}:
            raise RuntimeError(name + " is imported")
sys.meta_path.insert(0, Refuse())
from app.audacitorch.authoring.model_folder import export_model
from endpoints.bundled import load
for name in {sorted(WEIGHTS)}:
    export_model(load(name).build(), load(name).metadata, Path(sys.argv[1]) / name)
assert not set(sys.modules) & set({tops})
for top in {tops}:
    try:
        __import__(top)
    except RuntimeError:
        print(top)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == tops, "the hook would have refused them"
    assert all((tmp_path / name / "model.pt").is_file() for name in WEIGHTS)


def _none_there(name: str) -> Distribution:
    return PathDistribution.from_name(f"{name}-that-is-not-there")
