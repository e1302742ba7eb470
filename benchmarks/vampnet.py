"""Table 18: what VampNet takes on a processor, with networks of the published sizes and random weights."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch

from benchmarks.processes import peak_mib
from benchmarks.sounds import music
from benchmarks.table import Options, Table, command
from endpoints.vampnet.checkpoint import read_checkpoint
from endpoints.vampnet.codec import Codec
from endpoints.vampnet.filling import COARSE_SECONDS, FINE_SECONDS
from endpoints.vampnet.predicting import Predictor
from tests.endpoints.vampnet import tiny_networks

COLUMNS = ("What", "Numbers in it (million)", "Processor seconds", "Peak memory (MiB)")
_CODEC = {
    "encoder_dim": 64,
    "encoder_rates": [2, 6, 8, 8],
    "decoder_dim": 1536,
    "decoder_rates": [6, 4, 4, 4, 2],
    "n_codebooks": 14,
    "codebook_size": 1024,
    "codebook_dim": 8,
}
"""What the size of the published file speaks for; its own arguments were not to be had."""
_NETWORK = {"n_heads": 20, "embedding_dim": 1280, "latent_dim": 8, "vocab_size": 1024}
_COARSE = {**_NETWORK, "n_layers": 20, "n_codebooks": 4, "n_conditioning_codebooks": 0}
_FINE = {**_NETWORK, "n_layers": 16, "n_codebooks": 14, "n_conditioning_codebooks": 4}
_SMALL = {"n_layers": 1, "embedding_dim": 40}
_SECONDS, _ROUNDS, _FINE_ROUNDS = 10.0, 36, 2


def measure(options: Options) -> Table:
    """Measure each part once, in one thread, and what ten seconds of music take in all."""
    torch.set_num_threads(1)
    rows, spent, held = [], dict[str, float](), list[Predictor]()

    def row(name: str, numbers: float, work: Callable[[], object]) -> None:
        began = time.process_time()
        with torch.inference_mode():
            work()
        spent[name] = time.process_time() - began
        rows.append((name, f"{numbers:.0f}", f"{spent[name]:.1f}", f"{peak_mib(os.getpid()):.0f}"))

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "network.pth"
        changes: dict[str, Any] = {"encoder_dim": 2, "decoder_dim": 64} if options.quick else {}
        numbers = _saved(tiny_networks.codec(**{**_CODEC, **changes}), path)
        codec = Codec(read_checkpoint(path), "cpu")
        sound = torch.from_numpy(music(_SECONDS)).mean(0)
        tokens = torch.zeros(14, codec.steps(len(sound)), dtype=torch.long)
        row("encoding 10 s", numbers, lambda: codec.tokens(sound, _still))
        row("decoding 10 s", numbers, lambda: codec.sound(tokens, _still))
        for what, kind, seconds in (("coarse", _COARSE, COARSE_SECONDS), ("fine", _FINE, FINE_SECONDS)):
            small = _SMALL if options.quick else {}
            numbers = _saved(tiny_networks.network({**kind, **small}, 1, lora=False), path)
            network = Predictor(read_checkpoint(path), codec.codebooks, "cpu")
            held.append(network)
            steps = round(seconds * codec.sizes.rate / codec.sizes.hop)
            heard = tokens[: network.layout.books, :steps]
            row(f"a {what} round of {seconds:g} s", numbers, partial(network.logits, heard, _still))
    whole = spent["encoding 10 s"] + spent["decoding 10 s"] + _ROUNDS * spent["a coarse round of 10 s"]
    whole += 4 * _FINE_ROUNDS * spent["a fine round of 3 s"]
    rows.append(("10 s in one variation, 36 rounds (sum)", "", f"{whole:.0f}", ""))
    return Table(COLUMNS, rows)


def _saved(content: dict[str, Any], path: Path) -> float:
    """Write a checkpoint; returns how many numbers are in it, in millions."""
    torch.save(content, path)
    return float(sum(tensor.numel() for tensor in content["state_dict"].values())) / 1e6


def _still() -> None:
    pass


if __name__ == "__main__":
    command("vampnet", measure)
