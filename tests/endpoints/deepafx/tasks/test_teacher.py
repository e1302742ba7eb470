"""What learning with plugins begins with: nearer than their defaults, before a single step."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from endpoints.deepafx.chain import Chain
from endpoints.deepafx.encoder import HEARD, RATE
from endpoints.deepafx.evaluating import heard
from endpoints.deepafx.loss import losses
from endpoints.deepafx.tasks.tasks import TASKS
from endpoints.deepafx.tasks.teacher import Teacher
from tests.endpoints.deepafx.toys import music
from tests.lv2_plugins import needs_calf, needs_lsp


def loss(sound: np.ndarray, target: np.ndarray) -> float:
    ours, theirs = (torch.from_numpy(one[: len(one) // 4096 * 4096]).view(-1, 1, 4096) for one in (sound, target))
    return losses(ours, theirs, waves=False).mean().item()


@needs_calf
@needs_lsp
@pytest.mark.parametrize("name", ["distortion-lv2", "mastering-lv2"])
def test_a_plugin_as_a_teacher_says_comes_nearer_than_at_its_defaults(name: str) -> None:
    task, plan = TASKS[name], TASKS[name].plan
    assert isinstance(task.teacher, Teacher)
    pair = task.pair(music(9, 4.0), np.random.default_rng(9))
    told = task.teacher.turns_for(plan)(torch.from_numpy(pair.before[: 2 * HEARD].reshape(2, HEARD)))
    assert told.shape == (2, len(plan.knobs)) and told.min() >= 0 and told.max() <= 1
    chain = Chain(plan, RATE, 1)
    curve = told.double().mean(0, keepdim=True).numpy()
    taught, defaults = (loss(heard(chain, pair.before, at), pair.after) for at in (curve, plan.defaults[None]))
    assert taught < 0.6 * defaults


@needs_calf
def test_a_gate_of_four_bands_is_set_as_the_one_band_was() -> None:
    task, plan = TASKS["nonspeech-lv2"], TASKS["nonspeech-lv2"].plan
    assert isinstance(task.teacher, Teacher)
    values = task.teacher.translated([{"threshold": -40.0, "range": 20.0, "release": 80.0}])
    assert values["gate/threshold2"] == pytest.approx(0.01) and values["gate/range0"] == pytest.approx(0.1)
    assert set(values) <= set(plan.knobs)
    turns = plan.turns(values)
    assert turns.min() >= 0 and turns.max() <= 1
