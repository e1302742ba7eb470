"""What a plugin does beside its sound (LV2's worker extension), such as reading a file: here between two runs.

A file is not played, so that nobody waits: the work is done at once, and the result is the same each time.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable
from ctypes import CFUNCTYPE, Structure, c_char_p, c_int, c_uint32, c_void_p

from app.errors import ModelRunError
from endpoints.effects.lv2 import words

_SUCCESS, _NO_SPACE = 0, 2
"""Of the extension's ``LV2_Worker_Status``: success, and no space."""

_MOST = 10_000
"""Pieces of work between two runs: whoever orders more will never be done."""

_LARGEST = 64 << 20
"""Bytes of one piece's description."""

_Schedule = CFUNCTYPE(c_int, c_void_p, c_uint32, c_void_p)
_ExtensionData = CFUNCTYPE(c_void_p, c_char_p)


class Schedule(Structure):
    """``LV2_Worker_Schedule``."""

    _fields_ = (("handle", c_void_p), ("schedule", _Schedule))


class _Interface(Structure):
    """``LV2_Worker_Interface``: to work, to take what came of it, to hear that all came."""

    _fields_ = (
        ("work", CFUNCTYPE(c_int, c_void_p, _Schedule, c_void_p, c_uint32, c_void_p)),
        ("response", CFUNCTYPE(c_int, c_void_p, c_uint32, c_void_p)),
        ("end_run", c_void_p),
    )


class Worker:
    """The work of one instance.

    Attributes:
        feature: what the instance is given when it is made.
    """

    def __init__(self) -> None:
        self._ordered: deque[bytes] = deque()
        self._answers: deque[bytes] = deque()
        self._order, self._answer = _Schedule(self._put(self._ordered)), _Schedule(self._put(self._answers))
        self.feature = Schedule(None, self._order)
        self._interface: _Interface | None = None

    def bind(self, extension_data: int | None) -> None:
        """Find out what the instance can do beside its sound; it may be nothing."""
        found = _ExtensionData(extension_data)(words.WORKER.encode()) if extension_data else None
        self._interface = ctypes.cast(found, ctypes.POINTER(_Interface)).contents if found else None

    def after_run(self, handle: int | None) -> None:
        """Do what the instance ordered while it ran, and hand it what came of it.

        Raises:
            ModelRunError: it orders more and more.
        """
        if self._interface is None or not (self._ordered or self._interface.end_run):
            return
        done = 0
        while self._ordered:
            body = self._ordered.popleft()
            self._interface.work(handle, self._answer, None, len(body), body)
            while self._answers and self._interface.response:
                answer = self._answers.popleft()
                self._interface.response(handle, len(answer), answer)
            done += 1
            if done > _MOST:
                raise ModelRunError("The plugin orders work without an end beside its sound.")
        if self._interface.end_run:
            CFUNCTYPE(c_int, c_void_p)(self._interface.end_run)(handle)

    @staticmethod
    def _put(queue: deque[bytes]) -> Callable[[object, int, int | None], int]:
        def put(_handle: object, size: int, data: int | None) -> int:
            if size > _LARGEST:
                return _NO_SPACE
            queue.append(ctypes.string_at(data, size) if data else b"")
            return _SUCCESS

        return put
