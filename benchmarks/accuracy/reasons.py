"""Why ours is weak where it is weakest: a sentence for each case, found by looking at what went wrong there.

``results.json`` names the cases; a test fails where one of them has no sentence here.
"""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.accuracy.comparing import Weakness

REASONS: Mapping[str, Mapping[str, str]] = {}
"""By task and case; ``"*"`` stands for every case of a task."""


def reason(weak: Weakness) -> str:
    """Return why, or nothing where nobody has looked yet."""
    cases = REASONS.get(weak.task, {})
    return cases.get(weak.case, cases.get("*", ""))
