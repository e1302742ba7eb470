"""VampNet's files with random weights, as its authors publish them: of few channels, or of any size."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

BOOKS, NUMBERS, WIDTH, HEADS, TOKENS = 5, 4, 24, 3, 16
CODEC_ARGUMENTS = {
    "encoder_dim": 2,
    "encoder_rates": [4, 8, 8],
    "decoder_dim": 16,
    "decoder_rates": [8, 8, 4],
    "n_codebooks": BOOKS,
    "codebook_size": TOKENS,
    "codebook_dim": NUMBERS,
    "sample_rate": 44100,
}
ODD_RATES = {"encoder_rates": [3, 4, 8], "decoder_rates": [8, 4, 3]}
COARSE_ARGUMENTS = {"n_codebooks": 2, "n_conditioning_codebooks": 0, "n_layers": 3}
FINE_ARGUMENTS = {"n_codebooks": BOOKS, "n_conditioning_codebooks": 2, "n_layers": 2}
_NETWORK: dict[str, Any] = {
    "n_heads": HEADS,
    "embedding_dim": WIDTH,
    "latent_dim": NUMBERS,
    "vocab_size": TOKENS,
    "flash_attn": False,
}


class _Numbers:
    """Draws weights that are the same on every machine: sines."""

    def __init__(self, seed: int) -> None:
        self.at = 1000.0 * seed
        self.state: dict[str, torch.Tensor] = {}

    def add(self, name: str, *shape: int, scale: float = 1.0, middle: float = 0.0) -> None:
        count = math.prod(shape)
        drawn = torch.sin((self.at + torch.arange(count, dtype=torch.float64)) ** 1.5)
        self.at += count
        self.state[name] = (middle + scale * drawn).float().reshape(shape)

    def weights(self, name: str, *shape: int, bias: int = 0, length: float = 1.0) -> None:
        self.add(f"{name}.weight_g", shape[0], *[1] * (len(shape) - 1), scale=0.2 * length, middle=length)
        self.add(f"{name}.weight_v", *shape)
        self.add(f"{name}.bias", bias or shape[0], scale=0.1)

    def bend(self, name: str, channels: int) -> None:
        self.add(f"{name}.alpha", 1, channels, 1, scale=0.3, middle=1.0)


def codec(seed: int = 1, **changes: Any) -> dict[str, Any]:
    """Return the codec's checkpoint."""
    arguments: dict[str, Any] = {**CODEC_ARGUMENTS, **changes}
    made, width = _Numbers(seed), arguments["encoder_dim"]
    made.weights("encoder.block.0", width, 1, 7)
    for number, stride in enumerate(arguments["encoder_rates"], 1):
        at = f"encoder.block.{number}.block"
        for layer in range(3):
            made.bend(f"{at}.{layer}.block.0", width)
            made.weights(f"{at}.{layer}.block.1", width, width, 7)
            made.bend(f"{at}.{layer}.block.2", width)
            made.weights(f"{at}.{layer}.block.3", width, width, 1)
        made.bend(f"{at}.3", width)
        made.weights(f"{at}.4", 2 * width, width, 2 * stride)
        width *= 2
    last = len(arguments["encoder_rates"]) + 1
    made.bend(f"encoder.block.{last}", width)
    made.weights(f"encoder.block.{last + 1}", width, width, 3)
    numbers, values = arguments["codebook_dim"], arguments["codebook_size"]
    for book in range(arguments["n_codebooks"]):
        at = f"quantizer.quantizers.{book}"
        made.weights(f"{at}.in_proj", numbers, width, 1)
        made.weights(f"{at}.out_proj", width, numbers, 1)
        made.add(f"{at}.codebook.weight", values, numbers)
    _decoder(made, width, arguments["decoder_dim"], arguments["decoder_rates"])
    return {"state_dict": made.state, "metadata": {"kwargs": arguments}}


def _decoder(made: _Numbers, heard: int, width: int, rates: Sequence[int]) -> None:
    made.weights("decoder.model.0", width, heard, 7)
    for number, stride in enumerate(rates, 1):
        at, half = f"decoder.model.{number}.block", width // 2
        made.bend(f"{at}.0", width)
        made.weights(f"{at}.1", width, half, 2 * stride, bias=half)
        for branch, kernel in enumerate((3, 7, 11)):
            for layer in range(3):
                inner = f"{at}.2.mrf_blocks.{branch}.block.{layer}.layer"
                for place in (0, 2):
                    made.bend(f"{inner}.{place}", half)
                    made.weights(f"{inner}.{place + 1}", half, half, kernel)
        width = half
    last = len(rates) + 1
    made.bend(f"decoder.model.{last}", width)
    made.weights(f"decoder.model.{last + 1}", 1, width, 7, length=0.1)


def network(changes: Mapping[str, Any], seed: int, *, lora: bool = True) -> dict[str, Any]:
    """Return the checkpoint of one of the two networks."""
    arguments = {**_NETWORK, **changes}
    width, numbers, books = arguments["embedding_dim"], arguments["latent_dim"], arguments["n_codebooks"]
    made, predicted = _Numbers(seed), books - arguments["n_conditioning_codebooks"]
    made.add("embedding.special.MASK", books, numbers)
    made.add("embedding.out_proj.weight", width, books * numbers, 1, scale=0.4)
    made.add("embedding.out_proj.bias", width, scale=0.1)
    for layer in range(arguments["n_layers"]):
        at = f"transformer.layers.{layer}"
        for name in ("norm_1", "norm_3"):
            made.add(f"{at}.{name}.weight", width, scale=0.3, middle=1.0)
        sizes = {f"self_attn.{name}": (width, width) for name in ("w_qs", "w_ks", "w_vs", "fc")}
        sizes |= {"feed_forward.w_1": (4 * width, width), "feed_forward.w_2": (width, 2 * width)}
        for name, (up, down) in sizes.items():
            made.add(f"{at}.{name}.weight", up, down, scale=0.3)
            if lora and name != "self_attn.w_ks":
                made.add(f"{at}.{name}.lora_A", 8, down, scale=0.3)
                made.add(f"{at}.{name}.lora_B", up, 8, scale=0.3)
        if layer == 0:
            made.add(f"{at}.self_attn.relative_attention_bias.weight", 32, arguments["n_heads"])
    made.add("transformer.norm.weight", width, scale=0.3, middle=1.0)
    made.weights("classifier.layers.0", arguments["vocab_size"] * predicted, width, 1)
    return {"state_dict": made.state, "metadata": {"kwargs": arguments}}


def save(folder: Path, seed: int = 1, *, lora: bool = True) -> None:
    """Write a codec and both networks into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(codec(), folder / "codec.pth")
    torch.save(network(COARSE_ARGUMENTS, 10 * seed, lora=lora), folder / "coarse.pth")
    torch.save(network(FINE_ARGUMENTS, 10 * seed + 1, lora=lora), folder / "c2f.pth")


def tone(seconds: float, rate: int = 44100) -> torch.Tensor:
    """Return something to hear, ``(samples,)``: two sines, and a stroke every half second."""
    t = torch.arange(round(seconds * rate), dtype=torch.float64) / rate
    strokes = torch.sin(2 * math.pi * 180 * t) * torch.exp(-12 * (t % 0.5))
    return (0.2 * torch.sin(2 * math.pi * 330 * t) + 0.1 * torch.sin(2 * math.pi * 1250 * t) + 0.4 * strokes).float()
