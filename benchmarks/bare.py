"""The bare forward pass: a scripted model on samples that are in memory already, at its own rate, and nothing else."""

from __future__ import annotations

from pathlib import Path

import soundfile
import soxr
import torch

from app.audacitorch.torchscript import open_archive
from benchmarks.models import BenchmarkModel


class Bare:
    """A model's forward pass over one file, which is read and resampled before.

    Args:
        home: where the model lies.
        model: a mono model runs once per channel, as in the server.
        sound: the file.
        threads: of torch.
    """

    def __init__(self, home: Path, model: BenchmarkModel, sound: Path, threads: int) -> None:
        torch.set_num_threads(threads)
        self.model = open_archive(model.export(home) / "model.pt", torch.device("cpu"))
        self.model.eval()
        samples, rate = soundfile.read(sound, dtype="float32", always_2d=True)
        if rate != model.rate:
            samples = soxr.resample(samples, rate, model.rate)
        stacked = torch.from_numpy(samples.T.copy())
        self.rate = model.rate
        self._inputs = [stacked] if model.stereo else list(stacked[:, None])
        with torch.inference_mode():
            for _ in range(2):  # TorchScript compiles at its first calls
                self.model(self._inputs[0][:, : 2 * model.rate])

    def whole(self) -> None:
        """Run over each input at once."""
        with torch.inference_mode():
            for samples in self._inputs:
                self.model(samples)

    def pieces(self, seconds: float, share: int = 1, first: int = 0) -> None:
        """Run over pieces of ``seconds``, side by side, without overlap.

        Args:
            seconds: of a piece.
            share: of so many pieces, one is taken, spread over the region.
            first: the piece to begin with.
        """
        length = round(seconds * self.rate)
        with torch.inference_mode():
            for samples in self._inputs:
                for piece in samples.split(length, dim=1)[first::share]:
                    self.model(piece)
