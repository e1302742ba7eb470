"""Sentences as eSpeak says them, with the moment at which it begins each word, which only its library tells."""

from __future__ import annotations

import ctypes
from ctypes.util import find_library
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.programs import MissingProgramError

_RETRIEVAL, _UTF8, _END_PAUSE = 1, 1, 0x1000
_WORD, _LAST = 1, 0
_RATE, _PITCH = 1, 3


class _Value(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Value),
    )


@dataclass(frozen=True)
class Spoken:
    """A sentence.

    Attributes:
        sound: mono, ``(samples,)``.
        rate: its, in Hz.
        words: each with the second at which it begins.
    """

    sound: NDArray[np.float64]
    rate: int
    words: tuple[tuple[float, str], ...]


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class Speaker:
    """The library; a second one in a process would wait for ever.

    Attributes:
        rate: of its sound, in Hz.

    Raises:
        MissingProgramError: it is not installed.
    """

    def __init__(self) -> None:
        name = find_library("espeak-ng")
        if name is None:
            raise MissingProgramError("eSpeak's library is not installed: install Debian's package libespeak-ng1.")
        self._library = ctypes.CDLL(name)
        self.rate = int(self._library.espeak_Initialize(_RETRIEVAL, 0, None, 0))
        self._sound: list[NDArray[np.int16]] = []
        self._begun: list[tuple[int, int, int]] = []
        self._callback = _CALLBACK(self._take)  # held, since the library calls it
        self._library.espeak_SetSynthCallback(self._callback)

    def say(self, voice: str, speed: int, pitch: int, text: str) -> Spoken:
        """Return a sentence; the voice, speed (words per minute) and pitch as the program takes them."""
        self._sound, self._begun = [], []
        self._library.espeak_SetVoiceByName(voice.encode())
        self._library.espeak_SetParameter(_RATE, speed, 0)
        self._library.espeak_SetParameter(_PITCH, pitch, 0)
        data = text.encode()
        self._library.espeak_Synth(data, ctypes.c_size_t(len(data) + 1), 0, 1, 0, _UTF8 | _END_PAUSE, None, None)
        self._library.espeak_Synchronize()
        words = tuple(
            (sample / self.rate, text[place - 1 : place - 1 + length]) for place, length, sample in self._begun
        )
        sound = np.concatenate([np.zeros(0, np.int16), *self._sound]) / 32768.0
        return Spoken(sound, self.rate, words)

    def _take(self, samples: ctypes._Pointer[ctypes.c_short], count: int, events: ctypes._Pointer[_Event]) -> int:
        number = 0
        while events[number].type != _LAST:
            if events[number].type == _WORD:
                self._begun.append((events[number].text_position, events[number].length, events[number].sample))
            number += 1
        if samples and count > 0:
            self._sound.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0
