"""How it went, as a file from which the page draws curves: what was heard, and how much the mask let through."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from endpoints.tagbox.steering import Steered

Samples = NDArray[np.floating[Any]]

FORMAT = "harpist-settings"
"""What the page reads curves of."""

_MOST = 2000
_SLOT = 0.25
"""Points of a curve, and the seconds of sound that one stands for, at least."""

_SILENT = 1e-10


class ShareMeter:
    """Measures how much of a sound's energy was brought out, all along.

    Args:
        rate: in Hz.
        samples: about how many will come.
    """

    def __init__(self, rate: int, samples: int) -> None:
        self._slot = max(round(_SLOT * rate), -(-samples // _MOST), 1)
        self._rate = rate
        self._wanted: list[float] = []
        self._whole: list[float] = []
        self._filled = self._slot

    def push(self, brought: Samples, source: Samples) -> None:
        """Take what was brought out of a stretch of the source, both ``(channels, samples)``."""
        at = 0
        while at < source.shape[1]:
            if self._filled == self._slot:
                self._wanted.append(0.0)
                self._whole.append(0.0)
                self._filled = 0
            size = min(self._slot - self._filled, source.shape[1] - at)
            for sums, sound in ((self._wanted, brought), (self._whole, source)):
                sums[-1] += float(np.square(sound[:, at : at + size], dtype=np.float64).sum())
            at, self._filled = at + size, self._filled + size

    def shares(self) -> tuple[tuple[float, float], ...]:
        """Return seconds and the share from there on, 0 to 1; of silence it is 0."""
        return tuple(
            (number * self._slot / self._rate, min(1.0, wanted / whole) if whole > _SILENT else 0.0)
            for number, (wanted, whole) in enumerate(zip(self._wanted, self._whole))
        )


def course_bytes(
    name: str,
    seconds: float,
    windows: Sequence[tuple[float, float, Steered]],
    shares: Sequence[tuple[float, float]],
    mask: Sequence[Sequence[float]] = (),
    highest: float = 0.0,
) -> bytes:
    """Return the file's content, JSON in UTF-8.

    Args:
        name: what was asked for.
        seconds: the region's length.
        windows: start and end in seconds of each window that was steered, and how that went: from its start to its end
            stands what was heard from the first look to the last.
        shares: see :meth:`ShareMeter.shares`.
        mask: see :meth:`endpoints.tagbox.mask_meter.MaskMeter.picture`.
        highest: the frequency (Hz) up to which that goes.
    """
    heard = [
        (start + (end - start) * place / max(1, len(steered.course)), value)
        for start, end, steered in windows
        for place, value in enumerate((steered.before, *steered.course))
    ]
    curves = [("Heard, from the mixture to the last step", heard[:_MOST]), ("Share that was brought out", shares)]
    data: dict[str, Any] = {
        "format": FORMAT,
        "version": 1,
        "heading": "What the tagger heard",
        "seconds": round(seconds, 6),
        "effects": [{"name": name, "parameters": [_curve(label, points) for label, points in curves if points]}],
    }
    if mask and mask[0]:
        data["mask"] = {"label": "What was let through", "highest": highest, "values": mask}
    return json.dumps(data, ensure_ascii=False).encode()


def _curve(label: str, points: Sequence[tuple[float, float]]) -> dict[str, Any]:
    values = [round(value, 4) for _, value in points]
    told = f"{min(values):.0%} to {max(values):.0%}"
    times = [round(at, 3) for at, _ in points]
    return {"label": label, "minimum": 0, "maximum": 1, "told": told, "times": times, "values": values}
