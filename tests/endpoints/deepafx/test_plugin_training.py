"""Learning to turn the knobs of plugins that have no gradients to give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from endpoints.deepafx.__main__ import main
from endpoints.deepafx.chain import plan_of_data, read_plan
from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.folder import read_result
from endpoints.deepafx.schedule import Schedule
from endpoints.deepafx.spsa import Bank
from endpoints.deepafx.training import Training
from tests.endpoints.deepafx.test_training import same
from tests.endpoints.deepafx.toys import levelled
from tests.lv2_plugins import CALF, needs_calf

COMPRESSOR = {
    "uri": f"lv2:{CALF}Compressor",
    "name": "compressor",
    "learn": {
        "level_in": {"minimum": 0.5, "maximum": 32.0},
        "threshold": {"minimum": 0.01},
        "ratio": {},
        "makeup": {"maximum": 8.0},
    },
    "fixed": {"attack": 5.0, "release": 60.0, "detection": 1, "knee": 1.5},
}
CHAIN = """
[[plugin]]
uri = "lv2:http://calf.sourceforge.net/plugins/Compressor"
name = "compressor"
fixed = { attack = 5.0, release = 60.0, detection = 1, knee = 1.5 }
learn = ["level_in", "threshold", "ratio", "makeup"]
"""
QUICK = Schedule("spsa", items=4, warm=1024, stretch=2048, steps=40, every=20, pretraining=20, rate=3e-3)


@needs_calf
def test_calfs_compressor_is_learnt_by_spsa() -> None:
    plan = plan_of_data([COMPRESSOR])
    learnt = Training(plan, levelled(10), QUICK).run()
    # The plugin at its neutral settings is as good as nothing.
    assert learnt.defaults == pytest.approx(learnt.untouched, rel=0.05)
    assert learnt.reached < 0.5 * learnt.untouched, learnt


@needs_calf
@pytest.mark.slow
def test_the_encoder_hears_how_loud_a_sound_is() -> None:
    schedule = Schedule(**{**vars(QUICK), "items": 16, "warm": 2048, "stretch": 4096, "steps": 300, "every": 30})
    plan, pairs = plan_of_data([COMPRESSOR]), levelled(10)
    learnt = Training(plan, pairs, schedule, threads=2).run()
    assert learnt.reached < 0.2 * learnt.untouched, learnt
    from endpoints.deepafx.applying import curve_of

    levels = [float(20 * np.log10(pair.before.std())) for pair in pairs]
    found = [curve_of(learnt.encoder, iter([pair.before]))[:, 0].mean() for pair in pairs]
    assert np.corrcoef(levels, found)[0, 1] < -0.8


@needs_calf
def test_threads_change_no_bit_of_gradients_or_sound() -> None:
    plan = plan_of_data([COMPRESSOR])
    sound = torch.from_numpy(np.random.default_rng(3).normal(0, 0.2, (3, 1, 1500)).astype(np.float32))
    found = []
    for threads in (1, 3):
        bank = Bank(plan, RATE, 1, 3, threads=threads)
        turns = torch.from_numpy(plan.defaults).float().expand(3, -1).clone().requires_grad_()
        rng = np.random.default_rng(4)
        made = torch.cat([bank.render(part, turns, rng) for part in sound.split(700, dim=-1)], -1)
        (made**2).sum().backward()
        assert turns.grad is not None and turns.grad.abs().max() > 0
        found.append((made.detach(), turns.grad))
    assert torch.equal(found[0][0], found[1][0]) and torch.equal(found[0][1], found[1][1])


@needs_calf
def test_a_seed_gives_the_same_again_with_plugins_too() -> None:
    schedule = Schedule(**{**vars(QUICK), "items": 2, "steps": 4, "every": 2, "pretraining": 3, "held_out": 2})
    plan, pairs = plan_of_data([COMPRESSOR]), levelled(5)
    assert same(Training(plan, pairs, schedule).run(), Training(plan, pairs, schedule, threads=2).run())


@needs_calf
def test_the_command_line_learns_and_applies_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "chain.toml").write_text(CHAIN)
    for number, pair in enumerate(levelled(5)):
        for side, sound in (("before", pair.before), ("after", pair.after)):
            (tmp_path / "pairs" / side).mkdir(parents=True, exist_ok=True)
            soundfile.write(tmp_path / "pairs" / side / f"{number}.wav", sound, RATE, "FLOAT")
    told = ["--chain", str(tmp_path / "chain.toml"), "--pairs", str(tmp_path / "pairs"), "--out", str(tmp_path / "out")]
    assert main(["train", *told, "--steps", "2", "--items", "2", "--threads", "2"]) == 0
    result = read_result(tmp_path / "out")
    assert result.facts["gradients"] == "spsa" and result.plan == read_plan(tmp_path / "chain.toml")
    assert "Calf Compressor (`lv2:http://calf" in (tmp_path / "out" / "README.md").read_text()
    take = tmp_path / "take.wav"
    soundfile.write(take, np.stack([levelled(1)[0].before] * 2, axis=1), RATE, "PCM_24")
    assert main(["process", str(tmp_path / "out"), str(take), str(tmp_path / "made.wav")]) == 0
    assert "compressor/threshold: " in capsys.readouterr().out
    made, rate = soundfile.read(tmp_path / "made.wav")
    assert made.shape == soundfile.read(take)[0].shape and rate == RATE
