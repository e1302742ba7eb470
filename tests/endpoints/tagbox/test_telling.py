"""What is said of what was found, and of what was not."""

from __future__ import annotations

from endpoints.tagbox.steering import Steered
from endpoints.tagbox.telling import opinion
from endpoints.tagbox.windows import Window


def test_what_was_not_found_is_said() -> None:
    def windows(before: float, kept: float) -> list[Window]:
        return [Window(0, 10, Steered(before, (kept,), kept, 10)), Window(9, 19, None)]

    assert opinion("Drums", windows(0.2, 0.7)) == (
        "The tagger hears drums at 70% in what was brought out, 20% in the mixture."
    )
    assert "that is little, and the result may be further from it" in opinion("Harp", windows(0.01, 0.2))
    assert "it was not found, and the result is of no use" in opinion("Harp", windows(0.01, 0.02))
    assert opinion("Harp", [Window(0, 9, None)]) == "The region is silent: nothing was brought out."
