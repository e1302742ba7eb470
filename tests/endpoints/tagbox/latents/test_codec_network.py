"""Codecs: what goes in comes out as long, and the gradient goes past the rounding as if there were none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from app.errors import ModelRunError
from endpoints.tagbox.codecs import CODECS, DAC, ENCODEC, PublishedCodec
from endpoints.tagbox.latents.codec_network import CodecNetwork, open_codec, straight_through
from tests.endpoints.tagbox import tiny_codecs
from tests.endpoints.tagbox.toys import tones

tiny_codecs.needs_transformers()


@pytest.fixture(params=CODECS, ids=lambda codec: codec.family)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> CodecNetwork:
    tiny_codecs.save(request.param, tmp_path, 1)
    return open_codec(request.param, tmp_path, "cpu")


def _sound(codec: CodecNetwork, seconds: float) -> torch.Tensor:
    low, high = tones(seconds, codec.rate)
    return low + high


@pytest.mark.parametrize("seconds", [0.0001, 0.4, 2.5])
def test_a_sound_comes_back_as_long_as_it_was(opened: CodecNetwork, seconds: float) -> None:
    sound = _sound(opened, seconds)
    with torch.no_grad():
        made = opened.decode(opened.encode(sound), sound.shape[0])
    assert made.shape == sound.shape and bool(torch.isfinite(made).all())


def test_rounding_passes_a_gradient_on_unchanged() -> None:
    latent = torch.tensor([0.2, 1.7, -3.4], requires_grad=True)
    rounded = straight_through(latent, latent.round())
    assert rounded.tolist() == [0.0, 2.0, -3.0]
    (rounded * torch.tensor([1.0, -2.0, 5.0])).sum().backward()
    assert latent.grad is not None and latent.grad.tolist() == [1.0, -2.0, 5.0]


def test_the_gradient_of_the_numbers_is_that_of_the_rounded_ones(opened: CodecNetwork) -> None:
    """What is rounded jumps, so that finite differences are taken behind the rounding: there both must agree."""
    sound, model = _sound(opened, 0.3), vars(opened)["_model"]
    with torch.no_grad():
        latent = opened.encode(sound)
    direction = torch.randn(latent.shape, generator=torch.Generator().manual_seed(2))
    free = latent.clone().requires_grad_()
    loss = (opened.decode(free, sound.shape[0]) * sound).sum()
    (gradient,) = torch.autograd.grad(loss, free)
    assert bool(torch.isfinite(gradient).all()) and bool(gradient.any())
    decoder, seen = model.decoder, list[torch.Tensor]()
    hook = decoder.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach()))
    opened.decode(latent, sound.shape[0])
    hook.remove()
    assert not torch.allclose(seen[0], latent, atol=1e-3), "the numbers were rounded"

    def behind(step: float) -> float:
        moved = seen[0] + step * direction
        hook = decoder.register_forward_pre_hook(lambda *_: (moved,))
        try:
            with torch.no_grad():
                return float((opened.decode(latent, sound.shape[0]).double() * sound).sum())
        finally:
            hook.remove()

    step = 1e-2
    slope = (behind(step) - behind(-step)) / (2 * step)
    assert float((gradient * direction).sum()) == pytest.approx(slope, rel=0.03)


def test_it_tells_between_its_parts_and_ends_when_it_is_told_to(opened: CodecNetwork) -> None:
    def end() -> None:
        raise InterruptedError

    sound = _sound(opened, 0.2)
    with torch.no_grad():
        latent = opened.encode(sound)
    opened.tick = end
    with pytest.raises(InterruptedError):
        opened.decode(latent, sound.shape[0])


def test_pieces_of_a_second_are_joined_as_the_library_joins_them(tmp_path: Path) -> None:
    tiny_codecs.save(ENCODEC, tmp_path, 3)
    ours, theirs = open_codec(ENCODEC, tmp_path, "cpu"), tiny_codecs.model_of(ENCODEC, 3)
    sound = _sound(ours, 2.2)
    with torch.no_grad():
        made = ours.decode(ours.encode(sound), sound.shape[0])
        coded = theirs.encode(sound.expand(1, 2, -1), torch.ones(1, 2, sound.shape[0]), bandwidth=6.0)
        wanted = theirs.decode(coded.audio_codes, coded.audio_scales, last_frame_pad_length=coded.last_frame_pad_length)
    # The library hears the last piece alone as shorter than a second.
    mono, made = (one[: round(1.97 * ours.rate)] for one in (wanted.audio_values[0].mean(0), made))
    assert float((made - mono).square().mean().sqrt()) < 1e-5 * float(mono.square().mean().sqrt())


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.family)
@pytest.mark.parametrize("spoil", [lambda path: path.write_bytes(b"\xff" * 99), lambda path: path.unlink()])
def test_broken_files_are_refused(tmp_path: Path, codec: PublishedCodec, spoil: Callable[[Path], Any]) -> None:
    tiny_codecs.save(codec, tmp_path, 1)
    spoil(tmp_path / "model.safetensors")
    with pytest.raises(ModelRunError, match=f"The weights of {codec.name} cannot be read"):
        open_codec(codec, tmp_path, "cpu")


def test_the_weights_of_another_codec_are_refused(tmp_path: Path) -> None:
    tiny_codecs.save(DAC, tmp_path, 1)
    tiny_codecs.save(ENCODEC, tmp_path / "other", 1)
    (tmp_path / "other" / "model.safetensors").replace(tmp_path / "model.safetensors")
    with pytest.raises(ModelRunError, match=r"do not fit|cannot be read"):
        open_codec(DAC, tmp_path, "cpu")
