"""Models written against the real ``audacitorch`` package (0.0.4), the way their authors write them."""

import audacitorch
import torch


class TwoGains(audacitorch.WaveformToWaveformBase):
    """Two rows: the input at half and at a quarter of its level, through the wrapped model."""

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        y = self.model(x.unsqueeze(0)).squeeze(0)
        return torch.cat([0.5 * y, 0.25 * y], dim=0)


class Enhancer(audacitorch.WaveformToWaveformBase):
    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        return 0.5 * self.model(x)


class Stereo(audacitorch.WaveformToWaveformBase):
    """Stereo in, stereo out, the sides swapped."""

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        if x.shape[0] == 1:
            x = torch.cat([x, x], dim=0)
        return self.model(x).flip(0)


class Speech(audacitorch.WaveformToLabelsBase):
    """Class 1 for every half second whose level is above 0.1, else class 0."""

    def do_forward_pass(self, x: torch.Tensor):
        x = self.model(x)
        frames = x.shape[1] // 4000
        level = x[0, : frames * 4000].reshape(frames, 4000).abs().mean(dim=1)
        starts = torch.arange(frames) * 0.5
        return (level > 0.1).to(torch.int64), torch.stack([starts, starts + 0.5], dim=1)


class Short(audacitorch.WaveformToLabelsBase):
    """Breaks the package's rule that a label starts before it ends."""

    def do_forward_pass(self, x: torch.Tensor):
        return torch.zeros(1, dtype=torch.int64), torch.ones(1, 2)
