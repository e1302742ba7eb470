"""A soundfont played by FluidSynth."""

from __future__ import annotations

import os
from ctypes import byref, c_int
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from app.errors import ModelFormatError, ModelRunError
from app.midi.file import CONTROLLER, NOTE_OFF, NOTE_ON, PITCH_BEND, PROGRAM
from endpoints.midi_synth.fluid_library import FAILED, complained, open_library
from endpoints.midi_synth.halving import Halver

LARGEST = 2 << 30
"""Bytes of a soundfont that is read; what FluidSynth counts in 31 bits."""

_GRID = 64
"""Samples of its own to whose multiples FluidSynth moves an event."""
_GAIN = 0.6
"""Of FluidSynth: with Debian's soundfonts most single loud notes peak between -19 and -9 dB."""
_VOICES = 256
_QUIET, _FOR = 1e-5, 0.5
"""The level (-100 dB) below which nothing is heard, and for how many seconds before its echo has ended, too."""
_KEY_PRESSURE, _CHANNEL_PRESSURE = 0xA0, 0xD0
_NOTES_OFF = 123
"""The controller that ends all notes; those after it do that, too, and say how many notes a channel may have."""


class SoundfontPlayer:
    """Plays channel messages with a soundfont: programs, banks (GS), drums on channel 10, controllers, reverb, chorus.

    FluidSynth runs at twice the rate, so that its grid of events is one of 32 samples here (0.73 ms at 44.1 kHz), and
    what it shifts upwards is not mirrored. Instruments are read when they are first chosen, and then kept.

    Args:
        path: the file, SoundFont 2 or 3.
        name: what the user calls it.
        rate: samples of a second.

    Raises:
        ModelFormatError: it is no soundfont, a broken one, or too large.
        ModelRunError: FluidSynth is missing.
    """

    step = _GRID // 2
    delay = Halver.delay

    def __init__(self, path: Path, name: str, rate: int) -> None:
        _look_at(path, name)
        self._name, self._rate = name, rate
        self._halver = Halver()
        self._quiet = rate
        self._pinned: set[tuple[int, int]] = set()
        self._synth = None
        self._fluid = open_library()
        self._settings = self._fluid.new_fluid_settings()
        self._fluid.fluid_settings_setnum(self._settings, b"synth.sample-rate", 2.0 * rate)
        self._fluid.fluid_settings_setnum(self._settings, b"synth.gain", _GAIN)
        for setting, value in (
            (b"synth.polyphony", _VOICES),
            (b"synth.cpu-cores", 1),
            (b"synth.dynamic-sample-loading", 1),
            (b"synth.lock-memory", 0),
        ):
            self._fluid.fluid_settings_setint(self._settings, setting, value)
        self._synth = self._fluid.new_fluid_synth(self._settings)
        if not self._synth:
            self.close()
            raise MemoryError
        complained()
        loaded = self._fluid.fluid_synth_sfload(self._synth, os.fsencode(path), 1) != FAILED
        if complained() or not loaded or not self._has_presets():
            self.close()
            raise ModelFormatError(f"The soundfont “{name}” is broken: its instruments cannot be read.")

    def __enter__(self) -> SoundfontPlayer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give all memory back."""
        if self._synth:
            self._fluid.delete_fluid_synth(self._synth)
        if self._settings:
            self._fluid.delete_fluid_settings(self._settings)
        self._synth = self._settings = None

    @property
    def sounding(self) -> bool:
        """Whether anything is still to be heard."""
        return self._quiet < _FOR * self._rate or bool(self._fluid.fluid_synth_get_active_voice_count(self._synth))

    def take(self, data: bytes) -> None:
        """Take in a channel message.

        Raises:
            ModelRunError: the instrument that it chooses cannot be read.
        """
        channel, kind = data[0] & 15, data[0] & 0xF0
        fluid, synth = self._fluid, self._synth
        if kind == NOTE_ON and data[2]:
            fluid.fluid_synth_noteon(synth, channel, data[1], data[2])
        elif kind in (NOTE_ON, NOTE_OFF):
            fluid.fluid_synth_noteoff(synth, channel, data[1])
        elif kind == CONTROLLER:
            fluid.fluid_synth_cc(synth, channel, min(data[1], _NOTES_OFF), data[2])
        elif kind == PROGRAM:
            self._choose(channel, data[1])
        elif kind == PITCH_BEND:
            fluid.fluid_synth_pitch_bend(synth, channel, data[2] << 7 | data[1])
        elif kind == _CHANNEL_PRESSURE:
            fluid.fluid_synth_channel_pressure(synth, channel, data[1])
        elif kind == _KEY_PRESSURE:
            fluid.fluid_synth_key_pressure(synth, channel, data[1], data[2])

    def play(self, samples: int) -> NDArray[np.float32]:
        """Return the next samples ``(2, samples)``; a number that is no multiple of ``step`` ends the piece."""
        size = -(-samples // self.step) * _GRID
        sound = np.empty((2, size), np.float32)
        left, right = sound[0].ctypes.data, sound[1].ctypes.data
        if self._fluid.fluid_synth_write_float(self._synth, size, left, 0, 1, right, 0, 1) == FAILED:
            raise ModelRunError(f"FluidSynth could not go on playing the soundfont “{self._name}”.")
        made = self._halver.halve(sound)[:, :samples]
        self._quiet = self._quiet + samples if float(np.abs(made).max()) < _QUIET else 0
        return made

    def _has_presets(self) -> bool:
        font = self._fluid.fluid_synth_get_sfont(self._synth, 0)
        self._fluid.fluid_sfont_iteration_start(font)
        return bool(self._fluid.fluid_sfont_iteration_next(font))

    def _choose(self, channel: int, program: int) -> None:
        """Give a channel its instrument, and keep it in memory: a file may change it all the time."""
        complained()
        self._fluid.fluid_synth_program_change(self._synth, channel, program)
        if complained():
            raise ModelRunError(
                f"Program {program + 1} of the soundfont “{self._name}” cannot be read: its file is broken or has "
                "changed, or there is too little memory."
            )
        font, bank, chosen = c_int(), c_int(), c_int()
        self._fluid.fluid_synth_get_program(self._synth, channel, byref(font), byref(bank), byref(chosen))
        if (bank.value, chosen.value) not in self._pinned:
            self._pinned.add((bank.value, chosen.value))
            self._fluid.fluid_synth_pin_preset(self._synth, font, bank, chosen)


def _look_at(path: Path, name: str) -> None:
    """Say what is wrong with a file before a library of C reads it."""
    start, size = b"", 0
    try:
        with path.open("rb") as file:
            start, size = file.read(12), os.fstat(file.fileno()).st_size
    except OSError as error:
        raise ModelFormatError(f"The soundfont “{name}” cannot be read: {error.strerror}.") from None
    if start[:4] != b"RIFF" or start[8:] != b"sfbk":
        raise ModelFormatError(f"“{name}” is not a soundfont; a SoundFont 2 or 3 file (.sf2, .sf3) is expected.")
    if size > LARGEST:
        raise ModelFormatError(f"The soundfont “{name}” has {size / 2**30:.1f} GiB; at most {LARGEST >> 30} are read.")
    promised = int.from_bytes(start[4:8], "little") + 8
    if promised > size + 1:
        raise ModelFormatError(f"The soundfont “{name}” is cut short: {size} of its {promised} bytes are there.")
