"""Parts of a mixture and their gates: open, they are the mixture; closed, silence; and a gradient reaches them."""

from __future__ import annotations

import pytest
import torch

from endpoints.tagbox.latents.components import PARTS, Components, at_tagger_rate, frame_size
from tests.endpoints.tagbox.toys import ToneTagger, tones


def _set(parts: Components, value: float) -> None:
    with torch.no_grad():
        parts.parameters[0].fill_(value)


def _decoded(parts: Components) -> torch.Tensor:
    return parts.decode(None).detach()


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_open_gates_are_the_mixture_and_closed_ones_silence(rate: int) -> None:
    low, high = tones(0.7, rate)
    sound = torch.stack([low + high, 0.5 * low])
    parts = Components(sound, rate, 1, None, lambda: None)
    _set(parts, 30.0)
    assert float((parts.estimate() - sound).abs().max()) < 1e-5
    assert float((_decoded(parts) - at_tagger_rate(sound.mean(0), rate)).abs().max()) < 1e-4
    assert parts.gates.shape == (PARTS,) and float(parts.gates.min()) > 0.99
    _set(parts, -30.0)
    assert float(parts.estimate().abs().max()) < 1e-6 and float(_decoded(parts).abs().max()) < 1e-6


def test_channels_that_cancel_each_other_are_found_nevertheless() -> None:
    low, _ = tones(0.5)
    parts = Components(torch.stack([low, -low]), 16000, 1, None, lambda: None)
    assert float(parts.estimate().abs().max()) > 0.05 and float(parts.mixture.abs().max()) < 1e-5


def test_the_gradient_of_the_gates_is_that_of_finite_differences_through_the_tagger() -> None:
    low, high = tones(0.5)
    parts = Components((low + high)[None], 16000, 1, None, lambda: None)
    gates, tagger, step = parts.parameters[0], ToneTagger(), 1e-2
    tagger.excerpt(parts.decode(None), 0)[0].backward()  # type: ignore[no-untyped-call]
    assert gates.grad is not None
    for place in gates.grad.abs().topk(3).indices:
        at = []
        for sign in (1, -1):
            with torch.no_grad():
                gates[place] += sign * step
                at.append(float(tagger.excerpt(parts.decode(None), 0)[0]))
                gates[place] -= sign * step
        assert float(gates.grad[place]) == pytest.approx((at[0] - at[1]) / (2 * step), rel=0.02)


def test_shaken_gates_come_from_the_draw_alone() -> None:
    low, high = tones(0.3)
    parts = Components((low + high)[None], 16000, 1, None, lambda: None)
    first, second = (parts.decode(torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(first, second) and not torch.equal(first, parts.decode(None))


def test_the_next_window_begins_with_the_parts_and_gates_of_the_one_before() -> None:
    low, high = tones(1.0)
    first = Components((low + high)[None], 16000, 1, None, lambda: None)
    with torch.no_grad():
        first.parameters[0].copy_(torch.linspace(-3, 3, PARTS))
    following = Components((high + 0.5 * low)[None], 16000, 1, first.leave(), lambda: None)
    assert torch.equal(following.gates, first.gates)
    strong = following.leave().spectra.amax(0).topk(8).indices
    alike = torch.nn.functional.cosine_similarity(first.leave().spectra, following.leave().spectra, dim=0)
    assert float(alike[strong].median()) > 0.9


def test_a_frame_lasts_about_as_long_at_every_rate() -> None:
    assert [frame_size(rate) for rate in (1000, 48000, 192000)] == [64, 2048, 8192]
