"""The paper's own description: what a neural codec makes of the mixture, before it is quantised.

The mixture goes through the codec once, and what comes out is from then on the mixture with which an estimate is
compared: what the codec cannot say is no part of any estimate, and the mask does not take it for something missing.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from app.audio.mix import mono_of
from endpoints.tagbox.latents.codec_network import CodecNetwork
from endpoints.tagbox.latents.resampling import resampled
from endpoints.tagbox.taggers.tagger import RATE


class CodecLatent:
    """The codec's numbers for a window.

    Args:
        sound: ``(channels, samples)``, not silent; the codec hears the mean of the channels.
        rate: in Hz.
        codec: the network.
        tick: called in long loops; what it raises ends them.
    """

    free = True

    def __init__(self, sound: torch.Tensor, rate: int, codec: CodecNetwork, tick: Callable[[], None]) -> None:
        self._rate, self._samples, self._codec = rate, sound.shape[-1], codec
        codec.tick = tick
        mono = torch.from_numpy(mono_of(sound.numpy())[0][0])
        heard = resampled(mono, rate, codec.rate)
        self._long = heard.shape[-1]
        with torch.no_grad():
            latent = codec.encode(heard)
            rendered = codec.decode(latent, self._long).to(torch.device("cpu"))
        self.mixture = resampled(rendered, codec.rate, RATE)
        self.reference = self._at_own_rate(rendered)
        self.parameters = [latent.detach().clone().requires_grad_()]
        # A step of the authors' is large beside what it changes: 5 to 20, of any codec's numbers the deviation.
        self.step = max(float(latent.std(correction=0)), 1e-6)

    def decode(self, draw: torch.Generator | None) -> torch.Tensor:
        """Return the decoded sound, mono at 16 kHz; nothing in it is random."""
        return resampled(self._decoded(), self._codec.rate, RATE)

    def estimate(self) -> torch.Tensor:
        """Return the decoded sound at the region's rate, ``(1, samples)``."""
        with torch.no_grad():
            return self._at_own_rate(self._decoded())

    def _decoded(self) -> torch.Tensor:
        return self._codec.decode(self.parameters[0], self._long).to(torch.device("cpu"))

    def _at_own_rate(self, sound: torch.Tensor) -> torch.Tensor:
        made = resampled(sound, self._codec.rate, self._rate)[None, : self._samples]
        return torch.nn.functional.pad(made, (0, self._samples - made.shape[-1]))
