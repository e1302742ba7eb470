"""What an author derives a model from; the same shape as the ``audacitorch`` package's base classes.

A derived class implements ``do_forward_pass`` in scriptable torch and is exported with
:func:`app.audacitorch.export_model`. ``forward`` only checks what goes in and out, inside TorchScript, so that a
mistake is met where the model is used as well.

The format: H. Flores Garcia, A. Aguilar, E. Manilow, D. Vedenko, B. Pardo, "Deep Learning Tools for Audacity: Helping
Researchers Expand the Artist's Toolkit", 2021.
"""

from __future__ import annotations

import torch
from torch import nn


def _check_waveform(x: torch.Tensor) -> None:
    assert x.ndim == 2, f"a waveform has two dimensions (channels, samples), not {x.ndim}"
    assert x.shape[1] > x.shape[0], f"a waveform of {x.shape[0]} channels has only {x.shape[1]} samples"


class AudacityModel(nn.Module):
    """A model that does the real work, wrapped in the checks of the format.

    Attributes:
        model: the wrapped module, in eval mode.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        model.eval()
        self.model = model


class WaveformToWaveformBase(AudacityModel):
    """Base of effects and separation models: sound in, sound out."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``(channels, samples)`` at the model's rate to ``(rows, samples)``, one row a new track."""
        _check_waveform(x)
        result = self.do_forward_pass(x)
        _check_waveform(result)
        return result

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        """Do the work; to be overridden.

        Args:
            x: float32, ``(1, samples)``; with ``"multichannel": true`` in the metadata ``(2, samples)`` too.

        Returns:
            ``(rows, samples)``, float32, as long as ``x``.
        """
        raise NotImplementedError("do_forward_pass is to be overridden")


class WaveformToLabelsBase(AudacityModel):
    """Base of labelers: sound in, time-stamped classes out."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Map ``(channels, samples)`` at the model's rate to classes and times.

        Returns:
            Class indices ``(n,)`` or class probabilities ``(n, classes)``, and start and end of each label in seconds
            from the start of ``x``, ``(n, 2)``. ``n`` may be 0.
        """
        _check_waveform(x)
        labels, timestamps = self.do_forward_pass(x)
        assert 1 <= labels.ndim <= 2, f"labels have one or two dimensions, not {labels.ndim}"
        assert timestamps.ndim == 2 and timestamps.shape[1] == 2, "timestamps have the shape (n, 2)"
        assert labels.shape[0] == timestamps.shape[0], (
            f"there are {labels.shape[0]} labels and {timestamps.shape[0]} timestamps"
        )
        assert bool(torch.all(timestamps >= 0)), "a label starts before 0"
        assert bool(torch.all(timestamps[:, 0] < timestamps[:, 1])), "a label ends before it starts"
        return labels, timestamps

    def do_forward_pass(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Do the work; to be overridden.

        Args:
            x: float32, ``(1, samples)``; with ``"multichannel": true`` in the metadata ``(2, samples)`` too.

        Returns:
            Labels and timestamps, as :meth:`forward` says.
        """
        raise NotImplementedError("do_forward_pass is to be overridden")
