"""A Mel-Band RoFormer with few channels: its tensors, named as in the published file, without the package."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import product
from pathlib import Path

import pytest
import torch

from endpoints.stems.roformer import mel_bands

SMALL = {"dim": 8, "depth": 2, "heads": 2, "dim_head": 4}
PUBLISHED = {"dim": 384, "depth": 6, "heads": 8, "dim_head": 64}
DEUX = {"dim": 256, "depth": 12, "heads": 8, "dim_head": 64}
"""What their authors' configurations say."""
BANDS = 60


def is_installed() -> bool:
    """Whether the libraries of requirements-roformer.txt are here; the package's own front imports more than these."""
    return all(find_spec(name) for name in ("mel_band_roformer", "beartype", "rotary_embedding_torch"))


def needs_the_package() -> None:
    """Skip a module where they are not."""
    if not is_installed():
        pytest.skip("requirements-roformer.txt is not installed", allow_module_level=True)


def shapes(dim: int, depth: int, heads: int, dim_head: int, stems: int = 1) -> dict[str, tuple[int, ...]]:
    """Return the name of every tensor with its shape: in stereo, masks of two layers and a last."""
    inner = heads * dim_head
    found: dict[str, tuple[int, ...]] = {}
    for layer in range(depth):
        for axis in range(2):
            at = f"layers.{layer}.{axis}"
            found |= {
                f"{at}.layers.0.0.rotary_embed.freqs": (dim_head // 2,),
                f"{at}.layers.0.0.norm.gamma": (dim,),
                f"{at}.layers.0.0.to_qkv.weight": (3 * inner, dim),
                f"{at}.layers.0.0.to_gates.weight": (heads, dim),
                f"{at}.layers.0.0.to_gates.bias": (heads,),
                f"{at}.layers.0.0.to_out.0.weight": (dim, inner),
                f"{at}.layers.0.1.net.0.gamma": (dim,),
                f"{at}.layers.0.1.net.1.weight": (4 * dim, dim),
                f"{at}.layers.0.1.net.1.bias": (4 * dim,),
                f"{at}.layers.0.1.net.4.weight": (dim, 4 * dim),
                f"{at}.layers.0.1.net.4.bias": (dim,),
                f"{at}.norm.gamma": (dim,),
            }
    for band, width in enumerate(widths()):
        found |= {
            f"band_split.to_features.{band}.0.gamma": (width,),
            f"band_split.to_features.{band}.1.weight": (dim, width),
            f"band_split.to_features.{band}.1.bias": (dim,),
        }
        steps = {0: (4 * dim, dim), 2: (4 * dim, 4 * dim), 4: (2 * width, 4 * dim)}
        for stem, (step, (out, into)) in product(range(stems), steps.items()):
            found[f"mask_estimators.{stem}.to_freqs.{band}.0.{step}.weight"] = (out, into)
            found[f"mask_estimators.{stem}.to_freqs.{band}.0.{step}.bias"] = (out,)
    return found


def widths() -> list[int]:
    """Return how many numbers each band has: real and imaginary parts, left and right, of its frequencies."""
    inside = mel_bands(44100, 2048, BANDS) > 0
    inside[0, 0] = inside[-1, -1] = True
    return [4 * int(band) for band in inside.sum(axis=1)]


def tensors(seed: int, **sizes: int) -> dict[str, torch.Tensor]:
    """Return random weights, by which vocals are as loud as the mix and unlike it."""
    draw = torch.Generator().manual_seed(seed)
    found = {}
    for name, shape in shapes(**{**SMALL, **sizes}).items():
        if name.endswith("rotary_embed.freqs"):
            found[name] = 10_000.0 ** (-torch.arange(shape[0]) / shape[0])
        elif name.endswith("gamma"):
            found[name] = 1 + 0.1 * torch.randn(shape, generator=draw)
        else:
            found[name] = torch.randn(shape, generator=draw) / max(1, shape[-1] if len(shape) > 1 else 4) ** 0.5
    return found


def save(path: Path, seed: int, stems: int = 1) -> None:
    """Write a file as the author's training wrote it."""
    torch.save(tensors(seed, stems=stems), path)
