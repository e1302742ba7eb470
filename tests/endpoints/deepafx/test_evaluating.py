from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from endpoints.deepafx.__main__ import main
from endpoints.deepafx.chain import ChainPlan
from endpoints.deepafx.encoder import new_encoder
from endpoints.deepafx.evaluating import compared
from endpoints.deepafx.folder import Result, read_result, write_result
from endpoints.deepafx.pairs import Pair
from endpoints.deepafx.plots import draw_comparison, draw_learning, draw_lines
from endpoints.deepafx.schedule import Look
from endpoints.deepafx.tasks.tasks import TASKS
from tests.endpoints.deepafx.toys import chain, levelled, music
from tests.lv2_plugins import needs_calf


def untaught(plan: ChainPlan) -> Result:
    return Result(plan, new_encoder(len(plan.knobs), 1).eval(), "Untaught", "mit", {})


def test_nothing_done_is_compared_with_the_defaults_and_what_was_learnt(tmp_path: Path) -> None:
    pairs = levelled(2, 2.0)
    found = compared(untaught(chain()), pairs)
    assert found.untouched == found.defaults != found.learnt  # the compressor's defaults do nothing
    assert found.weakest_by() and len(found.examples[1]) == len(pairs[0].before)
    assert found.table().count("\n") == 4 and "| learnt |" in found.table()
    for path in draw_comparison(found, pairs[0], tmp_path / "plots"):
        with Image.open(path) as picture:
            assert picture.size == (900, 420) and len(picture.convert("RGB").getcolors(1 << 20) or ()) > 10


@needs_calf
def test_in_phase_what_crossovers_do_alone_is_no_difference() -> None:
    task = TASKS["nonspeech-lv2"]
    pairs = [Pair(sound, sound) for sound in (music(1, 2.0), music(2, 2.0))]
    found = compared(untaught(task.plan), pairs, crossovers=task.crossovers)
    assert found.defaults.in_phase == 0.0 and found.defaults.wave > 0.01
    assert found.untouched.in_phase == found.untouched.wave == 0.0
    assert found.learnt.in_phase > 0.0 and "| in phase |" in found.table()
    assert "in phase" not in compared(untaught(chain()), pairs).table()


def test_a_training_of_two_stages_is_one_line_of_steps(tmp_path: Path) -> None:
    looks = [Look(s, 2, n, 1.0 / s / n, 1.2 / s / n, 1.0, 0.0) for s in (1, 2) for n in (10, 20)]
    draw_learning(looks, tmp_path / "learning.png")
    draw_lines({}, "nothing", "s", tmp_path / "nothing.png")
    assert (tmp_path / "learning.png").stat().st_size > (tmp_path / "nothing.png").stat().st_size > 100


def test_evaluate_prints_a_table_and_draws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_result(tmp_path / "result", untaught(chain()))
    monkeypatch.setattr(type(TASKS["mastering"]), "pairs", lambda task, part, seed=1: levelled(2, 2.0))
    arguments = ["evaluate", str(tmp_path / "result"), "--task", "mastering", "--plots", str(tmp_path / "plots")]
    assert main(arguments) == 0
    assert "| defaults |" in capsys.readouterr().out and (tmp_path / "plots" / "levels.png").is_file()
    assert main(arguments[:2]) == 1 and "--pairs or --task" in capsys.readouterr().err
    assert main([*arguments, "--smoothing", "9000"]) == 1 and "0 to 5000 ms" in capsys.readouterr().err


def test_train_takes_a_tasks_effects_and_sound_or_ones_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    task = TASKS["auto-level"]
    monkeypatch.setattr(type(task), "pairs", lambda task, part, seed=1: levelled(5, 2.0))
    schedule = replace(task.schedule, held_out=2, pretraining=1)
    monkeypatch.setitem(TASKS, "auto-level", replace(task, schedule=schedule))
    quick = ["--steps", "1", "--items", "2", "--out", str(tmp_path / "out")]
    assert main(["train", "--task", "auto-level", *quick]) == 0
    result = read_result(tmp_path / "out")
    assert result.plan == TASKS["auto-level"].plan and "--task auto-level --seed 1 --steps 1 --items 2" in result.about
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "| learnt |" in card and TASKS["auto-level"].purpose in card and "license: mit" in card
    assert (tmp_path / "out" / "learning.png").is_file()
    capsys.readouterr()
    assert main(["train", *quick]) == 1 and "--task, or --chain and --pairs" in capsys.readouterr().err
    assert main(["train", "--task", "auto-level", *quick, "--rate", "2"]) == 1 and "--rate" in capsys.readouterr().err
