from __future__ import annotations

import pytest

from app.audacitorch.arguments.hints import ControlHint, read_hints


def test_what_is_right_is_read_without_a_warning():
    warnings: list[str] = []
    entry = {"argument": "gain", "label": "Gain", "help": "How loud.", "unit": "dB", "minimum": -6, "maximum": 6}
    (hint,) = read_hints([{**entry, "step": 0.5}], warnings)
    assert hint == ControlHint("gain", "Gain", "How loud.", "dB", -6.0, 6.0, 0.5)
    assert read_hints([{"argument": "mode", "choices": ["a", "b"]}], warnings)[0].choices == ("a", "b")
    assert read_hints(None, warnings) == ()
    assert warnings == []


@pytest.mark.parametrize(
    "raw, sentence",
    [
        ("gain", "controls is not a list"),
        ([{"label": "Gain"}], "Entry 1 of controls names no argument"),
        ([{"argument": "a"}, {"argument": "a"}], "two entries for “a”"),
        ([{"argument": "a", "colour": 1}], "the key “colour”"),
        ([{"argument": "a", "label": 3}], "a label that is not text"),
        ([{"argument": "a", "minimum": "0"}], "a minimum that is not a number"),
        ([{"argument": "a", "minimum": 2, "maximum": 1}], "goes from 2 to 1"),
        ([{"argument": "a", "step": 0}], "has the step 0"),
        ([{"argument": "a", "step": 1e-300}], "has the step 1e-300; a number from 1e-09 on is expected"),
        ([{"argument": "a", "minimum": -1e308}], "a minimum beyond 1e+09"),
        ([{"argument": "a", "maximum": 10**400}], "a maximum beyond 1e+09"),
        ([{"argument": "a", "maximum": float("nan")}], "a maximum that is not a number"),
        ([{"argument": "a", "choices": []}], "not a list of texts"),
        ([{"argument": "a", "choices": ["x", "x"]}], "a choice twice"),
    ],
)
def test_what_is_wrong_costs_a_warning_and_itself_only(raw, sentence):
    warnings: list[str] = []
    hints = read_hints(raw, warnings)
    assert len(warnings) == 1
    assert sentence in warnings[0]
    assert all(hint == ControlHint("a") for hint in hints)
