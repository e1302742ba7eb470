"""Folders of runs: those of the dead go, those of the living stay, whatever is in them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.workers.files.run_folder import RunFolder, remove_tree

HOLDER = """
import sys
from pathlib import Path
from app.workers.files.run_folder import RunFolder
held = RunFolder(Path(sys.argv[1]))
(held.path / "audio.wav").write_bytes(b"x")
print(held.path.name, flush=True)
sys.stdin.read()
"""


def holder(folder: Path) -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, folder / process.stdout.readline().strip()


def test_what_a_killed_process_left_goes_and_a_living_ones_stays(tmp_path: Path) -> None:
    (dead, left), (alive, kept) = holder(tmp_path), holder(tmp_path)
    try:
        (tmp_path / "of another kind").mkdir()
        assert (left / "audio.wav").exists() and (kept / "audio.wav").exists()
        dead.kill()
        dead.wait()
        mine = RunFolder(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == {kept.name, mine.path.name, "of another kind"}
        assert (kept / "audio.wav").read_bytes() == b"x"
        mine.close()
        assert not mine.path.exists() and kept.exists()
    finally:
        for process in (dead, alive):
            process.kill()
            process.communicate()


def test_many_may_start_and_end_at_once(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from app.workers.files.run_folder import RunFolder\n"
        "for _ in range(25):\n"
        "    held = RunFolder(Path(sys.argv[1])); (held.path / 'a').touch(); assert (held.path / 'a').exists()\n"
        "    held.close()"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    started = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], env=environment) for _ in range(4)]
    assert [process.wait(60) for process in started] == [0] * 4
    assert list(tmp_path.iterdir()) == []


def test_it_may_be_reached_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    held = RunFolder(tmp_path / "link" / "workers")
    assert held.path.parent == tmp_path / "real" / "workers"
    held.close()


@pytest.mark.skipif(sys.platform == "win32", reason="paths there are short, and modes are none")
def test_whatever_a_model_made_can_be_removed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "precious").write_bytes(b"x")
    top = tmp_path / "top"
    top.mkdir()
    (top / "away").symlink_to(tmp_path / "outside")
    (top / "file").write_bytes(b"x")
    os.mkfifo(top / "pipe")
    (top / "closed" / "inner").mkdir(parents=True)
    (top / "closed" / "inner" / "file").touch()
    (top / "closed").chmod(0)
    here = Path.cwd()
    os.chdir(top)
    try:
        for _ in range(1200):  # far beyond the longest path, and Python's depth of calls
            Path("deep").mkdir()
            os.chdir("deep")
        Path("file").touch()
    finally:
        os.chdir(here)
    remove_tree(top)
    assert not top.exists()
    assert (tmp_path / "outside" / "precious").exists()
