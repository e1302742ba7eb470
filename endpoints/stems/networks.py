"""The networks of a version, each opened when it is first needed, as its family is opened."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.audacitorch.inference.precision import FLOAT32
from app.errors import ModelRunError
from endpoints.stems.htdemucs import open_htdemucs
from endpoints.stems.network import Network, Samples, Tick, ignore
from endpoints.stems.roformer import open_roformer
from endpoints.stems.versions import ROFORMER_FAMILY, Version


class Networks:
    """The networks of one version, each loaded when a stem first needs it.

    Args:
        version: which.
        folder: where its files are.
        device: a torch device's name.
        precision: what the operator asked for, one of :data:`app.config.PRECISIONS`.

    Attributes:
        notice: what the user reads where a network that was loaded does not compute so, else ``""``.
    """

    def __init__(self, version: Version, folder: Path, device: str, precision: str = FLOAT32) -> None:
        self.version = version
        self._folder = folder
        self.notice = ""
        self._device = device
        self._precision = precision
        self._loaded: dict[str, Network] = {}

    def load(self, stems: Sequence[str]) -> int:
        """Load what these stems need; return the length of a segment, in samples.

        Raises:
            ModelRunError: a file is not what it must be, or they differ in their segments.
        """
        lengths = {self._network(self.version.files[stem]).segment for stem in stems}
        if len(lengths) != 1:
            raise ModelRunError(f"The networks of {self.version.name} differ in the length of their segments.")
        return lengths.pop()

    def __call__(self, mix: Samples, stems: Sequence[str], tick: Tick = ignore) -> Samples:
        """Map ``mix (2, segment)`` to ``stems``, by their names in the package, ``(stems, 2, segment)``."""
        result = np.empty((len(stems), *mix.shape), np.float32)
        files = list(dict.fromkeys(self.version.files[stem] for stem in stems))
        for number, file in enumerate(files):
            places = [place for place, stem in enumerate(stems) if self.version.files[stem] == file]
            rows = [self.version.sources.index(stems[place]) for place in places]

            def told(share: float, number: int = number) -> None:
                tick((number + share) / len(files))

            result[places] = self._network(file)(mix, rows, told)
        return result

    def _network(self, file: str) -> Network:
        if file not in self._loaded:
            network = _opened(self.version, self._folder / file, self._device)
            self.notice = network.settle(self._precision) or self.notice
            self._loaded[file] = network
        return self._loaded[file]


def _opened(version: Version, path: Path, device: str) -> Network:
    if version.family == ROFORMER_FAMILY:
        return open_roformer(path, version.sources, version.segment, device)
    return open_htdemucs(path, version.sources, device)
