"""PyPI's ``torchaudio`` beside the build of PyTorch for processors, where it does not load by itself.

Its compiled part, of which most of it has no need, is built for CUDA and does not load there; and since 2.9 it reads
and writes files with torchcodec alone, which needs FFmpeg's libraries. Here it does without the one, and files are
read and written as everywhere in Harpist where the other is missing.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

_COMPILED = "torchaudio._extension"


class TorchaudioFinder:
    """Answers imports of torchaudio and of its compiled part, once it is installed."""

    def find_spec(self, name: str, path: Any = None, _target: object = None) -> ModuleSpec | None:
        """Return how to import ``name``, or ``None`` where nothing needs to be made good."""
        if name == "torchaudio":
            spec = PathFinder.find_spec(name, path)
            if spec is not None and spec.loader is not None:
                spec.loader = cast(Loader, _Mended(spec.loader))
            return spec
        if name == _COMPILED and not all(_loads(Path(folder)) for folder in path or ()):
            return ModuleSpec(name, cast(Loader, _Absent()))
        return None


def _loads(package: Path) -> bool:
    """Whether the compiled part of the torchaudio in a folder loads beside this PyTorch."""
    import torch

    operators: Any = torch.ops
    try:
        for library in (package / "lib").glob("_torchaudio*.so"):
            operators.load_library(str(library))
    except OSError:
        return False
    return True


class _Absent:
    """Makes a module that says that there is no compiled part."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = ModuleType(spec.name)
        vars(module).update(
            _IS_TORCHAUDIO_EXT_AVAILABLE=False,
            _IS_ALIGN_AVAILABLE=False,
            _check_cuda_version=lambda: None,
            fail_if_no_align=_refusing,
        )
        return module

    def exec_module(self, _module: ModuleType) -> None:
        """Do nothing: it is made."""


def _refusing(function: Callable[..., Any]) -> Callable[..., Any]:
    def refused(*_arguments: Any, **_options: Any) -> Any:
        raise RuntimeError(
            f"torchaudio’s {function.__name__} needs its compiled part, which does not load beside this PyTorch"
        )

    return refused


class _Mended:
    """Imports the real torchaudio, then lets it read and write files without torchcodec."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        if importlib.util.find_spec("torchcodec") is None:
            vars(module).update(load=load, save=save)
            vars(module).setdefault("info", info)


def load(
    uri: Any,
    frame_offset: int = 0,
    num_frames: int = -1,
    normalize: bool = True,  # noqa: ARG001
    channels_first: bool = True,
    **_options: Any,
) -> tuple[Any, int]:
    """Return a file's samples, a tensor ``(channels, n)``, and its rate in Hz.

    Raises:
        AudioFileError: it cannot be read.
    """
    import torch

    from app.pyharp_apps.stand_ins import sound

    samples, rate = sound.read(Path(uri))
    last = None if num_frames < 0 else frame_offset + num_frames
    tensor = torch.from_numpy(samples[:, frame_offset:last].copy())
    return (tensor if channels_first else tensor.T), rate


def save(uri: Any, src: Any, sample_rate: int, channels_first: bool = True, **_options: Any) -> None:
    """Write samples, a tensor ``(channels, n)``, into a file of the kind that its ending names."""
    from app.pyharp_apps.stand_ins import sound

    samples = src.detach().cpu().float().numpy()
    sound.write(Path(uri), samples if channels_first else samples.T, int(sample_rate))


def info(uri: Any, **_options: Any) -> Any:
    """Return a file's ``sample_rate``, ``num_frames`` and ``num_channels``."""
    from app.audio.io import probe

    found = probe(Path(uri))
    return SimpleNamespace(
        sample_rate=found.sample_rate, num_frames=found.samples, num_channels=found.channels, bits_per_sample=0
    )
