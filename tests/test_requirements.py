"""What the requirements name fits together as it is installed here: ``pip check``, for these packages alone.

The tests' own environment also holds packages that are installed without what they ask for, on purpose.
``make resolve`` asks the same of every Python and system that we name; it needs the network.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
SETS = {"server": ("requirements.txt",), "neural": ("requirements.txt", "requirements-neural.txt")}


def stated(*names: str) -> Iterator[Requirement]:
    """The lines of requirements files that count here."""
    for name in names:
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith(("#", "-")):
                requirement = Requirement(line)
                if requirement.marker is None or requirement.marker.evaluate():
                    yield requirement


def faults(*names: str) -> tuple[list[str], set[str]]:
    """What is missing, or of a release that somebody does not take; and all packages that were looked at."""
    waiting = [("the requirements", one) for one in stated(*names)]
    wrong, seen = list[str](), set[tuple[str, frozenset[str]]]()
    while waiting:
        asker, wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        try:
            found = distribution(name)
        except PackageNotFoundError:
            wrong.append(f"{asker} needs {wanted}, which is not installed")
            continue
        # A build's own mark, such as +cpu, is no other release.
        if not wanted.specifier.contains(found.version.partition("+")[0], prereleases=True):
            wrong.append(f"{asker} needs {wanted}, not {found.version}")
        if (name, frozenset(wanted.extras)) in seen:
            continue
        seen.add((name, frozenset(wanted.extras)))
        for text in found.requires or ():
            further = Requirement(text)
            extras = ("", *wanted.extras)
            if further.marker is None or any(further.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append((f"{name} {found.version}", further))
    return wrong, {name for name, _ in seen}


@pytest.mark.parametrize("names", SETS.values(), ids=SETS.keys())
def test_what_they_name_fits_together(names: tuple[str, ...]) -> None:
    if "requirements-neural.txt" in names:
        pytest.importorskip("demucs", reason="requirements-neural.txt is not installed")
    wrong, seen = faults(*names)
    assert not wrong
    assert {"torch", "numpy", "gradio", "pydantic-core"} <= seen, "what packages ask for is followed"


def test_a_release_that_does_not_fit_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("numpy<1\nno-such-package-anywhere\n", encoding="utf-8")
    wrong, _ = faults(str(path))
    assert len(wrong) == 2 and "needs numpy<1, not 2." in wrong[1] and "which is not installed" in wrong[0]


def test_the_server_alone_needs_nothing_of_the_models_libraries() -> None:
    _, server = faults(*SETS["server"])
    assert not server & {canonicalize_name(one.name) for one in stated("requirements-neural.txt")}
