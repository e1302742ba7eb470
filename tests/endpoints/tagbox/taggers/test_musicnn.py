"""musicnn as a tagger: what the bundled model says of the same sound, with a gradient."""

from __future__ import annotations

import pytest
import torch

from endpoints.bundled.instruments import build
from endpoints.tagbox.taggers.musicnn import musicnn, musicnn_msd
from endpoints.tagbox.tags import asked
from tests.endpoints.tagbox.toys import tones


def test_it_says_what_the_bundled_model_says() -> None:
    low, high = tones(3.5)
    sound = low + high + 0.01 * torch.randn(56000, generator=torch.Generator().manual_seed(1))
    model, tagger = build().model, musicnn()
    # Within the sound: around its ends one goes round, and the other is silent.
    power = model.spectrogram.power(sound)[20:207]
    wanted = model.mtt(model.spectrogram.compressed(power)[None])[0]
    assert torch.allclose(tagger.excerpt(sound, 20 * 256).sigmoid(), wanted, atol=1e-5)
    other, wanted = musicnn_msd(), model.msd(model.spectrogram.compressed(power)[None])[0]
    assert torch.allclose(other.excerpt(sound, 20 * 256).sigmoid(), wanted, atol=1e-5)
    assert (
        len(other.tags) == 50
        and "hip-hop" in other.tags
        and {"guitar", *asked("Male voice")} & set(other.tags) == {"guitar", "male vocalists"}
    )


def test_the_gradient_is_that_of_finite_differences() -> None:
    tagger = musicnn()
    low, high = tones(2.0)
    sound = (low + high + 0.01 * torch.randn(32000, generator=torch.Generator().manual_seed(2))).requires_grad_()
    place = tagger.tags.index("flute")
    tagger.excerpt(sound, 5)[place].backward()  # type: ignore[no-untyped-call]
    assert sound.grad is not None
    direction, step = sound.grad / sound.grad.norm(), 3e-4
    with torch.no_grad():
        above, below = (float(tagger.excerpt(sound + sign * step * direction, 5)[place]) for sign in (1, -1))
    assert float(sound.grad.norm()) == pytest.approx((above - below) / (2 * step), rel=0.1)


def test_what_is_short_is_repeated_and_silence_is_no_trouble() -> None:
    low, _ = tones(0.25)
    tagger = musicnn()
    assert torch.allclose(tagger.opinion(low), tagger.opinion(low.repeat(2)), atol=1e-5)
    assert torch.isfinite(tagger.opinion(torch.zeros(4000))).all()
