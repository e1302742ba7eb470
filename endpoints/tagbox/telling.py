"""What the user reads of how it went: a sentence, and a label for each window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.harp.labels import OutputLabel, argb

if TYPE_CHECKING:
    from endpoints.tagbox.steering import Steered
    from endpoints.tagbox.windows import Window

_RISE = 0.02
"""By how much the aim must be more probable, 0 to 1, for a result to be worth anything."""

_DOUBTFUL = 0.25
"""Probability below which a tagger can hardly be said to hear something; `benchmarks/README.md`, table 15."""

_HEARD, _UNHEARD = argb(30, 90, 150), argb(176, 32, 32)


def opinion(name: str, windows: Sequence[Window]) -> str:
    """Return the sentence that says whether what was asked for was found: the mean of all windows with sound."""
    heard = [window.steered for window in windows if window.steered is not None]
    if not heard:
        return "The region is silent: nothing was brought out."
    before, after = (sum(values) / len(heard) for values in zip(*((one.before, one.kept) for one in heard)))
    told = f"The tagger hears {name.lower()} at {after:.0%} in what was brought out, {before:.0%} in the mixture"
    if after - before < _RISE:
        return f"{told}: it was not found, and the result is of no use; try another seed, or other tags."
    if after < _DOUBTFUL:
        return f"{told}: that is little, and the result may be further from it than the mixture was."
    return f"{told}."


def spans(windows: Sequence[Window]) -> list[tuple[float, float, Steered]]:
    """Return each window with sound, from its start (s) to its end, or where the next one takes over."""
    found = []
    for window, following in zip(windows, [*windows[1:], None]):
        end = window.end if following is None else min(window.end, following.start)
        if window.steered is not None:
            found.append((window.start, end, window.steered))
    return found


def labels(name: str, told: Sequence[tuple[float, float, Steered]]) -> list[OutputLabel]:
    """Return a label for each span: how probable the tags were before and after."""
    made = []
    for start, end, steered in told:
        rose = steered.kept - steered.before >= _RISE
        text = f"{name.lower()} {steered.before:.0%} → {steered.kept:.0%}"
        made.append(OutputLabel(start, text, end - start, f"{steered.steps} steps", color=_HEARD if rose else _UNHEARD))
    return made
