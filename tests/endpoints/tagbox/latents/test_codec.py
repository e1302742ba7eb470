"""A codec's numbers as a description: the mixture as the codec has it, at every rate, and steered like any other."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from endpoints.tagbox.aim import Aim
from endpoints.tagbox.codecs import CODECS, DAC
from endpoints.tagbox.latents.codec import CodecLatent
from endpoints.tagbox.latents.codec_network import CodecNetwork, open_codec
from endpoints.tagbox.masking import masked, window_sizes
from endpoints.tagbox.steering import Steering, steer
from tests.endpoints.tagbox import tiny_codecs
from tests.endpoints.tagbox.toys import HIGH, LOW, ToneTagger, ratio, tones

tiny_codecs.needs_transformers()


class TwoBands:
    """A codec that needs no learning: a number says how loud each of the two tones' bands is, in tenths."""

    rate, device = 16000, torch.device("cpu")

    def __init__(self) -> None:
        self.tick = lambda: None

    def encode(self, sound: torch.Tensor) -> torch.Tensor:
        spectrum = torch.fft.rfft(sound)
        places = torch.fft.rfftfreq(sound.shape[0], 1 / self.rate)
        low = places < (LOW + HIGH) / 2
        self._bands = torch.stack([torch.fft.irfft(spectrum * kept, sound.shape[0]) for kept in (low, ~low)])
        return torch.ones(2)

    def decode(self, latent: torch.Tensor, samples: int) -> torch.Tensor:
        self.tick()
        rounded = latent + ((latent * 10).round() / 10 - latent).detach()
        return (rounded @ self._bands)[:samples]


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.family)
@pytest.mark.parametrize("rate", [8000, 22050, 48000])
def test_at_every_rate_the_estimate_is_at_first_the_mixture_as_the_codec_has_it(
    tmp_path: Path, codec: object, rate: int
) -> None:
    tiny_codecs.save(codec, tmp_path, 1)  # type: ignore[arg-type]
    low, high = tones(0.6, rate)
    sound = torch.stack([low + high, low])
    latent = CodecLatent(sound, rate, open_codec(codec, tmp_path, "cpu"), lambda: None)  # type: ignore[arg-type]
    assert latent.reference.shape == (1, sound.shape[1])
    assert torch.allclose(latent.estimate(), latent.reference, atol=1e-5)
    assert latent.mixture.shape == (9600,) and torch.allclose(latent.decode(None), latent.mixture, atol=1e-5)
    whole = masked(latent.estimate(), sound, window_sizes(rate), latent.reference)
    assert torch.allclose(whole, sound, atol=2e-3), "what the codec says is all there lets all through"


def test_a_gradient_reaches_the_numbers_through_codec_mask_and_tagger(tmp_path: Path) -> None:
    tiny_codecs.save(DAC, tmp_path, 1)
    low, high = tones(0.5)
    latent = CodecLatent((low + high)[None], 16000, open_codec(DAC, tmp_path, "cpu"), lambda: None)
    sound = masked(latent.decode(None)[None], latent.mixture[None], window_sizes(16000))[0]
    ToneTagger().excerpt(sound, 0)[0].backward()  # type: ignore[no-untyped-call]
    found = latent.parameters[0].grad
    assert found is not None and bool(torch.isfinite(found).all()) and float(found.abs().max()) > 0


@pytest.mark.parametrize("style", [False, True])
def test_a_word_is_steered_to_through_a_mask_or_without(style: bool) -> None:
    low, high = tones(1.0)
    sound = torch.stack([low + high, 0.5 * low + high])
    codec: CodecNetwork = TwoBands()
    latent = CodecLatent(sound, 16000, codec, lambda: None)
    latent.step = 0.2
    how = Steering(steps=30, strength=0.5, style=style)
    steered = steer(latent, Aim(("low",)), [ToneTagger(), ToneTagger()], how, lambda *_: None)
    assert steered.before < 0.6 < steered.kept
    brought = masked(latent.estimate(), sound, window_sizes(16000), latent.reference)
    assert ratio(low, brought[0]) > ratio(low, sound[0]) + 6
    assert ratio(0.5 * low, brought[1]) > ratio(0.5 * low, sound[1]) + 6


def test_what_the_listener_raises_ends_it_in_the_middle_of_a_step() -> None:
    low, high = tones(0.3)
    calls = 0

    def tick() -> None:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise InterruptedError

    latent = CodecLatent((low + high)[None], 16000, TwoBands(), tick)
    with pytest.raises(InterruptedError):
        steer(latent, Aim(("low",)), [ToneTagger()], Steering(steps=50), lambda *_: None)


def test_channels_that_cancel_each_other_are_heard_nevertheless() -> None:
    low, _ = tones(0.3)
    assert float(CodecLatent(torch.stack([low, -low]), 16000, TwoBands(), lambda: None).mixture.abs().max()) > 0.05
