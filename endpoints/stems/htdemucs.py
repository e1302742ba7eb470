"""HTDemucs: built by the package, with weights read from safetensors.

A file's own data name the class and its arguments; the class is looked up in a list of ours, never imported by name.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch

from app.errors import ModelRunError
from endpoints.stems.network import Network
from endpoints.stems.versions import RATE


def open_htdemucs(path: Path, sources: Sequence[str], device: str) -> Network:
    """Return the network in a file.

    Raises:
        ModelRunError: the file is no such network, or one for other stems.
    """
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
    return Network(model, int(RATE * model.segment), _parts(model), device)


def _classes() -> dict[str, type[torch.nn.Module]]:
    """Every class that a file may name."""
    from demucs.htdemucs import HTDemucs

    return {"demucs.htdemucs.HTDemucs": HTDemucs}


def _parts(model: torch.nn.Module) -> list[torch.nn.Module]:
    """Return the parts of a network that take turns, none of which takes long."""
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
