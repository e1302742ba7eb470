"""Table 14: the same region with the same settings once more, from upload to download."""

from __future__ import annotations

from benchmarks import models
from benchmarks.measuring import goal, in_turns, ratios, seconds
from benchmarks.servers import harpist
from benchmarks.sounds import file_of
from benchmarks.table import Options, Table, command

COLUMNS = ("Model", "Region (s)", "Once more / computed", "Least – most", "Turns", "Goal")
FRESH, AGAIN = "computed", "once more"
_LIMIT = 0.1


def measure(options: Options) -> Table:
    """Measure both in turns, on one server; what is computed is another region each time."""
    model, length, turns = (models.IDENTITY, 2, 1) if options.quick else (models.CONV_TASNET, 60, 5)
    sound = file_of(options.home, length)
    others = [file_of(options.home, length + 0.01 * turn) for turn in range(1, turns + 1)]
    with harpist(options.home, (model,), "--repeats", "4096") as server:
        server.job(model, sound)  # the model is loaded and warm; and this region is known from here on
        found = in_turns(
            {
                FRESH: lambda: seconds(lambda: server.job(model, others.pop())),
                AGAIN: lambda: seconds(lambda: server.job(model, sound)),
            },
            turns,
        )
    ratio = ratios(found, AGAIN, FRESH)
    aim = "" if options.quick else goal(ratio.median, _LIMIT)
    return Table(COLUMNS, [(model.title, f"{length}", *ratio.cells, aim)])


if __name__ == "__main__":
    command("repeated", measure)
