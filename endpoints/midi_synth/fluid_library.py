"""FluidSynth, a library of the system: found without starting a program, and silent."""

from __future__ import annotations

from ctypes import CFUNCTYPE, POINTER, c_char_p, c_double, c_int, c_void_p
from functools import lru_cache
from typing import Any

from endpoints.native_library import Calls, open_native

NAMES = (
    "libfluidsynth.so.3",
    "libfluidsynth.3.dylib",
    "/opt/homebrew/lib/libfluidsynth.3.dylib",
    "/usr/local/lib/libfluidsynth.3.dylib",
)
"""Version 2.2 and later, under the names by which Linux and macOS load it."""

MISSING = (
    "Soundfonts are played by FluidSynth 2.2 or later, which is missing here; install it with: apt-get install "
    "libfluidsynth3 (macOS: brew install fluid-synth)."
)

FAILED = -1
_ERRORS, _OTHERS = (0, 1), (2, 3, 4)
"""Kinds of messages that it would print: panic and errors; warnings, and what it does."""
_complaints: list[int] = []


def _hear(level: int, _text: bytes, _data: int) -> None:
    _complaints[:] = [level]


_heard = CFUNCTYPE(None, c_int, c_char_p, c_void_p)(_hear)


_CALLS: Calls = {
    "fluid_set_log_function": (c_void_p, (c_int, c_void_p, c_void_p)),
    "new_fluid_settings": (c_void_p, ()),
    "delete_fluid_settings": (None, (c_void_p,)),
    "fluid_settings_setnum": (c_int, (c_void_p, c_char_p, c_double)),
    "fluid_settings_setint": (c_int, (c_void_p, c_char_p, c_int)),
    "new_fluid_synth": (c_void_p, (c_void_p,)),
    "delete_fluid_synth": (None, (c_void_p,)),
    "fluid_synth_sfload": (c_int, (c_void_p, c_char_p, c_int)),
    "fluid_synth_get_sfont": (c_void_p, (c_void_p, c_int)),
    "fluid_sfont_iteration_start": (None, (c_void_p,)),
    "fluid_sfont_iteration_next": (c_void_p, (c_void_p,)),
    "fluid_synth_noteon": (c_int, (c_void_p, c_int, c_int, c_int)),
    "fluid_synth_noteoff": (c_int, (c_void_p, c_int, c_int)),
    "fluid_synth_key_pressure": (c_int, (c_void_p, c_int, c_int, c_int)),
    "fluid_synth_cc": (c_int, (c_void_p, c_int, c_int, c_int)),
    "fluid_synth_program_change": (c_int, (c_void_p, c_int, c_int)),
    "fluid_synth_channel_pressure": (c_int, (c_void_p, c_int, c_int)),
    "fluid_synth_pitch_bend": (c_int, (c_void_p, c_int, c_int)),
    "fluid_synth_get_program": (c_int, (c_void_p, c_int, POINTER(c_int), POINTER(c_int), POINTER(c_int))),
    "fluid_synth_pin_preset": (c_int, (c_void_p, c_int, c_int, c_int)),
    "fluid_synth_get_active_voice_count": (c_int, (c_void_p,)),
    "fluid_synth_write_float": (c_int, (c_void_p, c_int, c_void_p, c_int, c_int, c_void_p, c_int, c_int)),
}
"""What is called of its interface (fluidsynth.org/api): what each returns and takes."""


@lru_cache(maxsize=1)
def open_library() -> Any:
    """Return the library with its functions, which print nothing.

    Raises:
        ModelRunError: it is not on this machine, or too old.
    """
    library = open_native(NAMES, _CALLS, MISSING)
    for level in _ERRORS:
        library.fluid_set_log_function(level, _heard, None)
    for level in _OTHERS:
        library.fluid_set_log_function(level, None, None)
    return library


def complained() -> bool:
    """Whether it has told of an error since it was last asked.

    Of samples that it could not read it tells in no other way, and fails on the first note that needs them.
    """
    told = bool(_complaints)
    _complaints.clear()
    return told
