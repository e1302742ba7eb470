"""With how many bits the network that draws tokens computes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from app.audacitorch.inference.precision import numbers_for
from endpoints.musicgen import network as module
from endpoints.musicgen.chroma import LENGTH
from endpoints.musicgen.network import Network
from endpoints.musicgen.published import CODEC_FILE, MUSIC_FILE, SMALL, T5
from tests.endpoints.musicgen import tiny_networks as tiny


def test_a_gpu_of_nvidias_computes_with_half_as_many_bits() -> None:
    assert numbers_for(torch.device("cuda", 0)) == torch.float16 and numbers_for(torch.device("cpu")) == torch.float32


def test_half_as_many_bits_change_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a GPU, here on the processor: networks of every kind, from words and notes to scores."""
    at = tiny.save(tmp_path)
    made = Network(at[SMALL.weights.repo] / CODEC_FILE, at[T5.repo], "cpu")
    meaning, notes = made.meaning("calm piano"), torch.nn.functional.one_hot(torch.arange(LENGTH) % 5, 12).float()
    for one in tiny.EVERY:
        found = []
        for kind in (torch.float32, torch.float16):
            monkeypatch.setattr(module, "numbers_for", lambda device, kind=kind: kind)
            made._held = None
            made.open(at[one.weights.repo] / MUSIC_FILE)
            hints = made.hints(meaning, notes if one.follows else None, 3.0)
            assert hints.dtype == kind
            tokens = torch.arange(6 * made.books).reshape(made.books, 6) % tiny.TOKENS
            _, memory = made.following(tokens[:, :4], hints, 3.0)
            found.append(made.following(tokens[:, 4:], hints, 3.0, memory)[0])
        exact, half = found
        assert half.dtype == torch.float32 and 0 < (half - exact).abs().max() < 0.05 * exact.abs().max(), one.name
