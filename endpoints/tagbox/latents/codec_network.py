"""Codecs as networks: sound to numbers, and the numbers, once quantised, to sound.

DAC: R. Kumar, P. Seetharaman, A. Luebs, I. Kumar, K. Kumar: "High-fidelity audio compression with improved RVQGAN",
NeurIPS 2023. EnCodec: A. Défossez, J. Copet, G. Synnaeve, Y. Adi: "High fidelity neural audio compression", TMLR 2023.
Both are built by the library ``transformers``; the class is looked up here, whatever a file says of itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import torch
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from app.errors import ModelRunError
from endpoints.tagbox.codecs import DAC_FAMILY, ENCODEC_FAMILY, PublishedCodec

Tick = Callable[[], None]
_LEAST = 1e-8


class CodecNetwork(Protocol):
    """A codec, on its device.

    Attributes:
        rate: of its sound, in Hz.
        device: where its numbers live.
        tick: called between its parts; what it raises ends the call.
    """

    rate: int
    device: torch.device
    tick: Tick

    def encode(self, sound: torch.Tensor) -> torch.Tensor:
        """Return what describes a sound ``(samples,)``, before it is quantised; shapes are the codec's own."""
        ...

    def decode(self, latent: torch.Tensor, samples: int) -> torch.Tensor:
        """Return the sound ``(samples,)`` of a description that is quantised first; gradients reach the description."""
        ...


def straight_through(latent: torch.Tensor, quantised: torch.Tensor) -> torch.Tensor:
    """Return what was quantised, with the gradient of what it was before.

    Y. Bengio, N. Léonard, A. Courville: "Estimating or propagating gradients through stochastic neurons for
    conditional computation", arXiv 1308.3432.
    """
    return latent + (quantised - latent).detach()


class Dac:
    """DAC: one channel, as a whole.

    Args:
        model: the library's.
        device: a torch device's name.
    """

    def __init__(self, model: Any, device: str) -> None:
        self.rate, self.device = int(model.config.sampling_rate), torch.device(device)
        self.tick: Tick = _nothing
        self._hop = int(model.config.hop_length)
        self._model = model.eval().requires_grad_(False).to(device)
        for block in model.decoder.block:
            _remember_less(block, self._told)

    def encode(self, sound: torch.Tensor) -> torch.Tensor:
        """Return ``(1, size, frames)``."""
        filled = functional.pad(sound, (0, -sound.shape[0] % self._hop))
        found: torch.Tensor = self._model.encoder(filled[None, None].to(self.device))
        return found

    def decode(self, latent: torch.Tensor, samples: int) -> torch.Tensor:
        """Return the sound of a description, quantised by every codebook."""
        with torch.no_grad():
            quantised = self._model.quantizer(latent)[0]
        made = self._model.decoder(straight_through(latent, quantised)).flatten()
        return functional.pad(made, (0, max(0, samples - made.shape[0])))[:samples]

    def _told(self) -> None:
        self.tick()


