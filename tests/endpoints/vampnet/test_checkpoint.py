"""What a checkpoint must be, and the sentence that a broken one gets."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from app.errors import ModelFormatError
from endpoints.vampnet.checkpoint import read_checkpoint
from endpoints.vampnet.codec import Codec
from endpoints.vampnet.predicting import Predictor
from tests.endpoints.vampnet import tiny_networks as tiny


def saved(folder: Path, content: Any) -> Path:
    torch.save(content, folder / "coarse.pth")
    return folder / "coarse.pth"


def network(**arguments: Any) -> dict[str, Any]:
    made = tiny.network(tiny.COARSE_ARGUMENTS, 10)
    made["metadata"]["kwargs"].update(arguments)
    return made


def without(name: str) -> dict[str, Any]:
    made = network()
    del made["state_dict"][name]
    return made


def predictor(path: Path) -> Predictor:
    books = [torch.zeros(tiny.TOKENS, tiny.NUMBERS) for _ in range(tiny.BOOKS)]
    return Predictor(read_checkpoint(path), books, "cpu")


def test_lora_and_weight_norm_are_merged_once(tmp_path: Path) -> None:
    raw = network()["state_dict"]
    found = read_checkpoint(saved(tmp_path, network()))
    at = "transformer.layers.1.self_attn.w_qs"
    added = raw[f"{at}.lora_B"] @ raw[f"{at}.lora_A"] / 8
    assert torch.allclose(found.tensors[f"{at}.weight"], raw[f"{at}.weight"] + added)
    rows = found.tensors["classifier.layers.0.weight"].flatten(1).norm(dim=1)
    assert torch.allclose(rows, raw["classifier.layers.0.weight_g"].flatten(), rtol=1e-5)
    assert not [name for name in found.tensors if "lora" in name or name.endswith(("_g", "_v"))]


def test_one_without_lora_is_as_good(tmp_path: Path) -> None:
    plain = tiny.network(tiny.COARSE_ARGUMENTS, 10, lora=False)
    assert predictor(saved(tmp_path, plain)).layout.layers == 3


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ([1], "coarse.pth is no checkpoint of VampNet's: it lacks “state_dict” or “metadata.kwargs”"),
        ({"state_dict": {"a": 1}, "metadata": {"kwargs": {}}}, "has something else than tensors"),
        (without("transformer.norm.weight"), "coarse.pth lacks transformer.norm.weight, which VampNet's weights have"),
        (without("classifier.layers.0.weight_g"), "has no lengths that fit classifier.layers.0.weight_v"),
        (without("transformer.layers.0.self_attn.fc.lora_B"), "matrices of LoRA that do not fit transformer.layers.0"),
        (network(n_layers=4), "lacks transformer.layers.3"),
        (
            network(embedding_dim=27),
            r"embedding.out_proj.weight in coarse.pth has the shape \(24, 8, 1\); \(27, 8, 1\)",
        ),
        (network(n_heads=5), "sizes that fit no network"),
        (network(n_codebooks=True), "does not say its n_codebooks, a whole number"),
        (network(n_codebooks=9), "coarse.pth has 9 codebooks, and the codec 5"),
        (network(vocab_size=15), "coarse.pth has 15 tokens, and the codec other ones"),
        (network(ctrl_dims={"rms": 1}), "a VampNet with further inputs"),
    ],
)
def test_what_is_none_gets_a_sentence(tmp_path: Path, content: Any, sentence: str) -> None:
    with pytest.raises(ModelFormatError, match=sentence):
        predictor(saved(tmp_path, content))


def test_a_pickle_that_would_run_something_is_refused(tmp_path: Path) -> None:
    class Runs:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "ran",))

    with pytest.raises(ModelFormatError, match=r"coarse.pth cannot be read as a checkpoint of VampNet's"):
        read_checkpoint(saved(tmp_path, {"state_dict": {}, "metadata": {"kwargs": Runs()}}))
    assert not (tmp_path / "ran").exists()


def test_a_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, network())
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ModelFormatError, match="cannot be read"):
        read_checkpoint(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"")
    with pytest.raises(ModelFormatError, match="cannot be read"):
        read_checkpoint(path)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"encoder_rates": [4, 8]}, "sizes that fit no codec"),
        ({"decoder_rates": "8"}, "does not say its decoder_rates, a list of whole numbers"),
        ({"decoder_rates": [8, -8, 4]}, "decoder_rates in coarse.pth must be whole numbers above 0"),
        ({"n_codebooks": 6}, "lacks quantizer.quantizers.5.codebook.weight"),
    ],
)
def test_a_codec_that_is_none_gets_a_sentence(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    made = tiny.codec()
    made["metadata"]["kwargs"].update(change)
    with pytest.raises(ModelFormatError, match=sentence):
        Codec(read_checkpoint(saved(tmp_path, made)), "cpu")
