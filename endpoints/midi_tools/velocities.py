"""How hard keys are struck: a curve between the softest and the hardest."""

from __future__ import annotations


def velocity_table(curve: float, lowest: int, highest: int) -> list[int]:
    """Return the new velocity for each of 0 to 127; 0, which is none, stays.

    Args:
        curve: -1 makes what lies between softer, 1 louder, 0 neither: the share of the range to the power 4^-curve.
        lowest: what 1 becomes.
        highest: what 127 becomes.
    """
    shares = [((velocity - 1) / 126) ** 4.0**-curve for velocity in range(1, 128)]
    return [0, *(min(max(round(lowest + share * (highest - lowest)), 1), 127) for share in shares)]
