"""How likely each moment is a beat or begins a bar: a network over the strokes, with some ten seconds on both sides.

Residual blocks of dilated convolutions over time, as in M. E. P. Davies, S. Böck: "Temporal convolutional networks for
musical audio beat tracking", EUSIPCO 2019; beats and the first beats of bars are classes of one softmax, as in S. Böck,
F. Krebs, G. Widmer: "Joint beat and downbeat tracking with recurrent neural networks", ISMIR 2016. The weights are our
own, learnt from generated pieces alone (``python -m benchmarks.beat_network`` writes them).
"""

import hashlib
from pathlib import Path

import numpy as np
import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

WEIGHTS = Path(__file__).with_name("beat_network.npz")
SHA256 = "a250ddac61d18006e81a84b165b74c4afaf5b6fa162b9bd1ca47d0d6e3b9f65e"
"""Of the weights; written here so that other weights are another export."""

CHANNELS, LAYERS, KERNEL = 20, 8, 5
HEARD = 9
"""What is known of each moment: see :meth:`BeatNetwork.heard`."""


class Block(nn.Module):
    """A convolution over every so-manieth frame, added to what it got."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        reach = dilation * (KERNEL // 2)
        self.over_time = nn.Conv1d(CHANNELS, CHANNELS, KERNEL, padding=reach, dilation=dilation)
        self.mixed = nn.Conv1d(CHANNELS, CHANNELS, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Shape in and out: `(pieces, CHANNELS, frames)`."""
        added: torch.Tensor = self.mixed(nn.functional.elu(self.over_time(x)))
        return x + added


class BeatNetwork(nn.Module):
    """Strokes to log-probabilities; a frame is 20 ms inside, 10 ms outside."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv1d(HEARD, CHANNELS, KERNEL, padding=KERNEL // 2)
        self.blocks = nn.Sequential(*[Block(2**i) for i in range(LAYERS)])
        self.last = nn.Conv1d(CHANNELS, 3, 1)

    def heard(self, found: torch.Tensor, strokes: torch.Tensor, whole: torch.Tensor) -> torch.Tensor:
        """Lay strokes out in time.

        Args:
            found: frames of the strokes (10 ms), int64, ascending, shape `(n,)`.
            strokes: as :class:`endpoints.bundled.beat_activation.BeatActivation` returns them, shape `(n, 6)`.
            whole: likewise, shape `(frames,)`.

        Returns:
            Shape `(9, ceil(frames / 2))`: of each stroke the logarithms of 1 + strength in the five parts of the
            spectrum and of their mean, the change of harmony, and 1; and the same logarithm of `whole` at each moment.
            A stroke between two frames is on both by half.
        """
        parts = strokes[:, :5].clamp_min(0.0)
        known = [parts.log1p(), parts.mean(1, keepdim=True).log1p(), strokes[:, 5:], torch.ones_like(parts[:, :1])]
        marks = torch.cat(known, 1)
        later = 0.5 * (found % 2).to(marks.dtype).unsqueeze(1)
        count = (whole.shape[0] + 1) // 2
        rows = torch.zeros(count + 1, marks.shape[1], device=marks.device)
        rows.index_add_(0, found // 2, marks * (1.0 - later))
        rows.index_add_(0, found // 2 + 1, marks * later)
        louder = torch.nn.functional.pad(whole, (0, 2 * count - whole.shape[0])).view(-1, 2).amax(1).log1p()
        return torch.cat([rows[:count].t(), louder.unsqueeze(0)])

    def classes(self, heard: torch.Tensor) -> torch.Tensor:
        """Log-probabilities of no beat, a beat within a bar and a bar's first: `(pieces, 9, frames)` to `(…, 3, …)`."""
        x = nn.functional.elu(self.first(heard))
        return torch.log_softmax(self.last(nn.functional.elu(self.blocks(x))), 1)

    def forward(self, found: torch.Tensor, strokes: torch.Tensor, whole: torch.Tensor) -> torch.Tensor:
        """As :meth:`heard` and :meth:`classes`, in frames of 10 ms: shape `(3, frames)`; between frames, their mean."""
        coarse = self.classes(self.heard(found, strokes, whole).unsqueeze(0))[0]
        following = torch.cat([coarse[:, 1:], coarse[:, -1:]], 1)
        return torch.stack([coarse, 0.5 * (coarse + following)], 2).flatten(1)[:, : whole.shape[0]]


class BeatOdds(nn.Module):
    """What the network says for a beat of a bar, as logarithmic odds to add to those of `BeatEvidence`."""

    def __init__(self) -> None:
        super().__init__()
        self.network = trained()
        self.weight = 0.9
        self.bias = 0.5  # odds by which the network must be sure before it speaks for a beat
        self.other = 0.1  # how often a bar's first beat is taken for another, and the other way round
        self.most = 6.0

    def forward(self, classes: torch.Tensor, bars: list[int]) -> torch.Tensor:
        """Weigh what the network says.

        Args:
            classes: as :class:`BeatNetwork` returns them, shape `(3, frames)`.
            bars: the numbers of beats of bars.

        Returns:
            Shape `(frames, beats)`, the beats of all bars in a row.
        """
        none, within, first = classes.unbind(0)
        sure, unsure = torch.tensor(1.0 - self.other).log(), torch.tensor(self.other).log()
        begins = torch.logaddexp(first + sure, within + unsure) - none
        goes_on = torch.logaddexp(within + sure, first + unsure) - none
        rows: list[torch.Tensor] = []
        for beats in bars:
            for i in range(beats):
                row = begins if i == 0 else goes_on
                rows.append(self.weight * (row.clamp(-self.most, self.most) - self.bias))
        return torch.stack(rows, 1)


def trained() -> BeatNetwork:
    """Return the network with its weights; ValueError where the file is another than the one pinned."""
    if hashlib.sha256(WEIGHTS.read_bytes()).hexdigest() != SHA256:
        raise ValueError(f"{WEIGHTS.name} is not the file whose SHA-256 is in beat_network.py")
    return read(WEIGHTS)


def read(path: Path) -> BeatNetwork:
    """Return the network with the weights of a file."""
    network = BeatNetwork()
    with np.load(path) as stored:
        network.load_state_dict({name: torch.from_numpy(stored[name].astype(np.float32)) for name in stored.files})
    return network.eval().requires_grad_(False)
