"""Learn, measure and apply: ``python -m endpoints.deepafx train | evaluate | process``."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from app.errors import HarpistError
from endpoints.deepafx.applying import Way, process_file
from endpoints.deepafx.evaluating import compared
from endpoints.deepafx.folder import read_result
from endpoints.deepafx.pairs import Pair, read_pairs
from endpoints.deepafx.tasks.tasks import TASKS
from endpoints.deepafx.train_command import PLOTS, describe_train, drawn


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 1 after a sentence of what was wrong, or 130 where it was stopped."""
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="train | evaluate | process")
    describe_train(
        commands.add_parser("train", help="learn to turn the knobs of a chain, from sounds before and after")
    )
    measure = commands.add_parser("evaluate", help="how near a result comes on a folder of pairs")
    measure.add_argument("result", type=Path, help="the folder that train wrote")
    measure.add_argument("--pairs", type=Path, help="folder with “before” and “after” (a task's own held-out sound)")
    measure.add_argument("--task", choices=tuple(TASKS), help="whose held-out sound it is measured with")
    measure.add_argument("--smoothing", type=float, help="of the knobs' curves, 0 to 5000 ms (the task's; 200)")
    measure.add_argument("--plots", type=Path, help="folder for pictures: distances.png, levels.png")
    measure.set_defaults(command=_evaluate)
    use = commands.add_parser("process", help="change a sound file as was learnt")
    use.add_argument("result", type=Path, help="the folder that train wrote")
    use.add_argument("input", type=Path, help="sound file")
    use.add_argument("output", type=Path, help="what is written, in the input's format")
    use.add_argument("--amount", type=float, default=100.0, help="0 to 100 %% of the way from the defaults (100)")
    use.add_argument("--smoothing", type=float, default=200.0, help="of the knobs' curves, 0 to 5000 ms (200)")
    use.add_argument("--still", action="store_true", help="one setting for all of the sound")
    use.set_defaults(command=_process)
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        chosen.command(chosen)
    except (HarpistError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. A training goes on where it was by the same command.", file=sys.stderr)
        return 130
    return 0


def _evaluate(chosen: argparse.Namespace) -> None:
    if (chosen.pairs is None) == (chosen.task is None):
        raise ValueError("Say what it is measured with: --pairs or --task.")
    task = TASKS.get(chosen.task)
    smoothing = (task.smoothing if task else 0.2) if chosen.smoothing is None else chosen.smoothing / 1000
    if not 0 <= smoothing <= 5:
        raise ValueError("--smoothing is 0 to 5000 ms.")
    result = read_result(chosen.result)
    pairs: list[Pair] = task.pairs("held out") if task else read_pairs(chosen.pairs)
    found = compared(result, pairs, smoothing, *((task.usual, task.crossovers) if task else ()))
    print(found.table())
    if chosen.plots:
        drawn(lambda: importlib.import_module(PLOTS).draw_comparison(found, pairs[0], chosen.plots))


def _process(chosen: argparse.Namespace) -> None:
    if not 0 <= chosen.amount <= 100 or not 0 <= chosen.smoothing <= 5000:
        raise ValueError("--amount is 0 to 100 %, --smoothing 0 to 5000 ms.")
    result = read_result(chosen.result)
    for notice in result.notices:
        print(notice, file=sys.stderr)
    way = Way(chosen.amount / 100, not chosen.still, chosen.smoothing / 1000)
    curve = process_file(result, chosen.input, chosen.output, way)
    for knob, parameter, column in zip(result.plan.knobs, result.plan.parameters, curve.T):
        low, high = parameter.from_turn(column.min()), parameter.from_turn(column.max())
        print(f"{knob}: {low:.3g} to {high:.3g} {parameter.unit}".rstrip())


if __name__ == "__main__":
    sys.exit(main())
