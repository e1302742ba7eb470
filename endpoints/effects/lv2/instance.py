"""One running LV2 plugin: its ports connected, its functions called."""

from __future__ import annotations

import ctypes
import struct
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import ModelRunError
from endpoints.effects import floating_point
from endpoints.effects.lv2 import words
from endpoints.effects.lv2.description import Description, Kind
from endpoints.effects.lv2.features import LONGEST_RUN, NUMBERS, SEQUENCE_BYTES, Features
from endpoints.effects.lv2.library import Activation, open_library
from endpoints.effects.lv2.worker import Worker
from endpoints.effects.lv2.world import World

_HEADER = struct.Struct("IIII")
"""Of an atom sequence: bytes of what follows the type, the type, its unit of time, nothing."""


class Instance:
    """A plugin that runs, for one stream of sound.

    Args:
        world: where it was found.
        description: what it says of itself.
        rate: of the sound, in Hz.

    Attributes:
        controls: a value for each port, of which those of controls count; the plugin reads and writes them as it runs.
        sound: ``(heard inputs, LONGEST_RUN)``, what the next run hears.
        result: ``(heard outputs, LONGEST_RUN)``, what the last run made.

    Raises:
        ModelRunError: the plugin did not start.
    """

    def __init__(self, world: World, description: Description, rate: int) -> None:
        self._made: Any = None
        self._active = False
        self._lilv = open_library()
        self._world, self._worker = world, Worker()
        self._features = Features(rate, self._worker)
        self._atoms: list[tuple[Any, bytes]] = []
        self._silence: list[NDArray[np.float32]] = []
        inputs, outputs = description.heard(is_input=True), description.heard(is_input=False)
        self.controls = np.zeros(len(description.ports), np.float32)
        self.sound = np.zeros((len(inputs), LONGEST_RUN), np.float32)
        self.result = np.zeros((len(outputs), LONGEST_RUN), np.float32)
        plugin = world.find(description.uri)
        with floating_point.as_it_was():
            self._made = self._lilv.lilv_plugin_instantiate(plugin, float(rate), self._features.address)
        if not self._made:
            raise ModelRunError(f"{description.name} did not start at {rate} Hz.")
        self._functions = self._made.contents.descriptor.contents
        self._handle = self._made.contents.handle
        self._worker.bind(self._functions.extension_data)
        for number, port in enumerate(description.ports):
            if number in inputs:
                address = self.sound[inputs.index(number)].ctypes.data
            elif number in outputs:
                address = self.result[outputs.index(number)].ctypes.data
            else:
                address = self._place(port.kind, number, is_input=port.is_input)
            self._functions.connect_port(self._handle, number, address)

    def _place(self, kind: Kind, number: int, *, is_input: bool) -> int | None:
        """Return where a port that is not heard reads or writes; ``None``: nowhere."""
        if kind is Kind.CONTROL:
            return int(self.controls[number:].ctypes.data)
        if kind is Kind.ATOM:
            size, named = (8, words.SEQUENCE) if is_input else (SEQUENCE_BYTES - 8, words.CHUNK)
            room = ctypes.create_string_buffer(SEQUENCE_BYTES)
            self._atoms.append((room, _HEADER.pack(size, NUMBERS.of(named), 0, 0)))
            return ctypes.addressof(room)
        if kind is Kind.OTHER:
            return None
        self._silence.append(np.zeros(LONGEST_RUN, np.float32))
        return int(self._silence[-1].ctypes.data)

    def run(self, samples: int) -> None:
        """Let it make ``samples`` samples, LONGEST_RUN at most."""
        if not self._active:
            self._call("activate")
            self._active = True
        for room, header in self._atoms:
            ctypes.memmove(room, header, len(header))
        self._functions.run(self._handle, samples)
        self._worker.after_run(self._handle)

    def close(self) -> None:
        """End it; nothing happens the second time."""
        if self._made:
            if self._active:
                self._call("deactivate")
            self._lilv.lilv_instance_free(self._made)
        self._made, self._active = None, False

    def __del__(self) -> None:
        # A worker makes one for each region; where Python itself ends, the system takes all.
        if not sys.is_finalizing():
            self.close()

    def _call(self, name: str) -> None:
        if address := getattr(self._functions, name):
            Activation(address)(self._handle)
