"""The network, beside what the authors' program computes (test_parity.py): what it hears, and that it can be ended."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from app.errors import JobCancelledError
from endpoints.vampnet.checkpoint import read_checkpoint
from endpoints.vampnet.predicting import Predictor
from tests.endpoints.vampnet import tiny_networks as tiny


@pytest.fixture
def network(tmp_path: Path) -> Predictor:
    tiny.save(tmp_path)
    books = [torch.sin(torch.arange(64.0) + book).reshape(16, 4) for book in range(5)]
    return Predictor(read_checkpoint(tmp_path / "c2f.pth"), books, "cpu")


def test_it_hears_before_and_behind_and_what_it_is_given(network: Predictor) -> None:
    tokens = torch.arange(5 * 30).reshape(5, 30) % 16
    plain = network.logits(tokens, lambda: None)
    assert plain.shape == (30, 3, 16)
    for book, step in ((0, 0), (0, 29), (4, 3)):
        other = tokens.clone()
        other[book, step] = network.layout.masked
        assert (network.logits(other, lambda: None)[15] - plain[15]).abs().max() > 1e-4


def test_it_ends_before_a_layer(network: Predictor) -> None:
    calls: list[int] = []

    def still() -> None:
        calls.append(1)
        if len(calls) == 2:
            raise JobCancelledError("The job was cancelled.")

    with pytest.raises(JobCancelledError):
        network.logits(torch.zeros(5, 4, dtype=torch.long), still)
    assert len(calls) == network.layout.layers
