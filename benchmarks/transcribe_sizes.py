"""Table 20, second part: how long each of Whisper's sizes takes on a processor, with random numbers."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch

from benchmarks.processes import peak_mib
from benchmarks.table import Options, Table, command
from endpoints.transcribe.network import WINDOW, Network
from tests.endpoints.transcribe import tiny_whisper

COLUMNS = (
    "Size",
    "Numbers in it (million)",
    "Hearing a passage (s)",
    "A token (s)",
    "A minute of speech (s, sum)",
    "Peak memory (MiB)",
)
_PASSAGES, _TOKENS = 2, 240
"""In a minute of speech."""
_STEPS = 20


def measure(options: Options) -> Table:
    """Measure each size once, in one thread, the smallest first."""
    torch.set_num_threads(1)
    sizes = {"as in tests": tiny_whisper.TINY} if options.quick else _SIZES
    return Table(COLUMNS, [_row(name, size) for name, size in sizes.items()])


def _sized(width: int, encoder: int, decoder: int, mels: int = 80) -> dict[str, float]:
    """Return what makes a size, as its published ``config.json`` says."""
    heads = width // 64
    return {
        "d_model": width,
        "encoder_layers": encoder,
        "decoder_layers": decoder,
        "encoder_attention_heads": heads,
        "decoder_attention_heads": heads,
        "encoder_ffn_dim": 4 * width,
        "decoder_ffn_dim": 4 * width,
        "num_mel_bins": mels,
        "max_target_positions": 448,
        "vocab_size": 51866 if mels == 128 else 51865,
    }


_SIZES = {
    "Tiny": _sized(384, 4, 4),
    "Base": _sized(512, 6, 6),
    "Small": _sized(768, 12, 12),
    "Large v3 Turbo": _sized(1280, 32, 4, 128),
}


def _row(name: str, size: Mapping[str, float]) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory() as folder:
        numbers = tiny_whisper.save(Path(folder), 1, size)
        network = Network(Path(folder), "cpu")
    sound = np.random.default_rng(1).standard_normal(WINDOW) * 0.1
    hearing, heard = _timed(lambda: network.encode(sound)), network.encode(sound)
    words = network.vocabulary
    _, memory = network.following(heard, [words.start, words.languages["en"], words.transcribe])

    def steps() -> None:
        for _ in range(_STEPS):
            network.following(heard, [words.first_time], memory)

    token = _timed(steps) / _STEPS
    minute = _PASSAGES * hearing + _TOKENS * token
    return (
        name,
        f"{numbers / 1e6:.0f}",
        f"{hearing:.2f}",
        f"{token:.3f}",
        f"{minute:.0f}",
        f"{peak_mib(os.getpid()):.0f}",
    )


def _timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    command("transcribe_sizes", measure)
