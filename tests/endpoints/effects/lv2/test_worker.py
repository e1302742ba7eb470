"""Work that a plugin orders beside its sound is done between two runs."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from app.errors import ModelRunError
from endpoints.effects.lv2 import worker
from endpoints.effects.lv2.plugin import Lv2Plugin
from endpoints.effects.lv2.worker import Worker
from tests.lv2_plugins import needs_compiler, needs_lilv, trials


@needs_lilv
@needs_compiler
def test_work_is_done_and_answered_before_the_next_run() -> None:
    plugin = Lv2Plugin("urn:harpist:works", 2048, (str(trials()),))
    silence = np.zeros((1, 100), np.float32)
    # The second of silence before was two runs of 1,024.
    first, second = (float(plugin.process(silence, {})[0, 0]) for _ in range(2))
    assert first == pytest.approx(2 * 2048 + 0.02, abs=1e-3)
    assert second == pytest.approx(2 * 2148 + 0.03, abs=1e-3)


def test_work_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_MOST", 10)
    host = Worker()
    order = host.feature.schedule

    @worker._Interface._fields_[0][1]
    def work(instance: object, respond: object, handle: object, size: int, data: object) -> int:
        return order(None, 0, None)

    made = worker._Interface(work)

    @worker._ExtensionData
    def offered(uri: bytes) -> int:
        return ctypes.addressof(made)

    host.bind(ctypes.cast(offered, ctypes.c_void_p).value)
    host.after_run(None)
    order(None, 0, None)
    with pytest.raises(ModelRunError, match="orders work without an end"):
        host.after_run(None)


def test_one_without_work_has_none() -> None:
    host = Worker()
    host.bind(None)
    host.after_run(None)
