"""Harpist, installed: the server is ``harpist.app``, and these names are for who writes a model.

They need torch, so they are looked up when first asked for; the command ``harpist`` starts without it.
"""

from typing import Any

from app import __version__

__all__ = ["WaveformToLabelsBase", "WaveformToWaveformBase", "__version__", "check", "export", "export_model"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from app import audacitorch

    return getattr(audacitorch, name)
