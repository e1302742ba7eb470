"""The networks themselves: built by the package, with weights read from safetensors.

A file's own data name the class and its arguments; the class is looked up in a list of ours, never imported by name.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from app.errors import ModelRunError
from endpoints.stems.versions import RATE, Version

Samples = NDArray[np.float32]
Tick = Callable[[float], None]
"""Takes the share that is done of one call, 0 to 1; what it raises ends the call."""


def _ignore(_: float) -> None:
    """Tell nobody."""


def _classes() -> dict[str, type[torch.nn.Module]]:
    """Every class that a file may name."""
    from demucs.htdemucs import HTDemucs

    return {"demucs.htdemucs.HTDemucs": HTDemucs}


class Network:
    """One network, ready on its device.

    Attributes:
        segment: how many samples it was trained on, which it always gets.

    Raises:
        ModelRunError: the file is no such network, or one for other stems.
    """

    def __init__(self, path: Path, sources: Sequence[str], device: str) -> None:
        model = _read(path)
        found = (
            tuple(getattr(model, "sources", ())),
            getattr(model, "samplerate", 0),
            getattr(model, "audio_channels", 0),
        )
        if found != (tuple(sources), RATE, 2):
            raise ModelRunError(
                f"{path.name} is a network for {', '.join(map(str, found[0]))}, {found[1]} Hz and "
                f"{found[2]} channels; {', '.join(sources)}, {RATE} Hz and 2 channels are expected."
            )
        self.segment = int(RATE * model.segment)
        self._device = device
        self._model = model.eval().to(device)
        self._tick: Tick = _ignore
        self._done = 0
        parts = _parts(self._model)
        self._count = len(parts)
        for part in parts:
            part.register_forward_pre_hook(lambda *_: self._tell())

    def __call__(self, mix: Samples, rows: Sequence[int], tick: Tick = _ignore) -> Samples:
        """Map ``mix (2, segment)`` to those of its stems that are asked for, ``(rows, 2, segment)``."""
        self._tick, self._done = tick, 0
        try:
            with torch.inference_mode():
                stems = self._model(torch.from_numpy(np.ascontiguousarray(mix))[None].to(self._device))[0]
                taken: Samples = stems[list(rows)].float().cpu().numpy()
        finally:
            self._tick = _ignore
        return taken

    def _tell(self) -> None:
        self._tick(min(1.0, self._done / self._count))
        self._done += 1


class Networks:
    """The networks of one version, each loaded when a stem first needs it.

    Args:
        version: which.
        folder: where its files are.
        device: a torch device's name.
    """

    def __init__(self, version: Version, folder: Path, device: str) -> None:
        self.version = version
        self._folder = folder
        self._device = device
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

    def __call__(self, mix: Samples, stems: Sequence[str], tick: Tick = _ignore) -> Samples:
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
            self._loaded[file] = Network(self._folder / file, self.version.sources, self._device)
        return self._loaded[file]


def _parts(model: torch.nn.Module) -> list[torch.nn.Module]:
    """Return the parts of a network that take turns, none of which takes long: so a cancel is noticed between two."""
    modules = dict(model.named_modules())
    convolving = [modules[name] for name in ("encoder", "tencoder", "decoder", "tdecoder") if name in modules]
    leaves = [part for one in convolving for part in one.modules() if not any(True for _ in part.children())]
    attending = ("crosstransformer.layers", "crosstransformer.layers_t")
    layers = [part for name in attending if name in modules for part in modules[name].children()]
    return [*leaves, *layers] or [model]


def _read(path: Path) -> Any:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="pt") as file:
            about: dict[str, str] = file.metadata() or {}
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise ModelRunError(f"{path.name} cannot be read as safetensors.") from error
    kind = _classes().get(about.get("klass", ""))
    if kind is None or "structure" in about:
        named = about.get("klass", "")[:60]
        raise ModelRunError(f"{path.name} holds a “{named}”; {' or '.join(_classes())} in plain tensors is expected.")
    try:
        given, named = _decoded(json.loads(about["args"])), _decoded(json.loads(about["kwargs"]))
        known = inspect.signature(kind).parameters
        # Nothing is drawn at random for weights that are replaced at once.
        with torch.device("meta"):
            model = kind(*given, **{name: value for name, value in named.items() if name in known})
        model.load_state_dict(tensors, assign=True)
    except (KeyError, TypeError, ValueError, AttributeError, AssertionError, RuntimeError) as error:
        raise ModelRunError(f"The weights in {path.name} do not fit the network that it names.") from error
    return model.requires_grad_(False)


def _decoded(value: Any) -> Any:
    """Return arguments as they were: JSON has no fractions, so that the package writes one as an object."""
    if isinstance(value, dict):
        if value.get("_type") == "fraction":
            return Fraction(value["numerator"], value["denominator"])
        return {name: _decoded(item) for name, item in value.items()}
    return [_decoded(item) for item in value] if isinstance(value, list) else value