class Encodec:
    """EnCodec for music: pieces of a second, each at a level of its own.

    Args:
        model: the library's.
        device: a torch device's name.
    """

    def __init__(self, model: Any, device: str) -> None:
        config = model.config
        self.rate, self.device = int(config.sampling_rate), torch.device(device)
        self.tick: Tick = _nothing
        self._channels, self._finest = int(config.audio_channels), max(config.target_bandwidths)
        self._piece, self._stride = int(config.chunk_length), int(config.chunk_stride)
        self._model = model.eval().requires_grad_(False).to(device)
        self._levels = torch.ones(1, 1)
        for part in model.modules():
            if isinstance(part, torch.nn.LSTM):
                part.train()  # on a graphics card there is no gradient of one that is not; nothing is random in it
        _remember_less(model.decoder.layers, self._told)

    def encode(self, sound: torch.Tensor) -> torch.Tensor:
        """Return ``(pieces, size, frames)``; the level of each piece is kept for :meth:`decode`."""
        pieces = self._pieces(sound).to(self.device)
        self._levels = pieces.square().mean(1, keepdim=True).sqrt() + _LEAST
        found: torch.Tensor = self._model.encoder((pieces / self._levels)[:, None].expand(-1, self._channels, -1))
        return found

    def decode(self, latent: torch.Tensor, samples: int) -> torch.Tensor:
        """Return the sound of a description, quantised as finely as the codec can; the mean of its channels."""
        with torch.no_grad():
            codes = self._model.quantizer.encode(latent, self._finest)
            quantised = self._model.quantizer.decode(codes)
        pieces = self._model.decoder(straight_through(latent, quantised)).mean(1) * self._levels
        made = self._joined(pieces)
        return functional.pad(made, (0, max(0, samples - made.shape[0])))[:samples]

    def _pieces(self, sound: torch.Tensor) -> torch.Tensor:
        """Return a sound ``(samples,)`` in pieces that overlap a little, ``(pieces, length)``."""
        count = max(1, math.ceil((sound.shape[0] - self._piece) / self._stride) + 1)
        filled = functional.pad(sound, (0, (count - 1) * self._stride + self._piece - sound.shape[0]))
        return filled.unfold(0, self._piece, self._stride)

    def _joined(self, pieces: torch.Tensor) -> torch.Tensor:
        """Return pieces faded into each other: each counts most in its middle, as the authors have it."""
        places = torch.linspace(0, 1, self._piece + 2, device=pieces.device)[1:-1]
        weight = (0.5 - (places - 0.5).abs()).expand(len(pieces), -1)
        both = torch.stack([pieces[:, : self._piece] * weight, weight])
        length = (len(pieces) - 1) * self._stride + self._piece
        step = {"output_size": (1, length), "kernel_size": (1, self._piece), "stride": (1, self._stride)}
        summed = functional.fold(both.transpose(1, 2), **step).flatten(1)
        made: torch.Tensor = summed[0] / summed[1]
        return made

    def _told(self) -> None:
        self.tick()


def open_codec(codec: PublishedCodec, folder: Path, device: str) -> CodecNetwork:
    """Return a codec whose files lie in a folder.

    Raises:
        ModelRunError: they are not what they must be.
    """
    from safetensors import SafetensorError
    from transformers import DacModel, EncodecModel
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    kinds: dict[str, tuple[Any, Callable[[Any, str], CodecNetwork]]] = {
        DAC_FAMILY: (DacModel, Dac),
        ENCODEC_FAMILY: (EncodecModel, Encodec),
    }
    kind, wrapped = kinds[codec.family]
    try:
        model, told = kind.from_pretrained(folder, local_files_only=True, output_loading_info=True)
        network = wrapped(model, device)
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelRunError(f"The weights of {codec.name} cannot be read.") from error
    if told["missing_keys"] or told.get("mismatched_keys"):
        raise ModelRunError(f"The weights of {codec.name} do not fit the network that they say they are of.")
    return network


class _Remembered(torch.nn.Module):
    """A part of a network that keeps nothing for the way back: there it is computed once more.

    T. Chen, B. Xu, C. Zhang, C. Guestrin: "Training deep nets with sublinear memory cost", arXiv 1604.06174.
    """

    def __init__(self, part: torch.nn.Module, tick: Tick) -> None:
        super().__init__()
        self.part, self._tick = part, tick

    def forward(self, sound: torch.Tensor) -> torch.Tensor:
        self._tick()
        if not torch.is_grad_enabled():
            plain: torch.Tensor = self.part(sound)
            return plain
        made: torch.Tensor = checkpoint(self._again, sound, use_reentrant=False)
        return made

    def _again(self, sound: torch.Tensor) -> torch.Tensor:
        self._tick()
        made: torch.Tensor = self.part(sound)
        return made


def _remember_less(whole: torch.nn.Module, tick: Tick) -> None:
    """Replace the parts of a network, which take turns, by such as keep nothing."""
    for name, part in list(whole.named_children()):
        setattr(whole, name, _Remembered(part, tick))


def _nothing() -> None:
    """Tell nobody."""
