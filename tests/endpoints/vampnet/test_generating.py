"""With how many bits the networks compute, and which of them are held."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from app.audacitorch.inference.precision import FLOAT32, computing
from app.errors import ModelFormatError
from endpoints.vampnet import generating
from endpoints.vampnet.checkpoint import read_checkpoint
from endpoints.vampnet.generating import Generator, precision_for
from endpoints.vampnet.predicting import Predictor
from tests.endpoints.vampnet import tiny_networks as tiny


def still() -> None:
    """Let it go on."""


def test_a_gpu_of_nvidias_computes_with_half_as_many_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    assert precision_for(torch.device("cuda")) == "bfloat16"
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: False)
    assert precision_for(torch.device("cuda")) == "float16"
    assert precision_for(torch.device("cpu")) == FLOAT32


def test_elsewhere_the_operator_decides_where_the_device_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generating, "wanted_precision", lambda: "bfloat16")
    monkeypatch.setattr(generating, "unsupported", lambda precision, device: "")
    assert precision_for(torch.device("cpu")) == "bfloat16"
    monkeypatch.setattr(generating, "unsupported", lambda precision, device: "this processor has none")
    assert precision_for(torch.device("cpu")) == FLOAT32


def test_half_as_many_bits_change_little(tmp_path: Path) -> None:
    tiny.save(tmp_path)
    books = [torch.from_numpy(np.random.default_rng(book).standard_normal((16, 4))).float() for book in range(5)]
    network = Predictor(read_checkpoint(tmp_path / "coarse.pth"), books, "cpu")
    tokens = torch.arange(80).reshape(2, 40) % 17
    exact = network.logits(tokens, still)
    with computing("bfloat16", torch.device("cpu")):
        found = network.logits(tokens, still)
    assert found.dtype == torch.float32 and 0 < (found - exact).abs().max() < 0.1 * exact.abs().max()


def test_one_pair_is_held_at_a_time(tmp_path: Path) -> None:
    for seed in (1, 2):
        tiny.save(tmp_path / str(seed), seed)
    made = Generator(tmp_path / "1" / "codec.pth", "cpu")
    held = []
    for seed in (1, 1, 2):
        folder = tmp_path / str(seed)
        made.open(folder / "coarse.pth", folder / "c2f.pth")
        assert made._held is not None
        held.append(made._held[1])
    assert held[0] is held[1] and held[2] is not held[0]


def test_networks_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    tiny.save(tmp_path)
    torch.save(tiny.network({**tiny.COARSE_ARGUMENTS, "n_codebooks": 3}, 1), tmp_path / "coarse.pth")
    made = Generator(tmp_path / "codec.pth", "cpu")
    sentence = "coarse.pth fills in 3 codebooks and c2f.pth those from 2 to 5; together they must be the codec's 5"
    with pytest.raises(ModelFormatError, match=sentence):
        made.open(tmp_path / "coarse.pth", tmp_path / "c2f.pth")
