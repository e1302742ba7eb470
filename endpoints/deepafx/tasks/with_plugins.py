"""The paper's tasks with the plugins that the paper had; their chains lie in ``chains/lv2``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from endpoints.deepafx.schedule import Schedule
from endpoints.deepafx.tasks import distortion, mastering, nonspeech
from endpoints.deepafx.tasks.task import Task
from endpoints.deepafx.tasks.teacher import GATE, MASTER, VALVE, Teacher

CHAINS = Path(__file__).parent.parent / "chains" / "lv2"

_BANDS = range(4)

_BY_SPSA = Schedule(
    "spsa", steps=200, items=16, every=20, held_out=24, rate=5e-5, pretraining=800, progressive=False, waves=False
)


def _with_plugins(task: Task, effect: str, teacher: Teacher, schedule: Schedule, usual: Mapping[str, float]) -> Task:
    return replace(
        task,
        name=f"{task.name}-lv2",
        title=f"{task.title}, by LV2 plugins",
        plugins=(),
        chain=CHAINS / f"{task.name}.toml",
        schedule=schedule,
        crossovers=tuple(f"{effect}/freq{number}" for number in range(3)),
        teacher=teacher,
        usual=usual,
    )


NONSPEECH = _with_plugins(
    nonspeech.TASK,
    "gate",
    GATE,
    replace(_BY_SPSA, held_out=48),
    {f"gate/{name}{band}": value for band in _BANDS for name, value in (("threshold", 0.0126), ("range", 0.1))},
)
DISTORTION = _with_plugins(
    distortion.TASK,
    "compressor",
    VALVE,
    _BY_SPSA,
    {
        "compressor/level_in": 2.0,
        **{
            f"compressor/{name}{band}": value
            for band in _BANDS
            for name, value in (("threshold", 0.1), ("ratio", 4.0), ("makeup", 1.36), ("knee", 1.0))
        },
    },
)
MASTERING = _with_plugins(
    mastering.TASK,
    "compressor",
    MASTER,
    _BY_SPSA,
    {
        "compressor/level_in": 2.0,
        "equaliser/g_out": 1.4,
        **{
            f"compressor/{name}{band}": value
            for band in _BANDS
            for name, value in (("threshold", 0.125), ("ratio", 2.0), ("makeup", 1.26))
        },
        **{f"equaliser/g_{band}": 1.6 for band in range(24, 32)},
    },
)

TASKS = (DISTORTION, NONSPEECH, MASTERING)
