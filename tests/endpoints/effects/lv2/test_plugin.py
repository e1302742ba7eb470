"""An LV2 plugin that runs: its latency, its state, and what it does wrong."""

from __future__ import annotations

import numpy as np
import pytest

from app.errors import ModelRunError
from endpoints.effects.lv2 import instance
from endpoints.effects.lv2.plugin import Lv2Plugin
from tests.lv2_plugins import needs_compiler, needs_lilv, trials

pytestmark = [needs_lilv, needs_compiler]


def trial(name: str = "trial", rate: int = 44100) -> Lv2Plugin:
    return Lv2Plugin(f"urn:harpist:{name}", rate, (str(trials()),))


def noise(channels: int, samples: int) -> np.ndarray:
    return np.random.default_rng(1).normal(0, 0.1, (channels, samples)).astype(np.float32)


def test_what_it_is_called_and_what_it_offers() -> None:
    plugin = trial()
    assert (plugin.name, plugin.uri, plugin.version) == ("Trial (α)", "urn:harpist:trial", "2.4")
    assert plugin.channels == 1 and plugin.latency == 0
    assert [parameter.name for parameter in plugin.parameters] == ["gain", "mode", "late"]


@pytest.mark.parametrize("size", [1, 7, 64, 1000, 1024, 5000])
def test_after_its_warm_up_no_size_of_blocks_is_heard(size: int) -> None:
    sound, plugin = noise(1, 5000), trial()
    values = {"gain": 0.5, "late": 10.0}
    made = [plugin.process(sound[:, at : at + size], values) for at in range(0, 5000, size)]
    late = np.concatenate([np.zeros((1, 10), np.float32), sound[:, :-10]], axis=1)
    assert np.array_equal(np.concatenate(made, axis=1), late * np.float32(0.5))
    assert plugin.latency == 10


def test_the_first_values_are_those_it_warms_up_with() -> None:
    one, other = trial(), trial()
    one.process(np.zeros((1, 0), np.float32), {"gain": 4.0})
    assert one.process(np.ones((1, 1), np.float32), {})[0, 0] == 4.0
    # Turned later, it glides.
    other.process(np.zeros((1, 0), np.float32), {})
    assert 1.0 < other.process(np.ones((1, 1), np.float32), {"gain": 4.0})[0, 0] < 4.0


def test_a_reset_forgets_sound_and_values() -> None:
    plugin = trial()
    plugin.process(noise(1, 500), {"gain": 3.0, "late": 100.0})
    assert plugin.latency == 100
    plugin.reset()
    assert plugin.latency == 0
    assert np.array_equal(plugin.process(np.ones((1, 3), np.float32), {}), np.ones((1, 3)))


def test_two_have_nothing_to_do_with_each_other() -> None:
    one, two, sound = trial(), trial(), noise(1, 300)
    assert np.array_equal(one.process(sound, {"gain": 2.0}), sound * np.float32(2.0))
    assert np.array_equal(two.process(sound, {}), sound)


def test_values_beyond_the_range_are_its_ends() -> None:
    plugin = trial()
    assert plugin.process(np.ones((1, 1), np.float32), {"gain": 99.0})[0, 0] == 10.0
    assert trial().process(np.ones((1, 1), np.float32), {"gain": -1.0})[0, 0] == pytest.approx(1e-4)


def test_events_come_as_an_empty_list() -> None:
    plugin = trial()
    plugin.process(np.zeros((1, 1), np.float32), {})
    assert plugin._instance.controls[8] == 8.0


def test_samples_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ModelRunError) as refused:
        trial().process(noise(1, 100), {"mode": 3.0})
    assert refused.value.message == "Trial (α) returned samples that are not finite numbers (NaN or infinity)."


def test_both_channels_of_one_in_stereo() -> None:
    sound = noise(2, 3000)
    assert np.array_equal(trial("swap").process(sound, {}), sound[::-1])


@pytest.mark.parametrize("name", ["refuses", "missing"])
def test_one_that_does_not_start(name: str) -> None:
    with pytest.raises(ModelRunError) as refused:
        trial(name, 96000)
    assert refused.value.message == f"{name.capitalize()} did not start at 96000 Hz."


def test_what_makes_no_sense_is_refused() -> None:
    plugin = trial()
    with pytest.raises(ValueError, match="takes 1 channels, not an array of shape"):
        plugin.process(noise(2, 10), {})
    with pytest.raises(ValueError, match="has no parameter volume"):
        plugin.process(noise(1, 10), {"volume": 1.0})
    with pytest.raises(ValueError, match="is set to nan, which is no number"):
        plugin.process(noise(1, 10), {"gain": float("nan")})


def test_what_nobody_needs_any_more_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    freed: list[object] = []
    real = instance.open_library()

    class Watched:
        def __getattr__(self, name: str) -> object:
            if name == "lilv_instance_free":
                return lambda made: (freed.append(made), real.lilv_instance_free(made))
            return getattr(real, name)

    monkeypatch.setattr(instance, "open_library", Watched)
    plugin = trial()
    plugin.process(noise(1, 100), {})
    plugin.reset()
    assert len(freed) == 1
    del plugin
    assert len(freed) == 2
    with pytest.raises(ModelRunError):
        trial("refuses")
    assert len(freed) == 2
    closed = trial()
    closed.close()
    closed.close()
    del closed
    assert len(freed) == 3
