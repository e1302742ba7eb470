"""Clicks and crackle: what does not follow from the sound around it, found and replaced.

Found by the prediction error (S. J. Godsill, P. J. W. Rayner: "Digital Audio Restoration", Springer 1998, chapter 5) in
both directions: a click follows neither from what precedes nor from what comes behind. What music does is left: an
attack goes on behind its first moment, the pulses of a voice, a brass or a square wave come back after a period, and a
jump remains one after interpolation.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from endpoints.repair.autoregression import ORDER, interpolated, predictor
from endpoints.repair.windows import Exact, Mask, runs

_LONGEST = 0.0022
"""Seconds of the longest click that is found at all."""
_AROUND, _NEXT = 0.008, 0.001
"""Seconds behind and before a click that tell how much does not follow there, and what of these is too near."""
_PERIOD = 0.055
"""Seconds in which a pulse that belongs to a tone comes back twice."""
_ALIKE = 0.5, 2.0
"""How strong another pulse of the same tone is, of a pulse."""
_MANY, _BEYOND = 6, 1.0
"""Pulses near a click from which on some belong together by chance; standard deviations by which more do."""
_LOUDER = 2.0
"""How much louder one side is where a note starts."""
_LEAST = 0.004
"""Of the peak around (-48 dB), by which a click is off: less is not heard."""
_ODD = 6.0
"""Medians of the error above which a sample is left out when a predictor is made."""
_WIDE, _WIDE_SHARE = 14, 290
"""Samples between a click's beginning and its end, where the sound within it is smooth, or that part of a piece."""
_ROUNDS = 2


def piece(rate: int) -> int:
    """Return the samples of a piece of sound that one predictor is for: about 0.1 s, a power of two."""
    return int(2 ** max(9, round(np.log2(rate * 0.093))))


def threshold(sensitivity: float) -> float:
    """Return how far from what follows a click is, in standard deviations: 50 at 0, 16 at 50, 5 at 100."""
    return float(50 * 10 ** (-sensitivity / 100))


def longest(sensitivity: float) -> float:
    """Return how long a click may be, in seconds: 0.34 ms at 50, 2.2 ms at 100; a drumstick's stroke is 0.4 ms."""
    return float(_LONGEST * (sensitivity / 100) ** 2.7)


def mended(
    samples: Exact, rate: int, sensitivity: float, excluded: Mask, still: Callable[[], None]
) -> tuple[Exact, Mask]:
    """Return a sound without its clicks, and which samples were replaced.

    Args:
        samples: shape `(n,)`.
        rate: in Hz.
        sensitivity: above 0 to 100.
        excluded: samples that are damaged otherwise, and no clicks.
        still: called now and then; what it raises ends it.
    """
    size = piece(rate)
    lost, made = np.zeros(samples.shape[0], np.bool_), samples
    if samples.shape[0] < 4 * ORDER or not samples.any():
        return samples, lost
    refused = excluded.copy()
    for _ in range(_ROUNDS):
        error, strength = _judged(made, size, still)
        found = _found(error, strength, rate, sensitivity) & ~refused
        if not found.any():
            break
        for begin, end in runs(found):
            near = excluded[max(0, begin - ORDER) : end + ORDER].any()
            if near or _starts(made, begin, end, rate) or not _follows(made, begin, end, size):
                refused[begin:end] = True
        found &= ~refused
        lost |= found
        made = _replaced(made, samples, lost, size)
    return made, lost


