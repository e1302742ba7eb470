"""Rubber Band, a library of the system (GPL, or a commercial licence): its finer engine, which reads a sound twice."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import POINTER, c_double, c_float, c_int, c_uint, c_void_p
from functools import lru_cache
from typing import Any

import numpy as np

from endpoints.native_library import Calls, open_native
from endpoints.time_pitch.change import Change, Samples, Sound

NAMES = (
    "librubberband.so.2",
    "librubberband.2.dylib",
    "/opt/homebrew/lib/librubberband.dylib",
    "/usr/local/lib/librubberband.dylib",
)
"""Version 3 and later, under the names by which Linux and macOS load it."""

MISSING = (
    "Rubber Band 3 or later is missing here; install it with: apt-get install librubberband2 (macOS: brew install "
    "rubberband), or choose another method."
)

_CHANNELS_TOGETHER, _FORMANTS_KEPT = 0x10000000, 0x01000000
_FINER, _NO_THREADS, _PITCH_HIGH_QUALITY = 0x20000000, 0x00010000, 0x02000000
RATES = range(8_000, 192_001)
"""Rates (Hz) for which it is made."""
_BLOCK = 4096
"""Samples that it is given at once."""

_Block = POINTER(POINTER(c_float))
_CALLS: Calls = {
    "rubberband_new": (c_void_p, (c_uint, c_uint, c_int, c_double, c_double)),
    "rubberband_delete": (None, (c_void_p,)),
    "rubberband_get_engine_version": (c_int, (c_void_p,)),  # since version 3
    "rubberband_set_expected_input_duration": (None, (c_void_p, c_uint)),
    "rubberband_set_max_process_size": (None, (c_void_p, c_uint)),
    "rubberband_study": (None, (c_void_p, _Block, c_uint, c_int)),
    "rubberband_process": (None, (c_void_p, _Block, c_uint, c_int)),
    "rubberband_available": (c_int, (c_void_p,)),
    "rubberband_retrieve": (c_uint, (c_void_p, _Block, c_uint)),
}


@lru_cache(maxsize=1)
def library() -> Any:
    """Return the library.

    Raises:
        ModelRunError: it is missing, or older than version 3.
    """
    return open_native(NAMES, _CALLS, MISSING)


class RubberBand:
    """Changes length and pitch by Rubber Band.

    Raises:
        ModelRunError: it is missing here.
    """

    name = "Rubber Band"

    def __init__(self) -> None:
        self._calls = library()

    def changed(self, sound: Sound, change: Change) -> Iterator[Samples]:
        """Yield the changed sound; see :class:`endpoints.time_pitch.change.Engine`."""
        calls = self._calls
        options = _FINER | _NO_THREADS | _PITCH_HIGH_QUALITY | _CHANNELS_TOGETHER
        options |= _FORMANTS_KEPT if change.keeps_formants else 0
        state = calls.rubberband_new(sound.rate, sound.channels, options, change.time, change.pitch)
        try:
            calls.rubberband_set_expected_input_duration(state, sound.samples)
            calls.rubberband_set_max_process_size(state, _BLOCK)
            for block, last in _small(sound):
                calls.rubberband_study(state, _rows(block), block.shape[1], last)
            for block, last in _small(sound):
                calls.rubberband_process(state, _rows(block), block.shape[1], last)
                while (ready := calls.rubberband_available(state)) > 0:
                    made = np.empty((sound.channels, ready), np.float32)
                    yield made[:, : calls.rubberband_retrieve(state, _rows(made), ready)]
        finally:
            calls.rubberband_delete(state)


def _small(sound: Sound) -> Iterator[tuple[Samples, bool]]:
    """Yield a sound in blocks of one size, on which the result depends, and whether each is the last one."""
    kept = np.zeros((sound.channels, 0), np.float32)
    for block in sound.hear():
        kept = np.concatenate((kept, block.astype(np.float32, copy=False)), axis=1)
        whole = max(0, kept.shape[1] - 1) // _BLOCK * _BLOCK  # something is left for the last one
        for start in range(0, whole, _BLOCK):
            yield np.ascontiguousarray(kept[:, start : start + _BLOCK]), False
        kept = kept[:, whole:]
    yield np.ascontiguousarray(kept), True


def _rows(block: Samples) -> Any:
    rows = (POINTER(c_float) * block.shape[0])()
    for number, row in enumerate(block):
        rows[number] = row.ctypes.data_as(POINTER(c_float))
    return rows
