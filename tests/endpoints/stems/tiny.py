"""HTDemucs with few channels and random weights, and its file as the package's author writes them."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

FOUR = ("drums", "bass", "other", "vocals")
SIX = (*FOUR, "guitar", "piano")
SEGMENT = Fraction(4, 5)
"""Seconds."""


def needs_demucs() -> None:
    """Skip a module where requirements-neural.txt is not installed."""
    for name in ("demucs", "einops", "julius", "safetensors"):
        pytest.importorskip(name, reason=f"requirements-neural.txt is not installed: no {name}")


def settings(sources: tuple[str, ...], segment: Fraction = SEGMENT) -> dict[str, Any]:
    """The arguments of a tiny network."""
    small = {"channels": 4, "bottom_channels": 16, "t_layers": 2, "t_heads": 2, "dconv_comp": 4}
    return {"sources": list(sources), "samplerate": 44100, "segment": segment, **small}


def network(seed: int, sources: tuple[str, ...] = FOUR, segment: Fraction = SEGMENT) -> Any:
    """One whose stems are loud enough to be compared."""
    import torch
    from demucs.htdemucs import HTDemucs

    torch.manual_seed(seed)
    model = HTDemucs(**settings(sources, segment)).eval()
    with torch.no_grad():
        for weights in model.parameters():
            if weights.ndim > 1:
                weights.mul_(1.5)
    return model


def save(
    path: Path,
    seed: int,
    sources: tuple[str, ...] = FOUR,
    segment: Fraction = SEGMENT,
    *,
    further: dict[str, Any] | None = None,
    **about: str | None,
) -> Any:
    """Write a network's file, and return the network; ``about`` changes what the file says of itself."""
    from safetensors.torch import save_file

    model = network(seed, sources, segment)
    told = {**settings(sources), "segment": {"_type": "fraction", "numerator": segment.numerator}}
    told["segment"]["denominator"] = segment.denominator
    metadata = {
        "klass": "demucs.htdemucs.HTDemucs",
        "args": "[]",
        "kwargs": json.dumps({**told, **(further or {})}),
        **about,
    }
    save_file(dict(model.state_dict()), path, {name: text for name, text in metadata.items() if text is not None})
    return model
