"""What can be asked for is known to the taggers, and what a user writes is read."""

from __future__ import annotations

import pytest

from app.errors import ControlError
from endpoints.bundled.music_tags import MTT
from endpoints.tagbox.tags import WANTED, own_tags


def test_every_choice_stands_for_tags_that_the_taggers_have() -> None:
    assert WANTED["Drums"] == ("drums", "beat", "beats")
    for name, tags in WANTED.items():
        assert tags and set(tags) <= set(MTT), name


def test_own_tags_are_read_and_a_wrong_one_is_refused_with_all_that_are_known() -> None:
    assert own_tags(" Female  Vocal,harp,,harp ", MTT) == ("female vocal", "harp")
    assert own_tags(" , ", MTT) == ()
    with pytest.raises(ControlError, match=r"“banjo” is no tag of the tagger; it knows ambient, beat, .*, woman"):
        own_tags("harp, banjo", MTT)
