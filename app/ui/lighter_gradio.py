"""Gradio without what it does for editors: at each import it makes a ``.pyi`` file beside every component of its own.

That takes nearly half of an import of 2.6 seconds, and a server has no business writing into its libraries. Needs no
library, so that a process of another app can take it by its path.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

_MODULE, _FUNCTION = "gradio.component_meta", "create_or_modify_pyi"


class _Finder(MetaPathFinder):
    """Finds the one module that makes the files, and lets it be imported without."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how Gradio's module is imported; ``None`` for any other."""
        if fullname != _MODULE:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            loader: Any = spec.loader
            run = loader.exec_module

            def exec_module(module: ModuleType) -> None:
                run(module)
                if hasattr(module, _FUNCTION):
                    setattr(module, _FUNCTION, lambda *_: None)

            loader.exec_module = exec_module
        return spec


def lighten() -> None:
    """Have Gradio imported so from now on; where it has been imported already, nothing changes."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
