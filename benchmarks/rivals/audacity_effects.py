"""Audacity's own effects, asked for through its pipe: what somebody who has Audacity would do instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.audacity.pipe import audacity as pipe_of_audacity
from app.audacity.pipe import quoted
from app.errors import AudacityError
from tests.audacity.real import MISSING, MODULE, real_audacity

_PATIENCE = 10.0
"""Seconds after which an effect that has not ended has a window open."""

Apply = Callable[[Path, Sequence[str]], Path]
"""Takes a mono WAV and commands of Audacity's pipe; returns what they make of it, with 32-bit float samples."""


@contextmanager
def audacity_effects(folder: Path) -> Iterator[Apply | None]:
    """Run a real Audacity on a screen of its own; ``None`` where it is not installed.

    Args:
        folder: an empty one, for Audacity's settings and for what comes back.
    """
    if MISSING or MODULE is None:
        yield None
        return
    with real_audacity(folder) as audacity:

        def apply(sound: Path, commands: Sequence[str]) -> Path:
            audacity.empty()
            audacity.do(f"Import2: Filename={quoted(str(sound))}", "SelectAll:")
            for effect in commands:
                try:
                    with pipe_of_audacity() as pipe:
                        pipe.ask(effect, _PATIENCE)
                except AudacityError:
                    # Click Removal found nothing, which it says in a window of its own.
                    audacity.press("Return")
                    with pipe_of_audacity(patience=_PATIENCE) as pipe:
                        pipe.ask("GetInfo: Type=Tracks", _PATIENCE)
            return audacity.export(0, 1, 3600)

        yield apply
