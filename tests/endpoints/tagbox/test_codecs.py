"""What is stated of the published codecs: a choice for each, of which the first needs no licence to be accepted."""

from __future__ import annotations

from app.harp.controls import Dropdown
from endpoints.tagbox.codec_endpoint import SteeredCodec
from endpoints.tagbox.codecs import CODECS, DAC, ENCODEC


def test_each_choice_has_its_weights_and_the_first_is_free() -> None:
    engine = next(item for item in SteeredCodec.inputs if isinstance(item, Dropdown) and item.name == "engine")
    assert engine.choices == tuple(codec.name for codec in CODECS)
    assert [item.choice for item in SteeredCodec.weights] == [("engine", name) for name in engine.choices]
    assert engine.value == DAC.name and not DAC.weights.non_commercial and ENCODEC.weights.non_commercial
    assert all(not codec.weights.pickled for codec in CODECS)


def test_the_card_says_what_it_needs_and_what_is_not_known() -> None:
    said = SteeredCodec.card.description
    assert "Experimental, needs a graphics card" in said and "Nobody has measured yet" in said and len(said) <= 280
