"""An ``AudioSignal``: sound as a tensor, with its rate and the everyday methods of Descript's audiotools.

Methods change the signal in place and return it, so that they can be chained; so does the original.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from app.errors import ModelRunError
from app.pyharp_apps.stand_ins import sound
from app.pyharp_apps.stand_ins.loudness import QUIETEST, loudness

__all__ = ["AudioSignal"]

_DIMENSIONS = 3


def _samples(other: Any) -> Any:
    """Return what arithmetic takes of another signal, an array or a number."""
    return other.audio_data if isinstance(other, AudioSignal) else other


class AudioSignal:
    """Sound.

    Args:
        audio_path_or_array: a file's path, or samples as an array or tensor, ``(samples,)``, ``(channels, samples)`` or
            ``(batch, channels, samples)``.
        sample_rate: in Hz; needed with samples, and not with a file.
        offset, duration: the part of a file to read, in seconds.
        device: where the tensor lies, as torch names it.

    Raises:
        ValueError: samples without a sample rate.
        AudioFileError: the file cannot be read.
    """

    def __init__(
        self,
        audio_path_or_array: Any,
        sample_rate: int | None = None,
        stft_params: Any = None,
        offset: float = 0.0,
        duration: float | None = None,
        device: Any = None,
    ) -> None:
        self.stft_params = stft_params
        self.metadata: dict[str, Any] = {}
        self.path_to_file: Any = None
        self._data: torch.Tensor
        if isinstance(audio_path_or_array, (str, Path)):
            samples, rate = sound.read(Path(audio_path_or_array), offset, duration)
            self.path_to_file = audio_path_or_array
            self.audio_data, self.sample_rate = torch.from_numpy(samples), rate
        else:
            if sample_rate is None:
                raise ValueError("AudioSignal expects a sample_rate with its samples")
            self.audio_data, self.sample_rate = torch.as_tensor(np.asarray(audio_path_or_array)), int(sample_rate)
            if isinstance(audio_path_or_array, torch.Tensor):
                self.audio_data = audio_path_or_array
        if device is not None:
            self.to(device)

    @classmethod
    def zeros(
        cls, duration: float, sample_rate: int, num_channels: int = 1, batch_size: int = 1, **options: Any
    ) -> AudioSignal:
        """Return so many seconds of silence."""
        return cls(torch.zeros(batch_size, num_channels, int(duration * sample_rate)), sample_rate, **options)

    @classmethod
    def batch(cls, audio_signals: Sequence[AudioSignal], pad_signals: bool = False, **_options: Any) -> AudioSignal:
        """Return several signals of one rate as one; shorter ones get silence at their end if ``pad_signals``."""
        rates, lengths = {item.sample_rate for item in audio_signals}, {item.signal_length for item in audio_signals}
        if len(rates) > 1:
            raise ValueError(f"signals of one sample rate are expected, not of {sorted(rates)} Hz")
        if len(lengths) > 1 and not pad_signals:
            raise ValueError("signals of one length are expected, or pad_signals=True")
        padded = [item.clone().zero_pad_to(max(lengths)) for item in audio_signals]
        return cls(torch.cat([item.audio_data for item in padded]), rates.pop())

    # ----- what it is

    @property
    def audio_data(self) -> torch.Tensor:
        """The samples, ``(batch, channels, samples)``."""
        return self._data

    @audio_data.setter
    def audio_data(self, data: Any) -> None:
        tensor = torch.as_tensor(data)
        if not tensor.is_floating_point():
            tensor = tensor.float()
        while tensor.ndim < _DIMENSIONS:
            tensor = tensor.unsqueeze(0)
        if tensor.ndim != _DIMENSIONS:
            raise ValueError(f"samples of shape (batch, channels, samples) are expected, not {tuple(tensor.shape)}")
        self._data = tensor.float() if tensor.dtype == torch.float64 else tensor

    samples = audio_data

    @property
    def device(self) -> torch.device:
        """Where the samples lie."""
        return self._data.device

    @property
    def shape(self) -> torch.Size:
        """``(batch, channels, samples)``."""
        return self._data.shape

    @property
    def batch_size(self) -> int:
        """How many sounds it holds."""
        return int(self._data.shape[0])

    @property
    def num_channels(self) -> int:
        """Channels of each."""
        return int(self._data.shape[1])

    @property
    def signal_length(self) -> int:
        """Samples of each channel."""
        return int(self._data.shape[2])

    length = signal_length

    @property
    def signal_duration(self) -> float:
        """Seconds."""
        return self.signal_length / self.sample_rate

    duration = signal_duration

    # ----- copies and places

    def clone(self) -> AudioSignal:
        """Return a signal of its own with the same samples."""
        twin = copy.copy(self)
        twin._data, twin.metadata = self._data.clone(), dict(self.metadata)
        return twin

    copy = deepcopy = clone

    def detach(self) -> AudioSignal:
        """Forget how the samples were computed."""
        self._data = self._data.detach()
        return self

    def to(self, device: Any) -> AudioSignal:
        """Bring the samples to a device."""
        self._data = self._data.to(device)
        return self

    def cpu(self) -> AudioSignal:
        """Bring the samples to the processor."""
        return self.to("cpu")

    def cuda(self) -> AudioSignal:
        """Bring the samples to the GPU."""
        return self.to("cuda")

    def numpy(self) -> Any:
        """Return the samples as an array, ``(batch, channels, samples)``."""
        return self._data.detach().cpu().numpy()

    def write(self, audio_path: Any) -> AudioSignal:
        """Write the first sound into a file: 24 bits, or floats where it is too loud for that."""
        sound.write(Path(audio_path), self.numpy()[0], self.sample_rate)
        self.path_to_file = audio_path
        return self

    # ----- what changes it

    def to_mono(self) -> AudioSignal:
        """Mix its channels to one, their mean."""
        self._data = self._data.mean(1, keepdim=True)
        return self

    def resample(self, sample_rate: int) -> AudioSignal:
        """Change the rate to so many Hz."""
        rate = int(sample_rate)
        if rate != self.sample_rate:
            changed = sound.resampled(self.numpy(), self.sample_rate, rate)
            self._data = torch.from_numpy(changed).to(self.device)
            self.sample_rate = rate
        return self

    def zero_pad(self, before: int, after: int) -> AudioSignal:
        """Put so many silent samples before and after."""
        self._data = torch.nn.functional.pad(self._data, (int(before), int(after)))
        return self

    def zero_pad_to(self, length: int, mode: str = "after") -> AudioSignal:
        """Put silence after it (or ``"before"``) until it has so many samples."""
        missing = max(int(length) - self.signal_length, 0)
        return self.zero_pad(missing, 0) if mode == "before" else self.zero_pad(0, missing)

    def trim(self, before: int, after: int) -> AudioSignal:
        """Cut so many samples off its start and its end."""
        self._data = self._data[..., int(before) : self.signal_length - int(after)]
        return self

    def truncate_samples(self, length_in_samples: int) -> AudioSignal:
        """Keep the first samples."""
        self._data = self._data[..., : int(length_in_samples)]
        return self

    def loudness(self, *_arguments: Any, **_options: Any) -> torch.Tensor:
        """Return the loudness of each sound, ``(batch,)``, in LUFS (ITU-R BS.1770-4), -70 at least."""
        values = [loudness(item, self.sample_rate) for item in self.numpy()]
        return torch.tensor(values, dtype=torch.float32, device=self.device)

    def normalize(self, db: Any = -24.0) -> AudioSignal:
        """Bring the loudness to ``db`` LUFS; what is silent stays so."""
        now = self.loudness()
        wanted = torch.as_tensor(db, dtype=torch.float32, device=self.device)
        return self._gained(torch.where(now > QUIETEST, wanted - now, torch.zeros_like(now)))

    def volume_change(self, db: Any) -> AudioSignal:
        """Make it louder by so many dB."""
        return self._gained(torch.as_tensor(db, dtype=torch.float32, device=self.device))

    def _gained(self, db: torch.Tensor) -> AudioSignal:
        self._data = self._data * (10.0 ** (db / 20.0)).reshape(-1, 1, 1)
        return self

    def ensure_max_of_audio(self, max: float = 1.0) -> AudioSignal:  # noqa: A002
        """Turn sounds down whose largest sample is larger than ``max``."""
        peak = self._data.abs().amax((1, 2), keepdim=True)
        self._data = self._data * torch.where(peak > max, max / peak.clamp(min=1e-12), torch.ones_like(peak))
        return self

    # ----- arithmetic

    def __add__(self, other: Any) -> AudioSignal:
        return self._new(self._data + _samples(other))

    def __sub__(self, other: Any) -> AudioSignal:
        return self._new(self._data - _samples(other))

    def __mul__(self, other: Any) -> AudioSignal:
        return self._new(self._data * _samples(other))

    def __truediv__(self, other: Any) -> AudioSignal:
        return self._new(self._data / _samples(other))

    __radd__ = __add__
    __rmul__ = __mul__

    def _new(self, data: torch.Tensor) -> AudioSignal:
        twin = self.clone()
        twin.audio_data = data
        return twin

    def __getitem__(self, key: Any) -> AudioSignal:
        part = self._data[key]
        return self._new(part.unsqueeze(0) if part.ndim == _DIMENSIONS - 1 else part)

    def __len__(self) -> int:
        return self.batch_size

    def float(self) -> AudioSignal:
        """Make the samples 32-bit floats."""
        self._data = self._data.float()
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise ModelRunError(
            f"AudioSignal.{name} is not in Harpist’s stand-in for audiotools: install descript-audiotools for it."
        )
