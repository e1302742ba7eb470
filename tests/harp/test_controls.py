import math
import struct

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from app.errors import ControlError
from app.harp.controls import Dropdown, MultiSelect, NumberBox, Slider, TextBox, Toggle


def single(value: float) -> float:
    """Take the trip that HARP's clients make a number take: text, a 32-bit float, text."""
    return struct.unpack("<f", struct.pack("<f", float(repr(value))))[0]


def slider(low=0.0, high=1.0, step=0.1, value=0.3) -> Slider:
    return Slider("wet", "Wet", "How much.", "percent", low, high, step, value)


@pytest.mark.parametrize(
    ("low", "high", "step"), [(0, 1, 0.1), (0, 100, 1), (-60, 0, 0.5), (0.01, 0.37, 0.01), (20, 20000, 1)]
)
def test_every_value_on_the_grid_survives_the_trip_through_32_bits(low, high, step):
    control = slider(low, high, step)
    for number in range(round((high - low) / step) + 1):
        value = round(low + number * step, 12)
        assert control.parse(single(value)) == pytest.approx(value, abs=1e-12)
        assert low <= control.parse(single(value)) <= high


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_the_ends_of_any_range_survive_the_trip(low, width):
    control = slider(low, low + width, 0.0, low)
    assert control.parse(single(low)) >= low
    assert control.parse(single(low + width)) <= low + width


def test_a_value_off_the_grid_is_kept():
    assert slider(step=0.1).parse(0.333) == 0.333
    assert NumberBox("n", "N", "", "Hz", 0, 10, 0, 1).parse(2) == 2.0


@pytest.mark.parametrize(
    "raw", [1.001, -0.1, math.nan, math.inf, -math.inf, 10**400, "0.3", None, True, [0.3], {"a": 1}]
)
def test_a_number_out_of_range_or_of_another_type_gets_a_sentence(raw):
    with pytest.raises(ControlError, match=r"^Wet expects a number from 0 to 1 \(percent\), not .*\.$") as caught:
        slider().parse(raw)
    assert len(caught.value.message) < 120 and "\n" not in caught.value.message


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(), st.floats(0.0, 1e308), st.floats())
@example(-1e308, 1e308, 1e-300, 1.0)
@example(-1e9, 1e9, 1e-300, 1e9)
@example(0.0, 5e-324, 5e-324, 5e-324)
@example(-1e308, 1e308, 1e307, -1e308)
@example(0.0, math.inf, 1.0, math.inf)
def test_any_range_and_step_take_a_number_or_refuse_it_in_a_sentence(low, high, step, raw):
    assume(low <= high)
    control = slider(low, high, step, low)
    try:
        assert low <= control.parse(raw) <= high
    except ControlError:
        assert not (math.isfinite(raw) and low <= raw <= high), "only what is out of the range, or no finite number"


def test_toggle():
    toggle = Toggle("join", "Join", "", False)
    assert [toggle.parse(raw) for raw in (True, False, 1, 0, 1.0)] == [True, False, True, False, True]
    for raw in ("true", 2, None, []):
        with pytest.raises(ControlError, match="Join expects true or false"):
            toggle.parse(raw)


def test_dropdown():
    dropdown = Dropdown("channels", "Channels", "", ("Keep stereo", "Mix to mono"), "Keep stereo")
    assert dropdown.parse("Mix to mono") == "Mix to mono"
    for raw in ("mix to mono", 0, None, ["Mix to mono"], "x" * 10_000):
        with pytest.raises(ControlError, match="Channels expects one of “Keep stereo”, “Mix to mono”, not") as caught:
            dropdown.parse(raw)
        assert len(caught.value.message) < 150


def test_a_dropdown_that_harp_would_drop_cannot_be_made():
    for choices, value in (((), ""), (("a", "b"), "c")):
        with pytest.raises(ValueError, match="none of its choices"):
            Dropdown("d", "D", "", choices, value)


def test_several_choices():
    parts = MultiSelect("parts", "Parts", "", ("One", "Two", "Three"), ("Three",))
    assert parts.parse(["Three", "One", "Three"]) == ("One", "Three")
    assert (parts.parse([]), parts.parse("Two"), parts.parse("")) == ((), ("Two",), ("Three",))
    for raw in (None, 1, {"One": 1}, ["Four"], [["One"]], [{}], "Four", ["x" * 10_000]):
        with pytest.raises(ControlError, match=r"^Parts expects .*any of “One”, “Two”, “Three”, not") as caught:
            parts.parse(raw)
        assert len(caught.value.message) < 150


def test_choices_that_cannot_be_told_apart_cannot_be_made():
    for choices, value in (((), ()), (("a", "a"), ()), (("a", ""), ()), (("a",), ("b",))):
        with pytest.raises(ValueError, match="“P”"):
            MultiSelect("p", "P", "", choices, value)


def test_text_box():
    box = TextBox("note", "Note", "", longest=5)
    assert box.parse("naïve") == "naïve"
    for raw in ("longer", 5, None):
        with pytest.raises(ControlError, match="Note expects"):
            box.parse(raw)


def test_a_plain_number_has_no_unit_to_name() -> None:
    ratio = Slider("ratio", "Ratio", "A plain number, from 1 to 20.", "", 1, 20, 0.1, 2)
    with pytest.raises(ControlError) as refused:
        ratio.parse(30.0)
    assert refused.value.message == "Ratio expects a number from 1 to 20, not 30."
