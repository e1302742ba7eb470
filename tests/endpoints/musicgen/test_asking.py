"""What controls ask for."""

from __future__ import annotations

from typing import Any

import pytest

from app.errors import ControlError
from app.harp.controls import CONTROLS
from endpoints.musicgen.asking import Asked, asked
from endpoints.musicgen.controls import MELODY, TRACK, inputs_for
from endpoints.musicgen.published import MELODY as FOLLOWER
from endpoints.musicgen.published import PUBLISHED, SMALL
from tests.endpoints.musicgen.tiny_networks import EVERY


def ask(**values: Any) -> Asked:
    first = {one.name: one.value for one in inputs_for(EVERY) if isinstance(one, CONTROLS)}
    return asked({**first, **values}, EVERY)


def test_as_much_is_made_as_was_sent_or_is_usual_or_as_is_asked_for() -> None:
    assert [ask().length(sent) for sent in (0.0, 4.5, 0.6, 900.0)] == [10.0, 4.5, 1.0, 300.0]
    assert ask(seconds=7.5).length(3.0) == 7.5


def test_less_than_a_second_is_refused() -> None:
    with pytest.raises(ControlError, match=r"Seconds expects 0 or a number from 1 to 300 \(seconds\), not 0.5"):
        ask(seconds=0.5)


def test_words_and_seed_and_version() -> None:
    wanted = ask(text="  calm  ", seed=7.0, version="Melody", guidance=2.0, temperature=0.5, most=3.0)
    assert (wanted.text, wanted.seed, wanted.drawn, wanted.version) == ("calm", 7, False, FOLLOWER)
    assert (wanted.how.guidance, wanted.how.temperature, wanted.how.most) == (2.0, 0.5, 3)
    assert ask(seed=0.0).drawn and 0 < ask(seed=0.0).seed < 1_000_000


def test_a_choice_of_one_is_none() -> None:
    """Of one network, which follows no melody, neither is asked for."""
    one = inputs_for((SMALL,))
    names = [getattr(each, "name", each.label) for each in one]
    assert names == [TRACK.label, "text", "seconds", "guidance", "temperature", "most", "result", "seed"]
    assert asked({each.name: each.value for each in one if isinstance(each, CONTROLS)}, (SMALL,)).version == SMALL
    every = inputs_for(PUBLISHED)
    assert every[1] == MELODY and [getattr(each, "name", "") for each in every[2:5]] == ["text", "seconds", "version"]
