"""Values that change within a block: heard at once, or piece by piece, to the same bits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from endpoints.effects.moving import moved
from endpoints.effects.torch_set.effects import EFFECTS
from tests.endpoints.effects.torch_set.hearing import FAR, noise

LENGTHS = (132, 132, 1, 1, 31, 2, 700, 33, 64, 132, 500, 1, 1500)

Stretches = list[tuple[int, Mapping[str, float]]]


def turned(uri: str, still: tuple[int, ...] = (3, 7)) -> Stretches:
    """Return stretches whose values wander about those of `FAR`, but for some that are as the one before."""
    rng, made = np.random.default_rng(4), []
    knobs = {p.name: p for p in EFFECTS[uri](44100, 2).parameters}
    for number, length in enumerate(LENGTHS):
        if number not in still:
            centres = {name: knob.to_turn(FAR[uri].get(name, knob.default)) for name, knob in knobs.items()}
            values = {name: knobs[name].from_turn(at + rng.uniform(-0.1, 0.1)) for name, at in centres.items()}
        made.append((length, values))
    return made


@pytest.mark.parametrize("uri", EFFECTS)
def test_at_once_is_piece_by_piece_to_the_bit(uri: str) -> None:
    stretches = turned(uri)
    sound = noise(2, sum(LENGTHS))
    pieces, whole, halves = (EFFECTS[uri](44100, 2) for _ in range(3))
    ends = np.cumsum(LENGTHS)
    expected = np.concatenate(
        [pieces.process(sound[:, end - n : end], values) for end, (n, values) in zip(ends, stretches)], axis=1
    )
    assert np.array_equal(moved(whole, sound, stretches), expected)
    # A block may end within a stretch.
    (length, values), at = stretches[6], int(ends[6]) - 450
    first, second = [*stretches[:6], (length - 450, values)], [(450, values), *stretches[7:]]
    made = [moved(halves, sound[:, :at], first), moved(halves, sound[:, at:], second)]
    assert np.array_equal(np.concatenate(made, axis=1), expected)
    # What comes after, with the last values, goes on in the same way.
    assert np.array_equal(whole.process(sound, {}), pieces.process(sound, {}))


def test_what_values_come_to_is_found_once_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    effect, asked = EFFECTS["harpist:multiband-compressor"](44100, 2), []
    prepare = effect.prepare
    monkeypatch.setattr(effect, "prepare", lambda *given: (asked.append(given[1].lengths), prepare(*given))[1])
    moved(effect, noise(2, sum(LENGTHS)), turned(effect.uri))
    assert len(asked) == 1 and len(asked[0]) == len(LENGTHS) - 2 and sum(asked[0]) == sum(LENGTHS)


def test_an_effect_that_takes_one_value_a_block_gets_its_pieces() -> None:
    class Gain:
        channels, latency = 1, 0

        def process(self, block: np.ndarray, values: float) -> np.ndarray:
            return block * np.float32(values)

    made = moved(Gain(), np.ones((1, 6), np.float32), [(1, 2.0), (2, 3.0), (3, 4.0)])
    assert made.tolist() == [[2.0, 3.0, 3.0, 4.0, 4.0, 4.0]]