def _judged(samples: Exact, size: int, still: Callable[[], None]) -> tuple[Exact, Exact]:
    """Return the prediction error, and how strongly each sample looks like a click, both in standard deviations."""
    count = samples.shape[0]
    error, strength = np.zeros(count), np.zeros(count)
    wide = max(_WIDE, size // _WIDE_SHARE)
    for begin in range(0, max(1, count - size // 4), size // 2):
        still()
        part = samples[begin : begin + size]
        if part.shape[0] < 4 * ORDER:
            break
        first = 0 if begin == 0 else size // 4
        model = _undisturbed(part, wide)
        # At the very start nothing precedes, which is no damage.
        past = np.convolve(part, model)[: part.shape[0]]
        past[:ORDER] = 0.0
        future = np.convolve(part, model[::-1])[ORDER:]
        future[-ORDER:] = 0.0
        spread = 1.4826 * float(np.median(np.abs(past))) + 1e-7 * float(np.abs(part).max()) + 1e-12
        error[begin + first : begin + part.shape[0]] = np.abs(past[first:]) / spread
        both = _between(past, future, wide)
        strength[begin + first : begin + part.shape[0]] = both[first:] / spread
    return error, strength


def _between(past: Exact, future: Exact, wide: int) -> Exact:
    """Return how much follows neither from what precedes just before, nor from what comes just behind."""
    before, behind = np.abs(past), np.abs(future)
    begun = sliding_window_view(np.pad(before, (wide - 1, 0)), wide).max(1)
    ended = sliding_window_view(np.pad(behind, (0, wide - 1)), wide).max(1)
    both: Exact = np.minimum(begun, ended)
    return both


def _undisturbed(samples: Exact, wide: int) -> Exact:
    """Return the predictor of a sound without what does not follow in it, where that is little."""
    model = predictor(samples)
    past, future = np.convolve(samples, model)[: samples.shape[0]], np.convolve(samples, model[::-1])[ORDER:]
    both = _between(past, future, wide)
    both[:ORDER] = both[-ORDER:] = 0.0
    odd = np.convolve(both > _ODD * np.median(np.abs(past)), np.ones(7), "same") > 0
    if not odd.any() or np.count_nonzero(odd) > 0.1 * samples.shape[0]:
        return model
    return predictor(interpolated(samples, odd, model))


def _found(error: Exact, strength: Exact, rate: int, sensitivity: float) -> Mask:
    least, most = threshold(sensitivity), max(5.0, longest(sensitivity) * rate)
    found = np.zeros(strength.shape[0], np.bool_)
    strong = strength > least
    # Two thousandths of a second hold one click.
    near = np.convolve(strong, np.ones(9), "same") > 0
    groups = runs(near)
    tops = np.array([begin + int(strength[begin:end].argmax()) for begin, end in groups], np.intp)
    for top in tops:
        peak = strength[top]
        if peak <= least * max(1.0, *_unrest(error, top, rate)) or _comes_back(strength, top, rate):
            continue
        begin, end = _extent(strength, top, max(3.0, 0.12 * peak))
        if end - begin <= most:
            found[max(0, begin - 1) : end + 1] = True
    return found


def _unrest(error: Exact, top: int, rate: int) -> tuple[float, float]:
    """Return how far the error is spread before and behind a click."""
    near, far = round((_LONGEST + _NEXT) * rate), round((_LONGEST + _AROUND) * rate)
    sides = error[max(0, top - far) : max(0, top - near)], error[top + near : top + far]
    before, behind = (1.4826 * float(np.median(side)) if side.size else 1.0 for side in sides)
    return before, behind


def _extent(strength: Exact, top: int, least: float) -> tuple[int, int]:
    """Return where a click begins and ends: it is over after four samples below ``least``."""
    begin = end = top
    while begin > 0 and strength[max(0, begin - 4) : begin].max() > least:
        begin -= 1
    while end < strength.shape[0] and strength[end : end + 4].max(initial=0.0) > least:
        end += 1
    return begin, max(end, top + 1)


def _comes_back(strength: Exact, top: int, rate: int) -> bool:
    """Tell whether alike pulses lie a period before and behind, or at one and two periods on one side.

    Where there are many, some do by chance: then all that the period foretells must be there more often than chance has
    it.
    """
    reach, low = round(_PERIOD * rate), max(0, top - round(_PERIOD * rate))
    around = strength[low : top + reach]
    least, most = (share * strength[top] for share in _ALIKE)
    groups = runs(np.convolve(around > least, np.ones(17), "same") > 0)
    alike = np.array([around[begin:end].max() < most for begin, end in groups], np.bool_)
    middles = groups[alike].mean(1) + low - top
    own = np.abs(middles) <= _LONGEST * rate / 2
    others = middles[~own]
    for first, second in ((-1.0, 1.0), (1.0, 2.0), (-1.0, -2.0)):
        for other in others[np.sign(others) == np.sign(first)]:
            wanted = other * second / first
            if (np.abs(others - wanted) <= _near(wanted)).any() and (
                len(others) <= _MANY or _beyond_chance(others, other, top - low, reach)
            ):
                return True
    return False


def _near(distance: Exact) -> Exact:
    """Return how many samples off a pulse may lie at a distance from another."""
    return 12 + 0.04 * np.abs(distance)


def _beyond_chance(others: Exact, period: float, before: int, behind: int) -> bool:
    """Tell whether pulses lie at more multiples of a period than as many do that lie anywhere.

    Args:
        others: where they lie; shape `(n,)`.
        period: the distance of one of them.
        before: how many samples were looked at before.
        behind: the same behind.
    """
    counted = np.arange(-(before // abs(period)), behind // abs(period) + 1)
    wanted = abs(period) * counted[(counted != 0) & (counted != np.sign(period))]
    chance = 1 - np.exp(-len(others) * 2 * _near(wanted) / (before + behind))
    met = (np.abs(others[:, None] - wanted) <= _near(wanted)).any(0).sum()
    spread = np.sqrt((chance * (1 - chance)).sum())
    return bool(met - chance.sum() > _BEYOND * spread)


def _starts(samples: Exact, begin: int, end: int, rate: int) -> bool:
    """Tell whether the sound is louder, or softer, behind a stretch than before it: a note starts or is cut off."""
    reach = max(8, round(_AROUND * rate))
    sides = samples[max(0, begin - reach) : begin], samples[end : end + reach]
    if not all(side.size >= reach // 2 for side in sides):
        return False
    least = 0.02 * float(np.abs(samples[begin:end]).max())
    before, behind = (float(np.sqrt(np.mean(side**2))) + least for side in sides)
    return max(before, behind) > _LOUDER * min(before, behind)


def _follows(samples: Exact, begin: int, end: int, size: int) -> bool:
    """Tell whether the sound follows once a stretch of it is replaced: a jump of the music does not."""
    low, high = _piece_around(samples, begin, end, size)
    part = samples[low:high]
    lost = np.zeros(high - low, np.bool_)
    lost[begin - low : end - low] = True
    model = predictor(interpolated(part, lost, predictor(part)))
    filled = interpolated(part, lost, model)
    at = slice(max(ORDER, begin - low), end - low + ORDER)
    if np.abs(part - filled).max() < _LEAST * np.abs(part).max():
        return False
    before, after = (np.convolve(sound, model)[: high - low][at] for sound in (part, filled))
    return bool(np.abs(after).max(initial=0.0) <= 0.3 * np.abs(before).max(initial=0.0))


def _replaced(made: Exact, samples: Exact, lost: Mask, size: int) -> Exact:
    """Return the sound with each lost stretch interpolated by the predictor of what is around it, as far as mended."""
    result: Exact = samples.copy()
    for begin, end in runs(np.convolve(lost, np.ones(2 * ORDER + 1), "same") > 0):
        low, high = _piece_around(samples, begin, end, size)
        model = predictor(interpolated(made[low:high], lost[low:high], predictor(made[low:high])))
        filled = interpolated(samples[low:high], lost[low:high], model)
        result[begin:end] = np.where(lost[begin:end], filled[begin - low : end - low], result[begin:end])
    return result


def _piece_around(samples: Exact, begin: int, end: int, size: int) -> tuple[int, int]:
    middle = (begin + end) // 2
    half = max(size // 2, (end - begin) // 2 + 2 * ORDER)
    return max(0, middle - half), min(samples.shape[0], middle + half)
