from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from endpoints.deepafx.checkpoint import CheckpointError
from endpoints.deepafx.encoder import HEARD, log_mel
from endpoints.deepafx.pairs import Pair, PairsError, divided
from endpoints.deepafx.schedule import Look, Schedule
from endpoints.deepafx.training import Learnt, Training
from tests.endpoints.deepafx.toys import chain, levelled

QUICK = Schedule(items=2, warm=256, stretch=1024, steps=6, every=2, pretraining=3, held_out=2)
PARAMETRIC = {"uri": "harpist:parametric-equaliser", "learn": ["low_gain", "high_gain"]}


def same(one: Learnt, other: Learnt) -> bool:
    ours, theirs = one.encoder.state_dict(), other.encoder.state_dict()
    return all(torch.equal(ours[name], theirs[name]) for name in ours) and one.reached == other.reached


@pytest.mark.parametrize("method", [pytest.param("exact", marks=pytest.mark.slow), "spsa"])
def test_sixty_steps_halve_what_doing_nothing_costs(method: str) -> None:
    schedule = Schedule(
        method, steps=60, every=30, pretraining=20, items=8, warm=1024, stretch=2048, rate=3e-3, held_out=16
    )  # type: ignore[arg-type]
    learnt = Training(chain(), levelled(10), schedule).run()
    assert learnt.reached < 0.5 * learnt.untouched, learnt
    assert learnt.reached < 0.5 * learnt.defaults


def test_each_effect_joins_the_ones_before_it_and_progress_is_told() -> None:
    looks: list[Look] = []
    learnt = Training(
        chain({"uri": "harpist:gate", "learn": ["range"]}, PARAMETRIC), levelled(), QUICK, None, looks.append
    ).run()
    assert [(look.stage, look.stages, look.step) for look in looks] == [(s, 2, n) for s in (1, 2) for n in (2, 4, 6)]
    assert tuple(looks) == learnt.looks and looks[0].left > looks[-1].left == 0
    assert all(look.best <= look.held_out for look in looks)


@pytest.mark.parametrize("method", ["exact", "spsa", "differences"])
def test_a_seed_gives_the_same_again_and_what_broke_off_goes_on(method: str, tmp_path: Path) -> None:
    schedule = Schedule(**{**vars(QUICK), "method": method})
    plan, pairs = chain(PARAMETRIC), levelled()
    whole = Training(plan, pairs, schedule).run()
    assert same(whole, Training(plan, pairs, schedule).run())

    class Stopped(Exception):
        pass

    def stop(look: Look) -> None:
        if look.step == 4:
            raise Stopped

    with pytest.raises(Stopped):
        Training(plan, pairs, schedule, tmp_path / "checkpoint.pt", stop).run()
    told: list[Look] = []
    resumed = Training(plan, pairs, schedule, tmp_path / "checkpoint.pt", told.append).run()
    assert [look.step for look in told] == [6] and same(whole, resumed)
    other = Schedule(**{**vars(schedule), "seed": 2})
    assert not same(whole, Training(plan, pairs, other).run())
    with pytest.raises(CheckpointError, match="another chain, other sounds or settings"):
        Training(plan, pairs, other, tmp_path / "checkpoint.pt").run()


KILLED = """
import sys
from pathlib import Path
import torch
from endpoints.deepafx.training import Training
from tests.endpoints.deepafx.test_training import PARAMETRIC, QUICK
from tests.endpoints.deepafx.toys import chain, levelled
torch.set_num_threads(1)
told = lambda look: (print(look.step, "torch._dynamo" in sys.modules, flush=True), sys.stdin.readline())
Training(chain(PARAMETRIC), levelled(), QUICK, Path(sys.argv[1]), told).run()
"""


def test_a_kill_costs_no_more_than_the_last_steps(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path / "checkpoint.pt")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "env": {**os.environ, "PYTHONPATH": str(Path.cwd())}}
    with subprocess.Popen(command, text=True, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == "2 False\n", "learning needs no compiler, which takes seconds to import"
        process.send_signal(signal.SIGKILL)
    plan, pairs = chain(PARAMETRIC), levelled()
    told: list[int] = []
    resumed = Training(plan, pairs, QUICK, tmp_path / "checkpoint.pt", lambda look: told.append(look.step)).run()
    assert told == [4, 6]
    assert same(resumed, Training(plan, pairs, QUICK).run())


def test_time_may_be_limited_and_a_job_may_end_it() -> None:
    limited = Schedule(**{**vars(QUICK), "steps": 10_000, "patience": 10_000, "seconds": 0.3})
    learnt = Training(chain(PARAMETRIC), levelled(), limited).run()
    assert 1 <= learnt.looks[-1].step < 10_000

    def ended() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Training(chain(), levelled(), QUICK, alive=ended).run()


def test_it_begins_with_what_a_teacher_says_and_knows_one_teacher_from_another(tmp_path: Path) -> None:
    schedule = Schedule(**{**vars(QUICK), "pretraining": 100, "items": 4, "steps": 1, "every": 1, "rate": 1e-7})

    def louder_is_lower(heard: torch.Tensor) -> torch.Tensor:
        level = (heard.std(1, keepdim=True) / 0.1).clamp(0.1, 1)
        return torch.cat([1 - 0.8 * level, torch.full_like(level, 0.7)], 1)

    pairs = levelled(8)
    stopped = tmp_path / "checkpoint.pt"
    learnt = Training(chain(PARAMETRIC), pairs, schedule, stopped, teacher=louder_is_lower).run()
    assert learnt.facts(schedule)["step of the last stage that was the best"] in (0, 1)
    heard = torch.from_numpy(np.stack([pair.before[:HEARD] for pair in pairs]))
    with torch.no_grad():
        said = learnt.encoder(log_mel(heard))
    assert (said[:, 0] - louder_is_lower(heard)[:, 0]).abs().mean() < 0.1 < said[:, 0].std()
    assert (said[:, 1] - 0.7).abs().max() < 0.1
    with pytest.raises(CheckpointError, match="another chain, other sounds or settings"):
        Training(
            chain(PARAMETRIC), pairs, schedule, stopped, teacher=lambda heard: torch.full((len(heard), 2), 0.5)
        ).run()


def test_too_little_sound_is_said_and_a_damaged_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(PairsError, match="at least one has to last 4 s"):
        Training(chain(), [Pair(p.before[:50000], p.after[:50000]) for p in levelled(2)], QUICK)
    (tmp_path / "checkpoint.pt").write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match="damaged"):
        Training(chain(), levelled(), QUICK, tmp_path / "checkpoint.pt").run()


def test_what_is_held_out_is_not_learnt_from() -> None:
    five = levelled(5)
    learn, check = divided(five)
    assert learn == five[:4] and check == five[4:]
    learn, check = divided(five[:1])
    assert len(learn[0].before) + len(check[0].before) == len(five[0].before)
