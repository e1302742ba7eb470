"""Mel-Band RoFormer (Wang, Lu, Won 2023): built by the package, with weights read from a pickle of plain tensors.

What such a file cannot tell stands here, from the configurations that the authors published beside the files, which
agree in it: ``config_vocals_mel_band_roformer.yaml`` and ``config_deux_becruily.yaml``. How wide and how deep a
network is, its tensors tell.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from app.errors import ModelRunError
from endpoints.bundled.musicnn_network import slaney_bands
from endpoints.stems.network import Network
from endpoints.stems.versions import RATE

SPECTRA: Mapping[str, Any] = {
    "sample_rate": RATE,
    "stereo": True,
    "stft_n_fft": 2048,
    "stft_hop_length": 441,
    "stft_win_length": 2048,
    "stft_normalized": False,
    "dim_freqs_in": 1025,
}
"""How the published networks hear, both of them."""

_PACKAGE = "mel_band_roformer"
_SLICES = 16
"""How many times each half of a layer tells of itself, on a processor."""
_BANDS = 6
"""After how many bands of a mask it does: these take about as long as a slice."""


def open_roformer(path: Path, sources: Sequence[str], segment: int, device: str) -> Network:
    """Return the network in a file, which always gets ``segment`` samples.

    Raises:
        ModelRunError: the file is no such network, or one for other stems.
    """
    tensors = _read(path)
    try:
        found = arguments(tensors)
        if found["num_stems"] != len(sources):
            raise ModelRunError(
                f"{path.name} is a network for {found['num_stems']} stems; {len(sources)} ({', '.join(sources)}) "
                "are expected."
            )
        with warnings.catch_warnings():
            # The class counts frequencies by a transform without a window.
            warnings.filterwarnings("ignore", "A window was not provided", UserWarning)
            model = network_class()(**found)
        model.load_state_dict(tensors, assign=True)
    except (KeyError, IndexError, ArithmeticError, TypeError, ValueError, AssertionError, RuntimeError) as error:
        raise ModelRunError(f"The weights in {path.name} do not fit a Mel-Band RoFormer.") from error
    return _ready(model.requires_grad_(False), segment, device)


def arguments(tensors: Mapping[str, torch.Tensor]) -> dict[str, Any]:
    """Return the arguments of the class that these weights are for.

    Raises:
        KeyError, IndexError: they lack some.
    """

    def count(*before: str) -> int:
        """Return how many follow, numbered from 0."""
        start = ".".join(before) + "."
        return len({name[len(start) :].partition(".")[0] for name in tensors if name.startswith(start)})

    attention = "layers.0.0.layers.0.0"
    heads = tensors[f"{attention}.to_gates.weight"].shape[0]
    # One linear map more than its depth; what lies between them has no weights.
    steps = {name.split(".")[5] for name in tensors if name.startswith("mask_estimators.0.to_freqs.0.0.")}
    return {
        **SPECTRA,
        "dim": tensors[f"{attention}.norm.gamma"].shape[0],
        "depth": count("layers"),
        "num_stems": count("mask_estimators"),
        "time_transformer_depth": count("layers", "0", "0", "layers"),
        "freq_transformer_depth": count("layers", "0", "1", "layers"),
        "num_bands": count("band_split", "to_features"),
        "dim_head": tensors[f"{attention}.to_qkv.weight"].shape[0] // 3 // heads,
        "heads": heads,
        "attn_dropout": 0.0,
        "ff_dropout": 0.0,
        "flash_attn": True,
        "mask_estimator_depth": len(steps) - 1,
    }


def mel_bands(sr: int, n_fft: int, n_mels: int) -> NDArray[np.float32]:
    """Return the bands ``(n_mels, n_fft // 2 + 1)`` on Slaney's scale, by the names that the package calls them with.

    The package puts the first and the last frequency into the outer bands by itself.
    """
    bands: NDArray[np.float32] = slaney_bands(n_mels, n_fft, sr).numpy().T.copy()
    return bands


def network_class() -> Any:
    """Return the package's class, without what its front door imports: a downloader and a command line.

    Of librosa it takes one function, and nothing else; that is ours here, so that none of librosa's own dozen libraries
    need be installed.
    """
    name = f"{_PACKAGE}.{_PACKAGE}"
    if name not in sys.modules:
        spec = importlib.util.find_spec(_PACKAGE)
        if spec is None:
            raise ModelRunError(f"The library {_PACKAGE} is not installed.")
        filters = ModuleType("librosa.filters")
        vars(filters)["mel"] = mel_bands
        librosa = ModuleType("librosa")
        vars(librosa)["filters"] = filters
        front = importlib.util.module_from_spec(spec)
        with _standing_in({"librosa": librosa, "librosa.filters": filters, _PACKAGE: front}):
            importlib.import_module(name)
    return sys.modules[name].MelBandRoformer


@contextmanager
def _standing_in(modules: Mapping[str, ModuleType]) -> Iterator[None]:
    """Have imports find these modules for a while."""
    before = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


class _Stems(torch.nn.Module):
    """The network as others are: a place for each stem, also where there is only one."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, mix: torch.Tensor) -> torch.Tensor:
        with warnings.catch_warnings():
            # The package chooses how attention is computed by a name that PyTorch has given up.
            warnings.filterwarnings("ignore", ".*sdp_kernel", FutureWarning)
            stems: torch.Tensor = self.network(mix)
        return stems[:, None] if stems.ndim == 3 else stems


class _InSlices(torch.nn.Module):
    """A transformer that goes through its sequences a few at a time: they know nothing of each other."""

    def __init__(self, transformer: torch.nn.Module, slices: int) -> None:
        super().__init__()
        self.transformer = transformer
        self.slices = slices

    def forward(self, sequences: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.transformer(some) for some in sequences.chunk(self.slices)])


def _ready(model: Any, segment: int, device: str) -> Network:
    """Return a network of the package that tells how far it is several times in each of its layers."""
    slices = _SLICES if torch.device(device).type == "cpu" else 1
    parts = [one for layer in model.layers for one in layer]
    for layer in model.layers:
        for place, transformer in enumerate(layer):
            layer[place] = _InSlices(transformer, slices)
    masks = [one.to_freqs[band] for one in model.mask_estimators for band in range(0, len(one.to_freqs), _BANDS)]
    return Network(_Stems(model), segment, parts + masks, device, slices * len(parts) + len(masks))


def _read(path: Path) -> dict[str, torch.Tensor]:
    """Return the tensors of a pickle, by name; they stay in the file until they are needed.

    Raises:
        ModelRunError: it cannot be read, or holds something else.
    """
    try:
        found = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except (OSError, EOFError, ValueError, RuntimeError, UnpicklingError) as error:
        raise ModelRunError(f"{path.name} cannot be read as tensors that PyTorch saved.") from error
    if not isinstance(found, dict) or not all(isinstance(value, torch.Tensor) for value in found.values()):
        raise ModelRunError(f"{path.name} holds more than tensors by their names.")
    return {str(name): value.float() for name, value in found.items()}
