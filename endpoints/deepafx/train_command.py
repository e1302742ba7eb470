"""What ``train`` is asked for on the command line, and does: a folder of what was learnt, a card, and a picture."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import soundfile

from endpoints.deepafx.chain import Chain, read_plan
from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.evaluating import compared
from endpoints.deepafx.folder import Result, write_result
from endpoints.deepafx.pairs import Pair, read_pairs
from endpoints.deepafx.schedule import Look, Schedule
from endpoints.deepafx.shipped import EXAMPLE
from endpoints.deepafx.tasks.task import Task
from endpoints.deepafx.tasks.tasks import TASKS
from endpoints.deepafx.training import Training

_BEGUN = """
It began with what `{}` had learnt, said in the knobs of these plugins, and went on by hearing how their sound changes
with small turns."""
_PHASE = """
The crossovers of the plugin turn the phase, even where it does nothing else (`defaults`), which waves show and nobody
hears. `in phase` is the mean abs. difference from the right sound behind the same crossovers, the plugin neutral else.
"""
PLOTS = "endpoints.deepafx.plots"
"""It needs Pillow."""


def describe_train(parser: argparse.ArgumentParser) -> None:
    """Name what can be asked for, and what runs it, which raises HarpistError, ValueError or OSError."""
    parser.add_argument("--task", choices=tuple(TASKS), help="whose effects, and whose sound, are taken")
    parser.add_argument("--chain", type=Path, help="the effects, and what is learnt of them: .toml, .json (the task's)")
    parser.add_argument(
        "--pairs", type=Path, help="folder with “before” and “after”, of equal names (the task's sound)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the result; a run that broke off goes on")
    parser.add_argument("--name", default="", help="on the card (the folder's name)")
    parser.add_argument("--licence", default="mit", help="on the card (mit)")
    parser.add_argument("--method", choices=("exact", "spsa", "differences"), help="of gradients (the task's; exact)")
    parser.add_argument("--seed", type=int, default=1, help="of weights and draws (1)")
    plain = Schedule()
    parser.add_argument("--steps", type=int, help=f"at most, of each stage (the task's; {plain.steps})")
    parser.add_argument("--items", type=int, help=f"excerpts a step (the task's; {plain.items})")
    parser.add_argument("--rate", type=float, help=f"of learning (the task's; {plain.rate})")
    parser.add_argument("--seconds", type=float, default=0.0, help="of learning, at most (no limit)")
    parser.add_argument("--threads", type=int, default=_cores(), help="for plugins of others (all cores)")
    parser.add_argument("--at-once", action="store_true", help="all effects at once, not one after the other")
    parser.set_defaults(command=_train)


def _train(chosen: argparse.Namespace) -> None:
    task = TASKS.get(chosen.task)
    schedule = _schedule(chosen, task.schedule if task else Schedule())
    if task is None and (chosen.chain is None or chosen.pairs is None):
        raise ValueError("Say what is learnt: --task, or --chain and --pairs.")
    plan = read_plan(chosen.chain) if chosen.chain or task is None else task.plan
    pairs = read_pairs(chosen.pairs) if chosen.pairs or task is None else task.pairs("training", chosen.seed)
    if not chosen.method and schedule.method == "exact" and not Chain(plan, RATE, 1).differentiable:
        schedule = replace(schedule, method="spsa")
    chosen.out.mkdir(parents=True, exist_ok=True)
    checkpoint = chosen.out / "checkpoint.pt"
    teacher = task.teacher.turns_for(plan) if task and task.teacher and not chosen.chain else None
    learnt = Training(plan, pairs, schedule, checkpoint, _print, threads=max(1, chosen.threads), teacher=teacher).run()
    title = chosen.name or (task.title if task else chosen.out.name)
    result = Result(plan, learnt.encoder, title, chosen.licence, learnt.facts(schedule))
    if task:
        unheard = task.pairs("held out", chosen.seed)
        result = replace(result, about=_about(task, result, unheard, chosen))
    write_result(chosen.out, result)
    if task and not chosen.pairs:
        soundfile.write(chosen.out / EXAMPLE, unheard[0].before, RATE, "PCM_16")
    drawn(lambda: importlib.import_module(PLOTS).draw_learning(learnt.looks, chosen.out / "learning.png"))
    checkpoint.unlink(missing_ok=True)
    print(
        f"Held-out loss: {learnt.untouched:.3f} untouched, {learnt.defaults:.3f} at the defaults, "
        f"{learnt.reached:.3f} learnt. Written to {chosen.out}."
    )


def _schedule(chosen: argparse.Namespace, plain: Schedule) -> Schedule:
    given = {
        name: value
        for name in ("method", "seed", "steps", "items", "rate", "seconds")
        if (value := getattr(chosen, name)) is not None
    }
    schedule = replace(plain, **given, progressive=plain.progressive and not chosen.at_once)
    if schedule.seed < 0 or schedule.steps < 1 or schedule.items < 1 or schedule.seconds < 0:
        raise ValueError("--seed and --seconds are 0 or more, --steps and --items 1 or more.")
    if not 0 < schedule.rate < 1:
        raise ValueError("--rate is between 0 and 1.")
    return schedule


def _about(task: Task, result: Result, unheard: Sequence[Pair], chosen: argparse.Namespace) -> str:
    """Return the card's words on a task: what it is for, what it learnt from, and how near it comes."""
    made = f"{task.purpose}\n\n"
    if chosen.pairs:
        return made + "It learnt from pairs of its author's own.\n"
    own = compared(result, unheard, task.smoothing, task.usual, task.crossovers)
    weak = f"\n**It is weak** by the {by}: there something else is nearer.\n" if (by := own.weakest_by()) else ""
    weak += _PHASE if task.crossovers else ""
    changed = [f"--{n} {v}" for n in ("method", "steps", "items", "rate") if (v := getattr(chosen, n)) is not None]
    chain = f"--chain {chosen.chain.name}" if chosen.chain else ""
    words = ["--task", task.name, chain, f"--seed {chosen.seed}", *changed, "--at-once" if chosen.at_once else ""]
    begun = _BEGUN.format(task.teacher.folder.name) if task.teacher and not chosen.chain else ""
    return f"""{made}{task.material}{begun} Made by

    python -m endpoints.deepafx train {" ".join(word for word in words if word)} --out FOLDER

On sound that it did not learn from, made in the same way with other voices, words, instruments and draws (`as it was`:
doing nothing; `defaults`: the same effects, untaught, which are neutral; `a usual setting`: one by hand for all; less
is nearer):

{own.table()}
{weak}"""


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _print(look: Look) -> None:
    print(
        f"effect {look.stage} of {look.stages}, step {look.step}: loss {look.loss:.3f}, held out {look.held_out:.3f} "
        f"(best {look.best:.3f}), {look.left:.0f} s left at most",
        flush=True,
    )


def drawn(draw: Callable[[], object]) -> None:
    """Draw, or say what is missing for it."""
    try:
        draw()
    except ImportError:
        print("No pictures are drawn: Pillow is missing; install it with: pip install pillow", file=sys.stderr)
