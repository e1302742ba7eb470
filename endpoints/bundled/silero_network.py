"""The network of silero-vad 6 (Silero Team: "Silero VAD", 2024, https://github.com/snakers4/silero-vad) for 16 kHz.

A short-time Fourier transform of 32 ms, with the 4 ms before it, four convolutions, and an LSTM from one 32 ms to the
next. Written anew, so that all but the LSTM runs over many frames at once; the weights are those of the package.
"""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from endpoints.bundled.torchscript_tensors import read_torchscript

HOP = 512
"""Samples at 16 kHz of which each gets one probability of its own."""


class SileroNetwork(nn.Module):
    """Mono sound at 16 kHz to the probability of speech in each 512 samples of it."""

    def __init__(self) -> None:
        super().__init__()
        self.hop = HOP
        self.context = 64  # samples that a frame hears of the one before
        self.size, self.step, self.bins = 256, 128, 129
        self.block = 512  # frames that are worked on at once, so that memory does not grow with the sound
        self.spectrum = nn.Linear(self.size, 2 * self.bins, bias=False)
        self.layers = nn.Sequential(
            nn.Conv1d(self.bins, 128, 3, padding=1),
            nn.ReLU(),
            nn.Conv1d(128, 64, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv1d(64, 64, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv1d(64, 128, 3, padding=1),
            nn.ReLU(),
        )
        self.memory = nn.LSTM(128, 128)
        self.decision = nn.Linear(128, 1)

    def features(self, frames: torch.Tensor) -> torch.Tensor:
        """What the LSTM hears of each frame, shape `(n, 128)`, of frames with their context, shape `(n, 576)`."""
        mirrored = torch.nn.functional.pad(frames.unsqueeze(1), (0, self.context), mode="reflect").squeeze(1)
        spectra = self.spectrum(mirrored.unfold(1, self.size, self.step))
        magnitudes = torch.hypot(spectra[:, :, : self.bins], spectra[:, :, self.bins :])
        return self.layers(magnitudes.transpose(1, 2)).squeeze(2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the probability of speech in each 512 samples of `x`, shape `(samples,)`: `(frames,)`, 0 to 1.

        Silence comes before `x`, and behind it as far as the last frame reaches.
        """
        count = (x.shape[0] + self.hop - 1) // self.hop
        padded = torch.nn.functional.pad(x, (self.context, count * self.hop - x.shape[0]))
        frames = padded.unfold(0, self.hop + self.context, self.hop)
        heard = [self.features(frames[i : i + self.block]) for i in range(0, count, self.block)]
        states, _ = self.memory(torch.cat(heard).unsqueeze(1))
        return torch.sigmoid(self.decision(torch.relu(states.squeeze(1)))).squeeze(1)


_NAMES = {
    "stft.forward_basis_buffer": "spectrum.weight",
    **{f"encoder.{i}.reparam_conv.{kind}": f"layers.{2 * i}.{kind}" for i in range(4) for kind in ("weight", "bias")},
    **{f"decoder.rnn.{kind}": f"memory.{kind}_l0" for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")},
    "decoder.decoder.2.weight": "decision.weight",
    "decoder.decoder.2.bias": "decision.bias",
}


def silero_network(content: bytes) -> SileroNetwork:
    """Return the network with the weights of the package's `silero_vad.jit`, of which no code is run.

    The same package's `silero_vad_16k.safetensors` holds other weights, which are not those that it uses by default.

    Raises:
        ValueError: they are not that network's.
    """
    network = SileroNetwork()
    wanted = network.state_dict()
    try:
        found = read_torchscript(content)
        network.load_state_dict(
            {own: found[f"_model.{theirs}"].reshape(wanted[own].shape) for theirs, own in _NAMES.items()}
        )
    except (KeyError, ValueError, RuntimeError) as error:
        raise ValueError(f"not the weights of silero-vad: {error}") from error
    return network.eval()
