"""What this host offers to a plugin: numbers for URIs, and how sound will come."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, Structure, c_char_p, c_float, c_int32, c_uint32, c_void_p
from typing import Any

from endpoints.effects.lv2 import words
from endpoints.effects.lv2.library import Feature, MapUri, UnmapUri
from endpoints.effects.lv2.worker import Worker

LONGEST_RUN = 1024
"""Samples that a plugin gets at once, at most."""

SEQUENCE_BYTES = 32768
"""Room for the events that a plugin sends out in one run."""


class _Map(Structure):
    _fields_ = (("handle", c_void_p), ("map", MapUri))


class _Unmap(Structure):
    _fields_ = (("handle", c_void_p), ("unmap", UnmapUri))


class _Option(Structure):
    """``LV2_Options_Option``: what it is said of, the URI of the key, the size and type of the value, the value."""

    _fields_ = (
        ("context", c_uint32),
        ("subject", c_uint32),
        ("key", c_uint32),
        ("size", c_uint32),
        ("kind", c_uint32),
        ("value", c_void_p),
    )


class _Numbers:
    """A number for every URI that plugins of this process ask for: all of them share it."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._texts: list[Any] = []
        self._map, self._unmap = MapUri(self._number), UnmapUri(self._text)
        self.map = _Map(None, self._map)
        self.unmap = _Unmap(None, self._unmap)

    def of(self, uri: str) -> int:
        """Return the number of a URI, from 1 on."""
        return self._number(None, uri.encode())

    def _number(self, _handle: object, uri: bytes) -> int:
        if uri not in self._numbers:
            self._texts.append(c_char_p(uri))
            self._numbers[uri] = len(self._texts)
        return self._numbers[uri]

    def _text(self, _handle: object, number: int) -> int | None:
        if not 1 <= number <= len(self._texts):
            return None
        return ctypes.cast(self._texts[number - 1], c_void_p).value


NUMBERS = _Numbers()


class Features:
    """The features for one instance, valid as long as this object.

    Args:
        rate: of the sound, in Hz.
        worker: the instance's own.
    """

    def __init__(self, rate: int, worker: Worker) -> None:
        self._values: list[Any] = []
        told: tuple[tuple[str, Any], ...] = (
            (words.SHORTEST, c_int32(0)),
            (words.LONGEST, c_int32(LONGEST_RUN)),
            (words.USUAL, c_int32(LONGEST_RUN)),
            (words.SEQUENCE_SIZE, c_int32(SEQUENCE_BYTES)),
            (words.RATE, c_float(rate)),
        )
        # An option of zeros ends the list.
        self._options = (_Option * (len(told) + 1))()
        for option, (key, value) in zip(self._options, told):
            self._values.append(value)
            option.key, option.size = NUMBERS.of(key), ctypes.sizeof(value)
            option.kind = NUMBERS.of(words.FLOAT if isinstance(value, c_float) else words.INT)
            option.value = ctypes.addressof(value)
        self._made = [
            Feature(uri.encode(), None if data is None else ctypes.addressof(data))
            for uri, data in (
                (words.MAP, NUMBERS.map),
                (words.UNMAP, NUMBERS.unmap),
                (words.OPTIONS, self._options),
                (words.BOUNDED, None),
                (words.SCHEDULE, worker.feature),
            )
        ]
        pointers = [ctypes.pointer(feature) for feature in self._made]
        self._list = (POINTER(Feature) * (len(pointers) + 1))(*pointers)

    @property
    def address(self) -> int:
        """Where the list of pointers lies, which ends with a null."""
        return ctypes.addressof(self._list)
