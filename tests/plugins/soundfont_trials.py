"""Trials of soundfonts that go wrong, for the process that makes them."""

from __future__ import annotations

import os
from pathlib import Path

from endpoints.midi_synth import fluid_library
from endpoints.midi_synth.trying import tried


def without_fluidsynth(soundfonts: str) -> object:
    fluid_library.NAMES = ("libnothing-of-the-kind.so.3",)
    return tried(soundfonts)


def crashing(soundfonts: str) -> object:
    os.abort()


def reaching(soundfonts: str) -> object:
    """Read a file that it was not given."""
    return Path("/etc/passwd").read_text(encoding="utf-8")
