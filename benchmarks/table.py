"""A table of the README: made by its command, put between its two marks, with what it was measured on."""

from __future__ import annotations

import argparse
import os
import platform
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path

README = Path(__file__).parent / "README.md"
HOME = Path(tempfile.gettempdir()) / f"harpist-benchmarks-{os.getuid() if hasattr(os, 'getuid') else 'home'}"


@dataclass(frozen=True)
class Options:
    """How a benchmark runs.

    Attributes:
        quick: on tiny inputs, only to see that it runs; nothing is written unless ``readme`` says where.
        home: the measured servers' home folder, kept from run to run.
        readme: where the table goes; ``None`` prints it only.
    """

    quick: bool
    home: Path
    readme: Path | None


@dataclass(frozen=True)
class Table:
    """Columns, rows, and notes below them."""

    columns: Sequence[str]
    rows: Iterable[Sequence[str]]
    notes: Sequence[str] = ()

    def text(self) -> str:
        """Return it as Markdown."""
        lines = [self.columns, ["---"] * len(self.columns), *self.rows]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return "\n\n".join([table, *self.notes])


def command(name: str, measure: Callable[[Options], Table]) -> None:
    """Run a benchmark as the command line asks, and put its table in its place.

    Args:
        name: of the marks in the README.
        measure: makes the table.
    """
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}")
    parser.add_argument("--quick", action="store_true", help="tiny inputs, once: does it run?")
    parser.add_argument("--home", type=Path, default=HOME, help="where models and servers keep their files")
    parser.add_argument("--readme", type=Path, help="the file between whose marks the table goes")
    given = parser.parse_args()
    readme: Path | None = given.readme or (None if given.quick else README)
    options = Options(given.quick, given.home.absolute(), readme)
    options.home.mkdir(parents=True, exist_ok=True)
    text = f"{measure(options).text()}\n\n{machine()}"
    print(text, flush=True)
    if readme is not None:
        put(readme, name, text)


def put(readme: Path, name: str, text: str) -> None:
    """Write a table between the marks that bear its ``name``."""
    readme.write_text(_replaced(readme.read_text(encoding="utf-8"), name, text), encoding="utf-8")


def _replaced(page: str, name: str, text: str) -> str:
    start, end = f"<!-- {name}: start -->", f"<!-- {name}: end -->"
    if page.count(start) != 1 or page.count(end) != 1:
        raise ValueError(f"the page must hold {start} and {end} once each")
    before, _, rest = page.partition(start)
    return f"{before}{start}\n\n{text}\n\n{end}{rest.partition(end)[2]}"


def machine() -> str:
    """Return when and on what this was measured."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "numpy", "soundfile", "soxr", "gradio"))
    return (
        f"<sub>{datetime.now(timezone.utc):%Y-%m-%d}, {_processor()}, {os.cpu_count()} cores, "
        f"{platform.system()}, Python {platform.python_version()}, {versions}.</sub>"
    )


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*: *(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else platform.machine()
