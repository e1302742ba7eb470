import pytest

from app.errors import ControlError
from app.harp.controls import Dropdown, MultiSelect, NumberBox, Slider, Toggle
from app.harp.typed_values import parse_named

CONTROLS = (
    Dropdown("mode", "Mode", "Which.", ("One", "Two"), "Two"),
    Slider("wet", "Wet", "How much.", "percent", 0.0, 100.0, 1.0, 100.0),
    Toggle("join", "Join", "Whether.", True),
    NumberBox("least", "Least", "How long.", "seconds", 0.0, 10.0, 0.0, 0.5),
)


def test_values_by_name_or_label_and_defaults_for_the_rest():
    assert parse_named(CONTROLS, {}) == {"mode": "Two", "wet": 100.0, "join": True, "least": 0.5}
    given = {"WET": "80", " Join ": "off", "mode": "One"}
    assert parse_named(CONTROLS, given) == {"mode": "One", "wet": 80.0, "join": False, "least": 0.5}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"dry": "1"}, "no control “dry”; this model has: “Mode”, “Wet”, “Join”, “Least”"),
        ({"wet": "loud"}, "Wet expects a number"),
        ({"join": "maybe"}, "Join expects"),
        ({"wet": "101"}, "not 101"),
    ],
)
def test_what_does_not_fit_gets_a_sentence(wrong, sentence):
    with pytest.raises(ControlError, match=sentence):
        parse_named(CONTROLS, wrong)


@pytest.mark.parametrize(
    ("typed", "chosen"),
    [
        ("One", ("One",)),
        ("Two , One", ("One", "Two")),
        ('"Bass, low",One', ("One", "Bass, low")),
        ("Bass, low", ("Bass, low",)),
        ("One\nTwo", None),
        ("Three", None),
        ('"', None),
    ],
)
def test_several_choices_stand_between_commas(typed, chosen):
    parts = MultiSelect("parts", "Parts", "Which.", ("One", "Two", "Bass, low"), ("Two",))
    assert parse_named([parts], {}) == {"parts": ("Two",)}
    if chosen is None:
        with pytest.raises(ControlError, match="Parts expects any of"):
            parse_named([parts], {"parts": typed})
    else:
        assert parse_named([parts], {"parts": typed}) == {"parts": chosen}


@pytest.mark.parametrize(("word", "value"), [("yes", True), ("On", True), ("1", True), ("no", False), ("FALSE", False)])
def test_a_switch_takes_words(word, value):
    assert parse_named(CONTROLS, {"join": word})["join"] is value
