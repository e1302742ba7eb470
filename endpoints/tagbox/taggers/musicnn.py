"""musicnn as a tagger to steer by: see :mod:`endpoints.bundled.musicnn_network`."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from endpoints.bundled.music_tags import MSD, MTT
from endpoints.bundled.musicnn_network import FRAMES, LogMel, Musicnn
from endpoints.bundled.network_weights import MUSICNN
from endpoints.bundled.tensor_bundle import read_tensors
from endpoints.tagbox.taggers.tagger import looped

_SURE = 1e-6
"""How near to 0 and 1 a probability is taken for what it says."""


class MusicnnTagger:
    """The network that learnt MagnaTagATune, or the Million Song Dataset, on 3 s at a time.

    Args:
        network: maps patches to probabilities.
        tags: their words.
        device: where it computes, a torch device's name.
    """

    def __init__(self, network: Musicnn, tags: Sequence[str] = MTT, device: str = "cpu") -> None:
        self.tags = tuple(tag.lower() for tag in tags)
        self._device = torch.device(device)
        self._network = network.requires_grad_(False).to(device)
        self._heard = LogMel().to(device)
        self._samples = FRAMES * self._heard.hop
        self._reach = (FRAMES - 1) * self._heard.hop + self._heard.size

    def excerpt(self, sound: torch.Tensor, start: int) -> torch.Tensor:
        """Hear 3 s of a sound that goes round; see :class:`endpoints.tagbox.taggers.tagger.Tagger`."""
        # The first frame's middle is the start.
        heard = looped(sound, start - self._heard.size // 2, self._reach)
        return self._logits(heard.to(self._device)).to(sound.device)

    def opinion(self, sound: torch.Tensor) -> torch.Tensor:
        """Return the mean over the whole, 3 s by 3 s."""
        with torch.no_grad():
            starts = range(0, max(1, sound.shape[0] - self._samples // 2), self._samples)
            heard = [self.excerpt(sound, start).sigmoid() for start in starts]
            return torch.stack(heard).mean(0)

    def _logits(self, sound: torch.Tensor) -> torch.Tensor:
        spectra = torch.fft.rfft(sound.unfold(0, self._heard.size, self._heard.hop) * self._heard.window)
        # Not the square of a magnitude: its gradient is none where the sound is silent.
        power = (spectra.real.square() + spectra.imag.square()) @ self._heard.bands
        probable = self._network(self._heard.compressed(power)[None])[0]
        return torch.logit(probable.clamp(_SURE, 1 - _SURE))


def musicnn(device: str = "cpu") -> MusicnnTagger:
    """Return the tagger that learnt MagnaTagATune, with the authors' weights, on a device.

    Raises:
        WeightsMissingError: the package that they ship in is not installed.
    """
    index, data = MUSICNN[:2]
    return MusicnnTagger(Musicnn(read_tensors(index.read(), data.read())).eval(), MTT, device)


def musicnn_msd(device: str = "cpu") -> MusicnnTagger:
    """Return the one that learnt the Million Song Dataset, whose words are mostly of genres.

    Raises:
        WeightsMissingError: the package that its weights ship in is not installed.
    """
    index, data = MUSICNN[2:]
    return MusicnnTagger(Musicnn(read_tensors(index.read(), data.read())).eval(), MSD, device)
