"""A folder of something learnt: effects in a row, and an encoder that turns their knobs; numbers and words only.

Told from an audacitorch model by its files. Standard library only.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.audacitorch.metadata import LARGEST_FILE, WAVEFORM, ModelMetadata, parse_metadata, read_metadata
from app.errors import ModelFormatError
from app.output_names import on_one_line
from app.plain_files import is_plain, open_plain

CHAIN, ENCODER = "chain.json", "encoder.safetensors"
NEEDED = (CHAIN, ENCODER)
TAG = "harpist"
"""By which they are found on the hub."""

_MODEL = "model.pt"
_MOST = 32
"""Effects of a chain."""


def is_trained(folder: Path) -> bool:
    """Whether a folder holds something learnt, and no model."""
    return all(is_plain(folder / name) for name in NEEDED) and not is_plain(folder / _MODEL)


def read_any(folder: Path) -> ModelMetadata:
    """Return what a folder says of itself: something learnt, or else a model.

    Raises:
        ModelFormatError: it has no plain meaning.
    """
    return _described(_read(folder)) if is_trained(folder) else read_metadata(folder)


def parse_any(text: str) -> ModelMetadata:
    """Return what the text of a ``chain.json``, or else of a ``metadata.json``, says.

    Raises:
        ModelFormatError: it has no plain meaning.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if isinstance(data, dict) and "plugin" in data:
        return _described(data)
    return parse_metadata(text)


def effects_of(folder: Path) -> tuple[str, ...]:
    """Return by what the effects of a chain are found, in their order.

    Raises:
        ModelFormatError: the chain has no plain meaning.
    """
    return _effects(_read(folder))


def _read(folder: Path) -> dict[str, Any]:
    try:
        with open_plain(folder / CHAIN) as file:
            content = file.read(LARGEST_FILE + 1)
        data = json.loads(content) if len(content) <= LARGEST_FILE else None
    except OSError as error:
        raise ModelFormatError(f"{CHAIN} cannot be read; it must be a readable file.") from error
    except (ValueError, RecursionError) as error:
        raise ModelFormatError(f"{CHAIN} is not JSON.") from error
    if not isinstance(data, dict):
        raise ModelFormatError(f"{CHAIN} is larger than 1 MiB, or no JSON object.")
    return data


def _effects(data: dict[str, Any]) -> tuple[str, ...]:
    links = data.get("plugin")
    if not isinstance(links, list) or not 1 <= len(links) <= _MOST:
        raise ModelFormatError(f"{CHAIN} has no list “plugin” of 1 to {_MOST} effects.")
    found = tuple(link.get("uri") if isinstance(link, dict) else None for link in links)
    if not all(isinstance(uri, str) and uri and uri.isprintable() and len(uri) <= 1000 for uri in found):
        raise ModelFormatError(f"An effect of {CHAIN} has no “uri” that can name one.")
    return found  # type: ignore[return-value]


def _described(data: dict[str, Any]) -> ModelMetadata:
    effects = ", ".join(_effects(data))
    return ModelMetadata(
        sample_rate=0,  # that of the sound
        short_description="Turns the knobs of effects as it learnt from sounds."[:60],
        long_description=f"Hears a sound, and turns the knobs of these effects as it learnt from sounds before and "
        f"after: {effects[:2000]}.",
        tags=("deepafx", "effect"),
        labels=("Processed",),
        effect_type=WAVEFORM,
        multichannel=True,
        name=_line(data.get("name"), 80),
        licence=_line(data.get("licence"), 100),
    )


def _line(value: object, longest: int) -> str:
    return on_one_line(value, longest) if isinstance(value, str) else ""
