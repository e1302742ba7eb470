"""The network of silero-vad 6 (Silero Team: "Silero VAD", 2024, https://github.com/snakers4/silero-vad) for 16 kHz.

A short-time Fourier transform of 32 ms, with the 4 ms before it, four convolutions, and an LSTM from one 32 ms to the
next. Written anew, so that many frames run at once; the weights are those of the package.

The original's LSTM keeps for minutes what it heard, so that what it says of a place depends on where the sound began.
Here it hears the 10 to 13 s before a place, which find as much speech, and the parts of a long sound what the whole
does. Up to 12.8 s both are the same.
"""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from endpoints.bundled.torchscript_tensors import read_torchscript

HOP = 512
"""Samples at 16 kHz of which each gets one probability of its own."""
STEP, REACH = 80, 320
"""Frames that are answered at once, and what the LSTM hears before them."""


class SileroNetwork(nn.Module):
    """Mono sound at 16 kHz to the probability of speech in each 512 samples of it."""

    def __init__(self) -> None:
        super().__init__()
        self.hop = HOP
        self.context = 64  # samples that a frame hears of the one before
        self.size, self.step, self.bins = 256, 128, 129
        self.stride, self.reach = STEP, REACH
        self.most = 512  # frames, and a tenth as many runs, at once, so that memory hardly grows with the sound
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
        found: torch.Tensor = self.layers(magnitudes.transpose(1, 2))
        return found.squeeze(2)

    def remembered(self, heard: torch.Tensor) -> torch.Tensor:
        """What the LSTM makes of features, shape `(frames, 128)`, with those before them: the same shape.

        It runs over stretches of 400 frames, each 80 later than the one before and from a state of its own.
        """
        count, length = heard.shape[0], self.reach + self.stride
        further = (max(count - length, 0) + self.stride - 1) // self.stride
        filled = torch.nn.functional.pad(heard, (0, 0, 0, length + further * self.stride - count))
        runs = filled.unfold(0, length, self.stride).permute(2, 0, 1)
        first, _ = self.memory(runs[:, :1])
        found = [first[:, 0]]
        at_once = self.most // 10
        for i in range(1, 1 + further, at_once):
            states, _ = self.memory(runs[:, i : i + at_once])
            found.append(states[self.reach :].transpose(0, 1).reshape(-1, states.shape[2]))
        return torch.cat(found)[:count]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the probability of speech in each 512 samples of `x`, shape `(samples,)`: `(frames,)`, 0 to 1.

        Silence comes before `x`, and behind it as far as the last frame reaches.
        """
        count = (x.shape[0] + self.hop - 1) // self.hop
        padded = torch.nn.functional.pad(x, (self.context, count * self.hop - x.shape[0]))
        frames = padded.unfold(0, self.hop + self.context, self.hop)
        heard = [self.features(frames[i : i + self.most]) for i in range(0, count, self.most)]
        return torch.sigmoid(self.decision(torch.relu(self.remembered(torch.cat(heard))))).squeeze(1)


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
