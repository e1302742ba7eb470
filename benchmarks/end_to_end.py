"""Table 1: from upload to download, against the bare forward pass of the same model on the same samples."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.workers import heap
from benchmarks import models
from benchmarks.bare import Bare
from benchmarks.measuring import goal, in_turns, ratios, seconds
from benchmarks.models import BenchmarkModel
from benchmarks.processes import touch
from benchmarks.servers import Server, harpist
from benchmarks.sounds import file_of
from benchmarks.table import Options, Table, command

COLUMNS = (
    "Model",
    "Region (s)",
    "Bare pass",
    "End to end / bare",
    "Least – most",
    "Turns",
    "Above bare / region",
    "Goal",
)
PIECE = 10.0
WHOLE, PIECES, SAMPLED = "whole region", "pieces of 10 s", "pieces of 10 s, 1 in 6 timed"
_SHARE = 6
_PASS = 3 << 29
"""Bytes that a minute of Conv-TasNet needs, and some more."""


@dataclass(frozen=True)
class Line:
    """One line of the table; ``limit`` is its goal, 0 for none."""

    model: BenchmarkModel
    region: float
    bare: tuple[str, ...]
    turns: int
    limit: float = 0.0


LINES = (
    Line(models.CONV_TASNET, 10, (WHOLE,), 3),
    Line(models.CONV_TASNET, 60, (WHOLE, PIECES), 5, 1.05),
    Line(models.CONV_TASNET, 600, (SAMPLED,), 1),
    Line(models.RECURRENT, 10, (WHOLE,), 7),
    Line(models.RECURRENT, 60, (WHOLE, PIECES), 5),
    Line(models.RECURRENT, 600, (PIECES,), 3),
    Line(models.IDENTITY, 10, (WHOLE,), 9),
    Line(models.IDENTITY, 60, (WHOLE,), 9),
    Line(models.IDENTITY, 600, (WHOLE,), 3),
)
QUICK = (
    Line(models.SMALL_CONV_TASNET, 2, (WHOLE, PIECES), 1, 1.05),
    Line(models.IDENTITY, 2, (WHOLE, SAMPLED), 1),
)


def measure(options: Options) -> Table:
    """Measure every line."""
    lines = QUICK if options.quick else LINES
    used = tuple(dict.fromkeys(line.model for line in lines))
    heap.keep_freed_memory()  # as the workers do: the bare pass is several times slower without
    threads = os.cpu_count() or 1  # the server's default for a job that is alone
    with harpist(options.home, used) as server:
        rows = [row for line in lines for row in _line(server, options.home, line, threads)]
    return Table(
        COLUMNS, rows, [f"{threads} torch threads in the server (its default for a job alone) and in the bare pass."]
    )


def _line(server: Server, home: Path, line: Line, threads: int) -> list[tuple[str, ...]]:
    sound = file_of(home, line.region)
    bare = Bare(home, line.model, sound, threads)
    server.job(line.model, file_of(home, min(10.0, line.region)))  # the model is loaded and warm, as at any second job

    def timed(run: Callable[[], None]) -> float:
        heap.give_back()  # as an idle worker has
        if line.model is models.CONV_TASNET and line.region >= 60:
            touch(_PASS)
        return seconds(run)

    whole_and_pieces: dict[str, Callable[[], float]] = {
        WHOLE: lambda: timed(bare.whole),
        PIECES: lambda: timed(lambda: bare.pieces(PIECE)),
        SAMPLED: lambda: _SHARE * timed(lambda: bare.pieces(PIECE, _SHARE, _SHARE // 2 if line.region > 60 else 0)),
    }
    works = {"server": lambda: timed(lambda: server.job(line.model, sound))}
    results = in_turns({**works, **{name: whole_and_pieces[name] for name in line.bare}}, line.turns)
    rows = []
    for number, name in enumerate(line.bare):
        found = ratios(results, "server", name)
        above = sorted((result["server"] - result[name]) / line.region for result in results)[len(results) // 2]
        aim = goal(found.median, line.limit) if line.limit and number == 0 else ""
        rows.append((line.model.title, f"{line.region:g}", name, *found.cells, f"{above:.4f}", aim))
    return rows


if __name__ == "__main__":
    command("end_to_end", measure)
