"""The built-in synthesizer: sixteen channels, each with its instrument, controllers and sounding notes."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.midi.file import CONTROLLER, DRUMS, NOTE_OFF, NOTE_ON, PITCH_BEND, PROGRAM
from endpoints.midi_synth.drums import CHOKED, stroke
from endpoints.midi_synth.timbres import timbre
from endpoints.midi_synth.voice import Voice

MOST_VOICES = 96
"""Notes that sound at once; with more, those that began first fade away."""

_LOUDNESS = 0.16
"""The level of one note that is struck hardest, at full volume."""
_DRUM_LOUDNESS = 0.32
_STEAL = 400.0
"""Nepers a second at which a note fades that must make room."""
_FINE, _COARSE = 64, 256
"""Samples (1.5 and 6 ms) to whose multiples events move: few notes sound, or as many as may."""

_MODULATION, _DATA, _VOLUME, _PAN, _EXPRESSION, _DATA_FINE = 1, 6, 7, 10, 11, 38
_PEDAL, _RPN_FINE, _RPN = 64, 100, 101
_NRPN_FINE, _NRPN, _SOUND_OFF, _RESET, _NOTES_OFF = 98, 99, 120, 121, 123


@dataclass
class _Struck:
    """A drum that sounds: which, how loud, and up to where."""

    key: int
    level: float
    at: int = 0


@dataclass
class _Channel:
    program: int = 0
    volume: float = 100.0
    expression: float = 127.0
    pan: float = 64.0
    modulation: float = 0.0
    pedal: bool = False
    bend: float = 0.0
    bend_range: float = 2.0
    parameter: tuple[int, int] = (127, 127)
    left: float = -1.0
    right: float = -1.0
    voices: list[Voice] = field(default_factory=list)
    down: dict[int, deque[Voice]] = field(default_factory=dict)
    """Those whose keys are down, by pitch, in the order of their starts."""
    waiting: list[Voice] = field(default_factory=list)
    """Those that only the pedal holds."""
    struck: list[_Struck] = field(default_factory=list)

    def gains(self) -> tuple[float, float]:
        """Return how loud it is left and right: squares of volume and expression, constant power over the pan."""
        loud = (self.volume / 127 * self.expression / 127) ** 2
        angle = min(max((self.pan - 1) / 126, 0.0), 1.0) * math.pi / 2
        return loud * math.cos(angle) * math.sqrt(2), loud * math.sin(angle) * math.sqrt(2)

    def forget(self) -> None:
        """Let go of voices that have ended."""
        self.voices = [voice for voice in self.voices if not voice.over]
        self.waiting = [voice for voice in self.waiting if not voice.over]
        held = {
            pitch: deque(voice for voice in voices if voice.held and not voice.over)
            for pitch, voices in self.down.items()
        }
        self.down = {pitch: voices for pitch, voices in held.items() if voices}


class Synthesizer:
    """Plays channel messages.

    Args:
        rate: samples of a second.
    """

    delay = 0

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._channels = [_Channel() for _ in range(16)]
        self._voices: list[Voice] = []

    @property
    def step(self) -> int:
        """Samples to whose multiples events move: where notes must make room for others, they are no more work."""
        return _FINE if len(self._voices) < MOST_VOICES else _COARSE

    @property
    def sounding(self) -> bool:
        """Whether anything is still to be heard."""
        return any(channel.voices or channel.struck for channel in self._channels)

    def take(self, data: bytes) -> None:
        """Take in a channel message."""
        number = data[0] & 15
        channel, kind = self._channels[number], data[0] & 0xF0
        if kind == NOTE_ON and data[2]:
            self._start(channel, number, data[1], data[2])
        elif kind in (NOTE_ON, NOTE_OFF):
            _end(channel, data[1])
        elif kind == CONTROLLER:
            _control(channel, data[1], data[2])
        elif kind == PROGRAM:
            channel.program = data[1]
        elif kind == PITCH_BEND:
            channel.bend = ((data[2] << 7 | data[1]) - 8192) / 8192

    def play(self, samples: int) -> NDArray[np.float64]:
        """Return the next samples ``(2, samples)``."""
        made = np.zeros((2, samples))
        for channel in self._channels:
            left, right = channel.gains()
            before = (channel.left, channel.right) if channel.left >= 0 else (left, right)
            channel.left, channel.right = left, right
            if not channel.voices and not channel.struck:
                continue
            mono = np.zeros(samples)
            bend, swing = channel.bend * channel.bend_range, 0.5 * channel.modulation / 127
            for voice in channel.voices:
                if not voice.over:
                    mono += voice.sound(samples, bend, swing)
            mono *= _LOUDNESS
            if any(voice.over for voice in channel.voices):
                channel.forget()
            for drum in channel.struck:
                part = stroke(drum.key, self._rate)[drum.at : drum.at + samples]
                mono[: len(part)] += _DRUM_LOUDNESS * drum.level * part
                drum.at += samples
            channel.struck = [drum for drum in channel.struck if drum.at < len(stroke(drum.key, self._rate))]
            for side, (was, now) in enumerate(zip(before, (left, right))):
                made[side] += mono * (now if was == now else np.linspace(was, now, samples))
        self._voices = [voice for voice in self._voices if not voice.over]
        return made

    def _start(self, channel: _Channel, number: int, pitch: int, velocity: int) -> None:
        if number == DRUMS:
            channel.struck = [drum for drum in channel.struck if drum.key not in CHOKED.get(pitch, ())]
            channel.struck = [*channel.struck, _Struck(pitch, (velocity / 127) ** 1.6)][-MOST_VOICES:]
            return
        if not channel.voices and not channel.struck:
            channel.left = -1.0
        voice = Voice(timbre(channel.program), pitch, velocity, self._rate)
        channel.voices.append(voice)
        channel.down.setdefault(pitch, deque()).append(voice)
        self._voices.append(voice)
        if len(self._voices) > MOST_VOICES:
            self._voices[-MOST_VOICES - 1].release(_STEAL)
        if len(self._voices) > 2 * MOST_VOICES:
            self._voices[-2 * MOST_VOICES - 1].over = True  # so many were struck at once: there is no time to fade
        if len(self._voices) > 3 * MOST_VOICES:
            self._voices = [one for one in self._voices if not one.over]
            for one in self._channels:
                one.forget()


def _end(channel: _Channel, pitch: int) -> None:
    """Let a key go: of a pitch that was struck twice, the note that began first."""
    voices = channel.down.get(pitch)
    while voices:
        voice = voices.popleft()
        if voice.held and not voice.over:
            _let_go(channel, voice)
            return


def _let_go(channel: _Channel, voice: Voice) -> None:
    if channel.pedal:
        channel.waiting.append(voice)
    else:
        voice.release()


def _control(channel: _Channel, kind: int, value: int) -> None:
    if kind == _VOLUME:
        channel.volume = value
    elif kind == _EXPRESSION:
        channel.expression = value
    elif kind == _PAN:
        channel.pan = value
    elif kind == _MODULATION:
        channel.modulation = value
    elif kind == _PEDAL:
        channel.pedal = value >= 64
        if not channel.pedal:
            for voice in channel.waiting:
                voice.release()
            channel.waiting = []
    elif kind == _RPN:
        channel.parameter = (value, channel.parameter[1])
    elif kind == _RPN_FINE:
        channel.parameter = (channel.parameter[0], value)
    elif kind in (_NRPN, _NRPN_FINE):
        channel.parameter = (127, 127)
    elif kind == _DATA and channel.parameter == (0, 0):
        channel.bend_range = min(value, 96) + channel.bend_range % 1
    elif kind == _DATA_FINE and channel.parameter == (0, 0):
        channel.bend_range = int(channel.bend_range) + min(value, 99) / 100
    elif kind == _RESET:
        channel.modulation, channel.expression, channel.bend = 0.0, 127.0, 0.0
        _control(channel, _PEDAL, 0)
    elif kind == _SOUND_OFF or kind >= _NOTES_OFF:
        _silence(channel, at_once=kind == _SOUND_OFF)


def _silence(channel: _Channel, *, at_once: bool) -> None:
    if at_once:
        for voice in channel.voices:
            voice.release(_STEAL)
        channel.struck, channel.waiting = [], []
    else:
        for voices in channel.down.values():
            for voice in voices:
                if voice.held:
                    _let_go(channel, voice)
    channel.down = {}
