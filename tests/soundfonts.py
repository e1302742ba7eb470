"""What is there to play soundfonts with: the library, and soundfonts of the system."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import HarpistError
from endpoints.midi_synth.fluid_library import open_library

SMALLEST = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")


def _is_there() -> bool:
    try:
        open_library()
    except HarpistError:
        return False
    return True


needs_fluidsynth = pytest.mark.skipif(not _is_there(), reason="FluidSynth is not installed: libfluidsynth3")


def on_this_machine() -> list[Path]:
    """Return Debian's small soundfont (timgm6mb-soundfont), where it is installed."""
    return [SMALLEST] if SMALLEST.is_file() else []
