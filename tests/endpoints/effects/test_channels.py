"""One effect for any number of channels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from app.errors import InputError
from endpoints.effects.channels import Linked


class Counting:
    """Multiplies by how many samples it has heard so far, and swaps its channels."""

    name, uri, version, parameters = "Counting", "urn:counting", "1", ()

    def __init__(self, channels: int) -> None:
        self.channels, self.heard, self.values = channels, 0, dict[str, float]()
        self.latency = 3

    def process(self, block: np.ndarray, values: Mapping[str, float]) -> np.ndarray:
        self.values.update(values)
        self.heard += block.shape[1]
        return block[::-1] * np.float32(self.heard)

    def reset(self) -> None:
        self.heard = 0


SOUND = np.arange(15, dtype=np.float32).reshape(5, 3)


def linked(of_one: int, channels: int) -> tuple[Linked, list[Counting]]:
    made: list[Counting] = []

    def make() -> Counting:
        made.append(Counting(of_one))
        return made[-1]

    return Linked(make, channels), made


def test_a_mono_effect_hears_each_channel_by_itself_with_the_same_values() -> None:
    effect, made = linked(1, 5)
    assert np.array_equal(effect.process(SOUND, {"a": 1.0}), SOUND * 3)
    assert len(made) == 5 and all(one.values == {"a": 1.0} for one in made)
    assert np.array_equal(effect.process(SOUND, {}), SOUND * 6)
    effect.reset()
    assert np.array_equal(effect.process(SOUND, {}), SOUND * 3)
    assert (effect.channels, effect.latency, effect.name) == (5, 3, "Counting")


def test_one_in_stereo_hears_pairs_and_what_is_left_on_both_sides() -> None:
    effect, made = linked(2, 5)
    assert np.array_equal(effect.process(SOUND, {}), SOUND[[1, 0, 3, 2, 4]] * 3) and len(made) == 3
    effect, made = linked(2, 1)
    assert np.array_equal(effect.process(SOUND[:1], {}), SOUND[:1] * 3) and len(made) == 1


def test_channels_that_cannot_be_shared_out() -> None:
    assert linked(3, 6)[0].channels == 6
    with pytest.raises(InputError) as refused:
        linked(6, 2)
    assert refused.value.message == "Counting takes 6 channels, or a multiple of that, and the sound has 2."
