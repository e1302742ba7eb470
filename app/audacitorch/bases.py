"""What an author derives a model from; the same shape as the ``audacitorch`` package's base classes.

A derived class implements ``do_forward_pass`` in torch that can be scripted, or traced, and is written to a folder
with :func:`app.audacitorch.export`. ``forward`` checks what goes in and out, inside TorchScript too, so that a mistake
is met where the model is used as well; in a traced model, which can hold no checks, it only passes on.

Further arguments of ``do_forward_pass`` become those of ``forward``::

    class Drive(WaveformToWaveformBase):
        def do_forward_pass(self, x: torch.Tensor, drive: float = 2.0, soft: bool = True) -> torch.Tensor:
            ...

``float``, ``int``, ``bool`` and ``str`` with a default become controls, ``torch.Tensor | None = None`` a further
track of sound. Programs that only call ``forward(x)`` get the defaults.

The format: H. Flores Garcia, A. Aguilar, E. Manilow, D. Vedenko, B. Pardo, "Deep Learning Tools for Audacity: Helping
Researchers Expand the Artist's Toolkit", 2021.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from app.audacitorch.authoring.forwarding import forward_like

# TorchScript takes a remark about types inside of a function for one of its own.
_tracing: Any = torch.jit.is_tracing  # type: ignore[attr-defined]


def _check_waveform(x: torch.Tensor, what: str) -> None:
    if _tracing():
        return
    if x.dim() != 2:
        raise ValueError(f"{what} has {x.dim()} dimensions; a waveform has two, (channels, samples)")
    if x.shape[1] <= x.shape[0]:
        raise ValueError(
            f"{what} has {x.shape[0]} channels and {x.shape[1]} samples; a waveform has more samples than channels"
        )


def _check_labels(labels: torch.Tensor, timestamps: torch.Tensor) -> None:
    if _tracing():
        return
    if labels.dim() != 1 and labels.dim() != 2:
        raise ValueError(
            f"the labels have {labels.dim()} dimensions; class indices (n,) or probabilities (n, classes) are expected"
        )
    if timestamps.dim() != 2 or timestamps.shape[1] != 2:
        raise ValueError(f"the timestamps have the shape {timestamps.shape}; (n, 2), start and end, is expected")
    if labels.shape[0] != timestamps.shape[0]:
        raise ValueError(
            f"there are {labels.shape[0]} labels and {timestamps.shape[0]} timestamps; as many of both are expected"
        )
    if not bool(torch.all(timestamps >= 0)):
        raise ValueError("a label starts before 0; seconds from the start of the input are expected")
    if not bool(torch.all(timestamps[:, 0] < timestamps[:, 1])):
        raise ValueError("a label ends before it starts, or where it does; its end must be later")


class AudacityModel(nn.Module):
    """A model that does the real work, wrapped in the checks of the format.

    Attributes:
        model: the wrapped module, in eval mode; it may be one that ``torch.jit.trace`` or ``script`` returned.
    """

    _body = ""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        model.eval()
        self.model = model

    def __init_subclass__(cls, **options: Any) -> None:
        """Give ``forward`` the further arguments of a class's own ``do_forward_pass``.

        Raises:
            TypeError: one of them is neither a control nor a waveform; the sentence says what is expected.
        """
        super().__init_subclass__(**options)
        own = cls.__dict__.get("do_forward_pass")
        if cls._body and own is not None and "forward" not in cls.__dict__:
            forward = forward_like(own, cls, cls._body, globals())
            if forward is not None:
                cls.forward = forward


class WaveformToWaveformBase(AudacityModel):
    """Base of effects and separation models: sound in, sound out."""

    _body = """
    _check_waveform(x, "the input")
    result = self.do_forward_pass({arguments})
    _check_waveform(result, "the result")
    return result
"""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map a waveform to one row for each new track.

        Args:
            x: float32, ``(channels, samples)``, at the ``sample_rate`` (Hz) of the metadata, full scale -1 to 1.

        Returns:
            ``(rows, samples)``, float32, at the same rate.

        Raises:
            ValueError: the input or the result is no waveform.
        """
        _check_waveform(x, "the input")
        result = self.do_forward_pass(x)
        _check_waveform(result, "the result")
        return result

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        """Do the work; to be overridden, perhaps with further arguments.

        Args:
            x: float32, ``(1, samples)``; with ``"multichannel": true`` in the metadata ``(2, samples)`` too; at the
                ``sample_rate`` (Hz) of the metadata, full scale -1 to 1.

        Returns:
            ``(rows, samples)``, float32, as long as ``x``: one row for each of the metadata's ``labels``, or two (left
            and right) for each if it is multichannel.

        Raises:
            NotImplementedError: it was not overridden.
        """
        raise NotImplementedError("do_forward_pass is to be overridden")


class WaveformToLabelsBase(AudacityModel):
    """Base of labelers: sound in, time-stamped classes out."""

    _body = """
    _check_waveform(x, "the input")
    labels, timestamps = self.do_forward_pass({arguments})
    _check_labels(labels, timestamps)
    return labels, timestamps
"""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Map a waveform to classes and their times.

        Args:
            x: float32, ``(channels, samples)``, at the ``sample_rate`` (Hz) of the metadata, full scale -1 to 1.

        Returns:
            Class indices ``(n,)`` or class probabilities ``(n, classes)``, 0 to 1; and start and end of each label in
            seconds from the start of ``x``, ``(n, 2)``. ``n`` may be 0.

        Raises:
            ValueError: the input is no waveform, or the result no labels.
        """
        _check_waveform(x, "the input")
        labels, timestamps = self.do_forward_pass(x)
        _check_labels(labels, timestamps)
        return labels, timestamps

    def do_forward_pass(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Do the work; to be overridden, perhaps with further arguments.

        Args:
            x: float32, ``(1, samples)``; with ``"multichannel": true`` in the metadata ``(2, samples)`` too; at the
                ``sample_rate`` (Hz) of the metadata, full scale -1 to 1.

        Returns:
            Labels and timestamps, as :meth:`forward` says; class ``i`` is the ``i``-th of the metadata's ``labels``.

        Raises:
            NotImplementedError: it was not overridden.
        """
        raise NotImplementedError("do_forward_pass is to be overridden")
