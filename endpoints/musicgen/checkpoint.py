"""The authors' files: numbers by name, under the names that the library ``transformers`` has for them.

Nothing in them is run: PyTorch's careful reader makes tensors and plain containers only.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from app.errors import ModelFormatError

Tensors = dict[str, torch.Tensor]

_STATE = "best_state"
"""Where the numbers are, beside what the authors' program was told."""

_MUSIC = (
    ("emb.", "model.decoder.embed_tokens."),
    ("linears.", "lm_heads."),
    ("out_norm.", "model.decoder.layer_norm."),
    ("transformer.layers.", "model.decoder.layers."),
)
_IN_LAYER = {
    "linear1": "fc1",
    "linear2": "fc2",
    "norm1": "self_attn_layer_norm",
    "norm2": "final_layer_norm",
    "norm_cross": "encoder_attn_layer_norm",
    "cross_attention": "encoder_attn",
}
_HINTS = "condition_provider.conditioners."
_WORDS, _TUNE = f"{_HINTS}description.output_proj.", f"{_HINTS}self_wav.output_proj."
_FUSED = "in_proj_weight"
_CODEC = (
    (re.compile(r"^(encoder|decoder)\.model\."), r"\1.layers."),
    (re.compile(r"\.(?:conv\.conv|convtr\.convtr)\."), ".conv."),
    (re.compile(r"^quantizer\.vq\.layers\.(\d+)\._codebook\."), r"quantizer.layers.\1.codebook."),
    (re.compile(r"\.weight_g$"), ".parametrizations.weight.original0"),
    (re.compile(r"\.weight_v$"), ".parametrizations.weight.original1"),
)


@dataclass(frozen=True)
class MusicState:
    """A network's numbers by the library's names.

    Attributes:
        network: of the network itself.
        words: ``weight (width, heard)`` and ``bias (width,)`` that bring words to its width.
        melody: the same for a melody; empty where it follows none.
    """

    network: Tensors
    words: Tensors
    melody: Tensors


def read_state(path: Path) -> Tensors:
    """Return the numbers of a file by the authors' names.

    Raises:
        ModelFormatError: it is none of theirs.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, KeyError, EOFError, pickle.UnpicklingError) as error:
        raise ModelFormatError(f"{path.name} cannot be read as a file of MusicGen’s: install it again.") from error
    state = content.get(_STATE, content) if isinstance(content, Mapping) else None
    if (
        not isinstance(state, Mapping)
        or not state
        or not all(isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in state.items())
    ):
        raise ModelFormatError(f"{path.name} holds no tensors by name, as MusicGen’s files do.")
    return dict(state)


def music_state(state: Mapping[str, torch.Tensor]) -> MusicState:
    """Return a network's numbers by the library's names."""
    found = MusicState({}, {}, {})
    for name, value in state.items():
        renamed = _music_name(name)
        if name.startswith(_WORDS):
            found.words[name.removeprefix(_WORDS)] = value
        elif name.startswith(_TUNE):
            found.melody[name.removeprefix(_TUNE)] = value
        elif name.startswith(_HINTS):
            pass  # the window by which a melody was heard, which is no number that was learnt
        elif renamed.endswith(_FUSED):
            # Queries, keys and values stand above each other.
            for letter, part in zip("qkv", value.chunk(3)):
                found.network[f"{renamed.removesuffix(_FUSED)}{letter}_proj.weight"] = part
        else:
            found.network[renamed] = value
    return found


def _music_name(name: str) -> str:
    for theirs, ours in _MUSIC:
        if name.startswith(theirs):
            name = ours + name.removeprefix(theirs)
            break
    return ".".join(_IN_LAYER.get(part, part) for part in name.split("."))


def codec_names(state: Mapping[str, torch.Tensor]) -> Tensors:
    """Return the codec's numbers by the library's names."""
    found: Tensors = {}
    for name, value in state.items():
        renamed = name
        for theirs, ours in _CODEC:
            renamed = theirs.sub(ours, renamed)
        found[renamed] = value
    return found


def counted(state: Mapping[str, torch.Tensor], name: Callable[[int], str]) -> int:
    """Return for how many numbers from 0 on there is a tensor of that name."""
    count = 0
    while name(count) in state:
        count += 1
    return count
