"""Every benchmark runs, on tiny input, and makes its table."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import TABLES
from benchmarks.accuracy.programs import missing

ROOT = Path(__file__).parent.parent.parent
SHORT = ("quality",)


@pytest.fixture(scope="module")
def home(bundled_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose uploads and results are the benchmarks' own; the bundled models are not exported again."""
    made = tmp_path_factory.mktemp("benchmarks")
    (made / "bundled").symlink_to(bundled_home / "bundled")
    return made


@pytest.mark.parametrize(
    "table", [table if table in SHORT else pytest.param(table, marks=pytest.mark.slow) for table in TABLES]
)
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processor time and memory are read from /proc")
def test_a_benchmark_runs_and_writes_its_table_between_its_marks(table: str, home: Path, tmp_path: Path) -> None:
    if table == "accuracy" and (sentences := missing()):
        pytest.skip(sentences)
    columns = importlib.import_module(f"benchmarks.{table}").COLUMNS
    page = tmp_path / "README.md"
    page.write_text(f"Before.\n<!-- {table}: start -->\nold\n<!-- {table}: end -->\nAfter.\n")
    command = [sys.executable, "-m", f"benchmarks.{table}", "--quick", "--home", str(home), "--readme", str(page)]

    own = {"HARPIST_WORKERS": "many"}  # what somebody has set for a server of their own changes no figure
    ended = subprocess.run(command, cwd=ROOT, env={**os.environ, **own}, capture_output=True, text=True, timeout=120)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    lines = page.read_text().splitlines()
    assert lines[0] == "Before." and lines[-1] == "After." and "old" not in lines
    rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in lines if line.startswith("|")]
    assert rows[0] == list(columns)
    assert len(rows) > 2 and all(len(row) == len(columns) for row in rows)
    assert all(row[0] for row in rows[2:])
    assert str(home) not in page.read_text()


def test_the_readme_has_a_place_for_every_table() -> None:
    page = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    for table in TABLES:
        assert page.count(f"<!-- {table}: start -->") == page.count(f"<!-- {table}: end -->") == 1
