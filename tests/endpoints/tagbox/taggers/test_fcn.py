"""The FCN's port: time that goes round is a loop heard for ever, and it names what plays."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from endpoints.tagbox.taggers import fcn as module
from endpoints.tagbox.taggers.fcn import WEIGHTS, FcnTagger, fcn
from endpoints.tagbox.taggers.tagger import looped
from tests.endpoints.tagbox.toys import tones


def _in_a_row(tensors: dict[str, torch.Tensor], sound: torch.Tensor) -> torch.Tensor:
    """Return what the layers make of a long sound as they were trained, silence around it: ``(64, frames)``."""
    spectra = torch.stft(sound, 512, 256, window=tensors["spec.spectrogram.window"], center=False, return_complex=True)
    found = 10 * torch.log10((tensors["spec.mel_scale.fb"].T @ spectra.abs().square()).clamp_min(1e-10))[None, None]
    found = functional.batch_norm(found, *_norm(tensors, "spec_bn"))
    for number, pool in enumerate([(2, 4), (2, 4), (2, 4), (3, 5), (4, 1)], 1):
        weight, bias = tensors[f"layer{number}.conv.weight"], tensors[f"layer{number}.conv.bias"]
        found = functional.conv2d(found, weight, bias, padding=1)
        found = functional.max_pool2d(functional.batch_norm(found, *_norm(tensors, f"layer{number}.bn")).relu(), pool)
    return found[0, :, 0]


def _norm(tensors: dict[str, torch.Tensor], name: str) -> list[torch.Tensor]:
    return [tensors[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]


def test_time_that_goes_round_is_a_loop_heard_for_ever() -> None:
    with np.load(WEIGHTS, allow_pickle=False) as kept:
        tensors = {name: torch.from_numpy(value.astype(np.float32)) for name, value in kept.items()}
    tagger = FcnTagger({name: value.numpy() for name, value in tensors.items()}, frames=320)
    sound = sum(tones(320 * 256 / 16000)) + 0.01 * torch.randn(320 * 256, generator=torch.Generator().manual_seed(1))
    long = _in_a_row(tensors, looped(sound, -256, 5 * 320 * 256 + 256))
    middle = functional.linear(long[:, 2], tensors["dense.weight"], tensors["dense.bias"])
    assert torch.allclose(tagger.excerpt(sound, 0), middle, atol=1e-3)


def test_the_gradient_is_that_of_finite_differences() -> None:
    tagger = fcn()
    low, high = tones(2.0)
    sound = (low + high + 0.01 * torch.randn(32000, generator=torch.Generator().manual_seed(2))).requires_grad_()
    tagger.excerpt(sound, 5)[tagger.tags.index("flute")].backward()  # type: ignore[no-untyped-call]
    assert sound.grad is not None
    direction, step = sound.grad / sound.grad.norm(), 2e-4
    with torch.no_grad():
        above, below = (
            float(tagger.excerpt(sound + sign * step * direction, 5)[tagger.tags.index("flute")]) for sign in (1, -1)
        )
    assert float(sound.grad.norm()) == pytest.approx((above - below) / (2 * step), rel=0.1)


def test_what_is_short_is_repeated_and_silence_is_no_trouble() -> None:
    low, _ = tones(0.25)
    tagger = fcn()
    assert torch.equal(tagger.opinion(low), tagger.opinion(low.repeat(3)))
    assert torch.isfinite(tagger.opinion(torch.zeros(4000))).all()


def test_the_licence_of_the_weights_lies_beside_them() -> None:
    text = WEIGHTS.with_name("fcn_mtat.LICENSE.txt").read_text(encoding="utf-8")
    assert text.startswith("MIT License") and "Minz Won" in text and module.WEIGHTS.stat().st_size < 1_000_000
