"""Modules of ours under the names that an app imports: ``pyharp``, ``gradio``, ``spaces``, and ``audiotools``.

The first three always stand in, whatever is installed: the ``pyharp`` of PyPI is a library of physics, a real Gradio
would start a server, and a real ``spaces`` expects a Hugging Face Space. ``audiotools`` and ``symusic`` stand in only
where they are missing. A ``torchaudio`` that does not load is made good.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

from app.pyharp_apps.stand_ins.torchaudio_parts import TorchaudioFinder

_ALWAYS = ("pyharp", "gradio", "spaces")
_WHERE_MISSING = ("audiotools", "symusic")


class _Finder:
    """Answers imports of the names it has, and of every module beneath them, with one module each."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        """Return how to import ``name``, or ``None`` where it is no name of ours."""
        top = name.partition(".")[0]
        return ModuleSpec(name, self, is_package=True) if top in self._names else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module that stands for ``spec.name``: a module beneath is its package once more."""
        top = spec.name.partition(".")[0]
        return importlib.import_module(f"{__name__}.{top}")

    def exec_module(self, _module: ModuleType) -> None:
        """Do nothing: the module was executed under its own name."""


def install() -> None:
    """Let this process import the stand-ins from now on."""
    missing = [name for name in _WHERE_MISSING if importlib.util.find_spec(name) is None]
    names = (*_ALWAYS, *missing)
    for name in [name for name in sys.modules if name.partition(".")[0] in names]:
        del sys.modules[name]
    sys.meta_path[:0] = [_Finder(names), TorchaudioFinder()]
