"""Long sound through the codec in windows: nothing but the memory changes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from app.errors import ModelFormatError
from endpoints.vampnet import codec as module
from endpoints.vampnet.checkpoint import read_checkpoint
from endpoints.vampnet.codec import Codec
from tests.endpoints.vampnet import tiny_networks as tiny


def still() -> None:
    """Let it go on."""


def made(folder: Path, **changes: list[int]) -> Codec:
    torch.save(tiny.codec(**changes), folder / "codec.pth")
    return Codec(read_checkpoint(folder / "codec.pth"), "cpu")


@pytest.mark.parametrize(("rates", "steps"), [({}, 345), (tiny.ODD_RATES, 919)], ids=["even", "odd"])
def test_windows_change_neither_tokens_nor_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rates: dict[str, list[int]], steps: int
) -> None:
    codec, sound = made(tmp_path, **rates), tiny.tone(2.0)
    tokens = codec.tokens(sound, still)
    decoded = codec.sound(tokens, still)
    monkeypatch.setattr(module, "_WINDOW", 50)
    assert tokens.shape == (tiny.BOOKS, codec.steps(len(sound))) == (5, steps)
    assert torch.equal(codec.tokens(sound, still), tokens)
    assert decoded.shape == (steps * codec.sizes.hop,) and (codec.sound(tokens, still) - decoded).abs().max() < 1e-4


@pytest.mark.parametrize("samples", [1, 255, 256, 257])
def test_the_shortest_sounds(tmp_path: Path, samples: int) -> None:
    codec = made(tmp_path)
    tokens = codec.tokens(torch.zeros(samples), still)
    assert tokens.shape[1] == -(-samples // 256) and len(codec.sound(tokens, still)) >= samples


def test_each_layer_lets_itself_be_stopped(tmp_path: Path) -> None:
    calls = []
    codec = made(tmp_path)
    tokens = codec.tokens(tiny.tone(0.5), lambda: calls.append("in"))
    codec.sound(tokens, lambda: calls.append("out"))
    assert (calls.count("in"), calls.count("out")) == (9, 27)


def test_what_lacks_a_layer_gets_a_sentence(tmp_path: Path) -> None:
    content = tiny.codec()
    for name in ("decoder.model.1.block.2.mrf_blocks.0.block.0.layer.1.bias", "encoder.block.4.alpha"):
        del content["state_dict"][name]
    torch.save(content, tmp_path / "codec.pth")
    codec = Codec(read_checkpoint(tmp_path / "codec.pth"), "cpu")
    with pytest.raises(ModelFormatError, match=r"codec.pth lacks encoder.block.4.alpha"):
        codec.tokens(tiny.tone(0.1), still)
    with pytest.raises(ModelFormatError, match=r"codec.pth lacks decoder.model.1.block.2"):
        codec.sound(torch.zeros(5, 3, dtype=torch.long), still)
