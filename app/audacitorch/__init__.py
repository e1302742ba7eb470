"""The audacitorch model format: reading, describing, running and writing models.

The names below need torch, which the server process never imports; so they are looked up when first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.audacitorch.authoring.exporting import export
    from app.audacitorch.authoring.model_folder import export_model
    from app.audacitorch.bases import WaveformToLabelsBase, WaveformToWaveformBase
    from app.audacitorch.checking.author import check

__all__ = ["WaveformToLabelsBase", "WaveformToWaveformBase", "check", "export", "export_model"]

_HOMES = {
    "WaveformToLabelsBase": "app.audacitorch.bases",
    "WaveformToWaveformBase": "app.audacitorch.bases",
    "check": "app.audacitorch.checking.author",
    "export": "app.audacitorch.authoring.exporting",
    "export_model": "app.audacitorch.authoring.model_folder",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
