"""A VST3 plugin as an effect like any other."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import ModelFormatError
from endpoints.effects import floating_point
from endpoints.effects.parameter import Parameter, Scale
from endpoints.effects.pedalboard_library import RunByPedalboard, open_pedalboard

_GRID = 1001
"""Values at equal steps of a knob, of which pedalboard tells what each one means."""

_MOST_CHOICES = 100
_TRIED = 256


class Vst3Plugin(RunByPedalboard):
    """One plugin, running; see :class:`endpoints.effects.plugin.Plugin`.

    It is opened on the main thread: many plugins want that.

    Args:
        path: the ``.vst3`` file or folder.
        rate: of the sound, in Hz.

    Attributes:
        maker: who made it; may be empty.

    Raises:
        ModelFormatError: it is no VST3 plugin, or no effect on one or two channels.
        ModelRunError: pedalboard is missing.
    """

    def __init__(self, path: Path, rate: int) -> None:
        self._plugin, self._rate = _opened(path), rate
        self.name, self.uri = str(self._plugin.name), str(path)
        self.version, self.maker = str(self._plugin.version), str(getattr(self._plugin, "manufacturer_name", ""))
        if self._plugin.is_instrument:
            raise ModelFormatError(f"{self.name} is an instrument; an effect on sound is expected.")
        self.channels = self._tried()
        self._knobs: dict[str, tuple[Parameter, NDArray[np.float64]]] = {}
        for name, told in self._plugin.parameters.items():
            if told.is_automatable and (knob := _knob(name, told)):
                self._knobs[name] = knob
        self.parameters = tuple(parameter for parameter, _ in self._knobs.values())
        self._start()

    @property
    def latency(self) -> int:
        """How many samples the sound comes late; it is warmed up for that."""
        if self._cold:
            self._warm_up()
        return self._missing or max(0, int(self._plugin.reported_latency_samples))

    def reset(self) -> None:
        """Forget all sound heard so far, and have all values at their defaults."""
        for parameter in self.parameters:
            self._turn(parameter.name, parameter.default)
        self._start()

    def _start(self) -> None:
        self._plugin.reset()
        self._missing, self._cold = 0, True

    def _run(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        made = self._made(self._plugin, block)
        # What it holds back at first is what all comes late by.
        missing = block.shape[1] - made.shape[1]
        if missing:
            self._missing += missing
            made = np.concatenate([np.zeros((self.channels, missing), np.float32), made], axis=1)
        return made

    def _turn(self, name: str, value: float) -> None:
        self._check(name, value, self._knobs)
        parameter, grid = self._knobs[name]
        value = min(max(value, parameter.minimum), parameter.maximum)
        self._plugin.parameters[name].raw_value = float(np.interp(value, grid, np.linspace(0.0, 1.0, len(grid))))

    def _tried(self) -> int:
        """Return on how many channels it runs: two where it can."""
        for channels in (2, 1):
            with contextlib.suppress(ValueError, RuntimeError):
                self._plugin.process(np.zeros((channels, _TRIED), np.float32), self._rate, reset=True)
                return channels
        raise ModelFormatError(f"{self.name} takes neither one nor two channels of sound, which an effect here has to.")


def _opened(path: Path) -> Any:
    pedalboard = open_pedalboard()
    try:
        with floating_point.as_it_was():
            return pedalboard.load_plugin(str(path))
    except (ImportError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).replace(str(path), path.name).split())[:200]
        raise ModelFormatError(f"“{path.name[:80]}” cannot be opened as a VST3 plugin: {reason}") from None


def _knob(name: str, told: Any) -> tuple[Parameter, NDArray[np.float64]] | None:
    """Return a parameter, and its values at equal steps of the knob; ``None``: it cannot be turned here."""
    label = str(told.name) or name
    if told.is_boolean or (told.type is float and told.num_steps == 2):
        default = float(told.raw_value > 0.5)
        return Parameter(name, label, 0.0, 1.0, default, "", Scale.TOGGLE), np.array([0.0, 1.0])
    values = list(told.valid_values)
    if told.type is str:
        names = list(dict.fromkeys(" ".join(str(value).split()) or "–" for value in values))
        if not 2 <= len(names) <= _MOST_CHOICES or len(names) != len(values):
            return None
        at = float(round(told.raw_value * (len(names) - 1)))
        choices = tuple((float(number), text) for number, text in enumerate(names))
        numbers = np.arange(len(names), dtype=np.float64)
        return Parameter(name, label, 0.0, len(names) - 1.0, at, "", Scale.CHOICE, choices), numbers
    grid = np.array(values, np.float64)
    if told.type is not float or len(grid) != _GRID or not (np.diff(grid) > 0).all():
        return None
    default = float(np.interp(told.raw_value, np.linspace(0.0, 1.0, _GRID), grid))
    low, high = float(grid[0]), float(grid[-1])
    # What pedalboard reads back is rounded: 80.0000001.
    default = min(max(float(f"{default:.6g}"), low), high)
    unit = " ".join(str(told.label or "").split())[:20]
    # A knob whose middle lies at the geometric mean is one of ratios.
    middle = float(grid[_GRID // 2])
    by_ratios = low > 0 and abs(math.log(middle) - 0.5 * math.log(low * high)) < 0.1 * math.log(high / low)
    return Parameter(name, label, low, high, default, unit, Scale.LOGARITHMIC if by_ratios else Scale.LINEAR), grid
