"""What each effect of the set keeps to."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from app.errors import ModelRunError
from endpoints.effects.torch_set.effects import EFFECTS
from tests.endpoints.effects.torch_set.hearing import FAR, heard, noise

EACH = pytest.mark.parametrize("uri", EFFECTS)


@EACH
@pytest.mark.parametrize("rate", [22050, 48000])
def test_blocks_of_any_size_are_the_same_to_the_bit(uri: str, rate: int) -> None:
    sound = noise(2, 6000)
    effect = EFFECTS[uri](rate, 2)
    whole = heard(effect, sound, FAR[uri])
    assert np.abs(whole - heard(EFFECTS[uri](rate, 2), sound, {})).max() > 0.01
    for block in (1, 17, 64, 1000, 4096):
        effect.reset()
        part = sound[:, :300] if block == 1 else sound
        assert np.array_equal(heard(effect, part, FAR[uri], block), whole[:, : part.shape[1]])


@EACH
def test_its_defaults_leave_the_sound_as_it_is_at_the_sample_that_it_says(uri: str) -> None:
    effect = EFFECTS[uri](44100, 2)
    sound = noise(2, 6000)
    sound[:, 0] = 1.0
    out = heard(effect, sound, {})[:, effect.latency :]
    assert np.abs(out - sound[:, : out.shape[1]]).max() < 1e-7


@EACH
def test_a_whole_stretch_sounds_as_its_blocks_do(uri: str) -> None:
    sound = noise(2, 5000)
    blocks = heard(EFFECTS[uri](44100, 2), sound, FAR[uri], 700)
    values = {name: torch.tensor([value, value]) for name, value in FAR[uri].items()}
    rendered = EFFECTS[uri](44100, 2).render(torch.from_numpy(np.stack([0.5 * sound, sound])), values)
    assert rendered.dtype == torch.float32
    assert np.abs(rendered[1].numpy() - blocks).max() < 1e-6


@EACH
def test_its_gradients_are_those_of_small_steps(uri: str) -> None:
    effect = EFFECTS[uri](22050, 2)
    sound = torch.from_numpy(noise(2, 1500)).double()[None]
    pull = torch.from_numpy(np.random.default_rng(2).standard_normal(sound.shape))
    centre = {p.name: FAR[uri].get(p.name, p.default) for p in effect.parameters}
    turned = {name: torch.tensor([value], dtype=torch.float64, requires_grad=True) for name, value in centre.items()}
    heard_sound = sound.clone().requires_grad_()
    (effect.render(heard_sound, turned) * pull).sum().backward()
    for name, value in centre.items():
        step = 1e-6 * max(1.0, abs(value))
        edge = next(p for p in effect.parameters if p.name == name)
        if value - step < edge.minimum or value + step > edge.maximum:
            continue
        with torch.no_grad():
            up, down = ((effect.render(sound, centre | {name: value + s}) * pull).sum() for s in (step, -step))
        # A band above half the rate is in no result.
        slope = turned[name].grad
        assert (0.0 if slope is None else slope.item()) == pytest.approx(
            ((up - down) / (2 * step)).item(), rel=2e-3, abs=2e-5
        ), name
    way = torch.from_numpy(np.random.default_rng(3).standard_normal(sound.shape))
    with torch.no_grad():
        up, down = ((effect.render(sound + s * way, centre) * pull).sum() for s in (1e-7, -1e-7))
    assert heard_sound.grad is not None
    assert (heard_sound.grad * way).sum().item() == pytest.approx(((up - down) / 2e-7).item(), rel=5e-3)


@EACH
def test_channels_are_linked_and_a_reset_forgets(uri: str) -> None:
    effect = EFFECTS[uri](44100, 2)
    sound = noise(1, 4000)
    both = heard(effect, np.concatenate([sound, 0.25 * sound]), FAR[uri])
    if uri != "harpist:saturation":
        assert np.abs(0.25 * both[0] - both[1]).max() < 1e-6
    effect.reset()
    assert np.array_equal(heard(effect, np.concatenate([sound, 0.25 * sound]), FAR[uri]), both)
    alone = heard(EFFECTS[uri](44100, 1), sound, FAR[uri])
    assert np.abs(alone[0] - both[0]).max() < 1e-6


@EACH
def test_values_may_change_from_block_to_block(uri: str) -> None:
    effect = EFFECTS[uri](44100, 1)
    sound = noise(1, 4096)
    for at in range(0, 4096, 64):
        turn = at / 4096
        values = {p.name: p.default + turn * (FAR[uri].get(p.name, p.default) - p.default) for p in effect.parameters}
        out = effect.process(sound[:, at : at + 64], values)
        assert out.shape == (1, 64) and np.abs(out).max() < 20


def test_what_it_cannot_take_is_said() -> None:
    effect = EFFECTS["harpist:compressor"](44100, 2)
    with pytest.raises(ValueError, match="no parameter loudness"):
        effect.process(noise(2, 10), {"loudness": 1.0})
    with pytest.raises(ValueError, match="takes 2 channels"):
        effect.process(noise(1, 10), {})
    with pytest.raises(ValueError, match="is no number"):
        effect.process(noise(2, 10), {"ratio": float("nan")})
    with pytest.raises(ModelRunError, match="finite"):
        effect.process(np.full((2, 10), np.inf, np.float32), {})
    with pytest.raises(ValueError, match="0 channels"):
        EFFECTS["harpist:gate"](44100, 0)
    assert effect.process(noise(2, 10)[:, :0], {}).shape == (2, 0)
