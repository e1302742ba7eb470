"""``import audiotools`` where Descript's package is missing: its ``AudioSignal``, as far as apps use it every day."""

from __future__ import annotations

from app.pyharp_apps.stand_ins.audio_signal import AudioSignal

__all__ = ["AudioSignal"]


def __getattr__(name: str) -> object:
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(
        f"audiotools.{name} is not in Harpist’s stand-in, which has AudioSignal: install descript-audiotools for it"
    )
