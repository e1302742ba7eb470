"""A labeler as a tagger: its own rate, its words in small letters, and steering by it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from app.errors import ModelRunError
from endpoints.tagbox.aim import Aim
from endpoints.tagbox.latents.components import Components
from endpoints.tagbox.steering import Steering, steer
from endpoints.tagbox.taggers.labeler import LabelerTagger, open_labeler
from tests.endpoints.tagbox.tone_labeler import save_labeler
from tests.endpoints.tagbox.toys import ToneTagger, ratio, tones


@pytest.mark.parametrize("kind", ["probabilities", "scores"])
@pytest.mark.parametrize("beside", [False, True])
def test_a_tone_comes_out_that_the_labeler_has_a_word_for(tmp_path: Path, kind: str, beside: bool) -> None:
    tagger = open_labeler(save_labeler(tmp_path, kind), 1, 2.5)
    assert tagger.tags == ("low tone", "high tone", "hiss")
    low, high = tones(1.5)
    parts = Components((low + high)[None], 16000, 1, None, lambda: None)
    taggers = [tagger, *([ToneTagger()] if beside else [])]
    steered = steer(parts, Aim(("low tone", "low")), taggers, Steering(steps=40), lambda *_: None)
    assert steered.kept > steered.before
    assert ratio(low, parts.estimate()[0]) > ratio(low, low + high) + 10


def test_the_gradient_is_that_of_finite_differences(tmp_path: Path) -> None:
    tagger = open_labeler(save_labeler(tmp_path), 1, 2.5)
    low, high = tones(3.0)
    sound, direction = (low + 0.8 * high).requires_grad_(), low - high
    (gradient,) = torch.autograd.grad(tagger.excerpt(sound, 100)[0], sound)
    step = 1e-2
    with torch.no_grad():
        above, below = (float(tagger.excerpt(sound + sign * step * direction, 100)[0]) for sign in (1, -1))
    assert float((gradient * direction).sum()) == pytest.approx((above - below) / (2 * step), rel=0.02)


def test_classes_without_a_name_have_a_number_and_names_without_a_class_go() -> None:
    def model(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.full((4, 2), 0.3), torch.zeros(4, 2)

    assert LabelerTagger(model, ("A",), 16000, 2, 1.0).tags == ("a", "class 1")
    assert LabelerTagger(model, ("A", "B", "C"), 16000, 1, 1.0).tags == ("a", "b")
    assert LabelerTagger(model, ("A",), 16000, 1, 1.0).opinion(torch.ones(100)).tolist() == pytest.approx([0.3, 0.3])


def test_a_labeler_that_fails_is_a_sentence() -> None:
    def raises(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        raise RuntimeError("it wants more")

    with pytest.raises(ModelRunError, match="The model failed on this region: it wants more"):
        LabelerTagger(raises, ("A",), 16000, 1, 1.0)
    with pytest.raises(ModelRunError, match="no class probabilities"):
        LabelerTagger(lambda x: (torch.zeros(3, dtype=torch.int64), x), ("A",), 16000, 1, 1.0)
