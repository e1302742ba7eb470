"""Python as a Space finds it on Hugging Face: nothing can be imported but what its ``requirements.txt`` names."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_FOR_ITS_GPU = ("nvidia", "cuda", "triton")
"""What torch itself brings along, or not, as the machine wants it."""

_HOOK = """
import sys
from importlib.machinery import PathFinder

HIDDEN = {hidden!r}


class Required(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name in HIDDEN else PathFinder.find_spec(name, path, target)


sys.meta_path[sys.meta_path.index(PathFinder)] = Required
"""


def hide_the_rest(requirements: Path, folder: Path) -> set[str]:
    """Write into ``folder``, for ``PYTHONPATH``, what hides every other installed package; returns what is hidden."""
    lines = [line for line in requirements.read_text().splitlines() if not line.startswith("#")]
    pins = [pin for pin in map(Requirement, lines) if pin.marker is None or pin.marker.evaluate()]
    required = {canonicalize_name(pin.name) for pin in pins}
    hidden = {
        module
        for module, names in metadata.packages_distributions().items()
        if required.isdisjoint(known := [canonicalize_name(name) for name in names])
        and not any(name.startswith(_FOR_ITS_GPU) for name in known)
    }
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_HOOK.format(hidden=sorted(hidden)))
    return hidden
