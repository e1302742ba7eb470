"""Learn, measure and apply: ``python -m endpoints.deepafx train | evaluate | process``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from app.errors import HarpistError
from endpoints.deepafx.applying import Way, applied, curve_of, process_file
from endpoints.deepafx.chain import Chain, Turns, read_plan
from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.folder import Result, read_result, write_result
from endpoints.deepafx.measures import distance
from endpoints.deepafx.pairs import Mono, read_pairs
from endpoints.deepafx.schedule import Look, Schedule
from endpoints.deepafx.training import Training


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 1 after a sentence of what was wrong, or 130 where it was stopped."""
    parser = argparse.ArgumentParser(prog="python -m endpoints.deepafx", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="train | evaluate | process")
    _describe_train(
        commands.add_parser("train", help="learn to turn the knobs of a chain, from sounds before and after")
    )
    measure = commands.add_parser("evaluate", help="how near a result comes on a folder of pairs")
    measure.add_argument("result", type=Path, help="the folder that train wrote")
    measure.add_argument("--pairs", type=Path, required=True, help="folder with “before” and “after”")
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


def _describe_train(parser: argparse.ArgumentParser) -> None:
    plain = Schedule()
    parser.add_argument(
        "--chain", type=Path, required=True, help="the effects, and what is learnt of them: .toml, .json"
    )
    parser.add_argument("--pairs", type=Path, required=True, help="folder with “before” and “after”, of equal names")
    parser.add_argument("--out", type=Path, required=True, help="folder for the result; a run that broke off goes on")
    parser.add_argument("--name", default="", help="on the card (the folder's name)")
    parser.add_argument("--licence", default="mit", help="on the card (mit)")
    parser.add_argument(
        "--method",
        choices=("exact", "spsa", "differences"),
        help="of gradients (exact, where all effects have some; else spsa)",
    )
    parser.add_argument("--seed", type=int, default=plain.seed, help="of weights and draws (1)")
    parser.add_argument("--steps", type=int, default=plain.steps, help=f"at most, of each stage ({plain.steps})")
    parser.add_argument("--items", type=int, default=plain.items, help=f"excerpts a step ({plain.items})")
    parser.add_argument("--rate", type=float, default=plain.rate, help=f"of learning ({plain.rate})")
    parser.add_argument("--seconds", type=float, default=0.0, help="of learning, at most (no limit)")
    parser.add_argument("--threads", type=int, default=_cores(), help="for plugins of others (all cores)")
    parser.add_argument("--at-once", action="store_true", help="all effects at once, not one after the other")
    parser.set_defaults(command=_train)


def _train(chosen: argparse.Namespace) -> None:
    plan, pairs = read_plan(chosen.chain), read_pairs(chosen.pairs)
    if chosen.seed < 0 or chosen.steps < 1 or chosen.items < 1 or not 0 < chosen.rate < 1 or chosen.seconds < 0:
        raise ValueError(
            "--seed is 0 or more, --steps and --items 1 or more, --rate between 0 and 1, --seconds 0 or more."
        )
    schedule = Schedule(
        method=chosen.method or ("exact" if Chain(plan, RATE, 1).differentiable else "spsa"),
        seed=chosen.seed,
        steps=chosen.steps,
        items=chosen.items,
        rate=chosen.rate,
        seconds=chosen.seconds,
        progressive=not chosen.at_once,
    )
    chosen.out.mkdir(parents=True, exist_ok=True)
    checkpoint = chosen.out / "checkpoint.pt"
    learnt = Training(plan, pairs, schedule, checkpoint, _print, threads=max(1, chosen.threads)).run()
    facts = {
        "gradients": schedule.method,
        "seed": schedule.seed,
        "steps": sum(look.step for look in _ends(learnt.looks)),
        "loss of the sound as it was": learnt.untouched,
        "loss of the effects at their defaults": learnt.defaults,
        "loss of what was learnt": learnt.reached,
    }
    write_result(chosen.out, Result(plan, learnt.encoder, chosen.name or chosen.out.name, chosen.licence, facts))
    checkpoint.unlink(missing_ok=True)
    print(
        f"Held-out loss: {learnt.untouched:.3f} untouched, {learnt.defaults:.3f} at the defaults, "
        f"{learnt.reached:.3f} learnt. Written to {chosen.out}."
    )


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _ends(looks: Sequence[Look]) -> list[Look]:
    return [look for look, after in zip(looks, [*looks[1:], None]) if after is None or after.step <= look.step]


def _print(look: Look) -> None:
    print(
        f"effect {look.stage} of {look.stages}, step {look.step}: loss {look.loss:.3f}, held out {look.held_out:.3f} "
        f"(best {look.best:.3f}), {look.left:.0f} s left at most",
        flush=True,
    )


def _evaluate(chosen: argparse.Namespace) -> None:
    result, pairs = read_result(chosen.result), read_pairs(chosen.pairs)
    chain = Chain(result.plan, RATE, 1)
    rows: dict[str, list[list[float]]] = {"as it was": [], "defaults": [], "learnt": []}
    for pair in pairs:
        found = Way().follow(curve_of(result.encoder, iter([pair.before])), result.plan.defaults)
        still = result.plan.defaults[None]
        sounds = pair.before, _heard(chain, pair.before, still), _heard(chain, pair.before, found)
        for row, sound in zip(rows.values(), sounds):
            measured = distance(sound, pair.after)
            row.append([measured.mfcc, measured.wave, measured.loss])
    print("| | MFCC cosine distance | mean abs. difference | loss |\n| --- | --- | --- | --- |")
    for name, row in rows.items():
        mfcc, wave, loss = np.mean(row, axis=0)
        print(f"| {name} | {mfcc:.4f} | {wave:.4f} | {loss:.3f} |")


def _heard(chain: Chain, sound: Mono, curve: Turns) -> Mono:
    chain.reset()
    heard: Mono = np.concatenate(list(applied(chain, iter([sound[None]]), curve, RATE)), axis=1)[0].astype(np.float32)
    return heard


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
