"""The authors' files, and what is none of theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from app.errors import ModelFormatError
from endpoints.musicgen.checkpoint import music_state, read_state
from endpoints.musicgen.network import Network
from endpoints.musicgen.published import CODEC_FILE, MUSIC_FILE, SMALL, T5
from tests.endpoints.musicgen import tiny_networks as tiny


class Sly:
    def __reduce__(self) -> Any:
        return (print, ("run!",))


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return tiny.save(tmp_path_factory.mktemp("weights"))


def test_names_become_the_librarys_and_what_was_not_learnt_is_left_out() -> None:
    found = music_state(tiny.published_music(tiny.KINDS["Melody"]))
    assert set(found.network) == set(tiny.music(tiny.KINDS["Melody"]).state_dict())
    assert found.words["weight"].shape == (tiny.WIDTH, tiny.HEARD) and found.melody["weight"].shape == (tiny.WIDTH, 12)
    assert not music_state(tiny.published_music(tiny.KINDS["Small"])).melody


@pytest.mark.parametrize("wrapped", [True, False])
def test_numbers_lie_in_the_file_or_in_what_it_says_is_best(tmp_path: Path, wrapped: bool) -> None:
    numbers = {"a": torch.ones(2)}
    torch.save({"best_state": numbers, "xp.cfg": "x: 1"} if wrapped else numbers, tmp_path / "x.bin")
    assert read_state(tmp_path / "x.bin")["a"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"best_state": Sly()}, "cannot be read as a file of MusicGen’s"),
        ({"best_state": {}}, "holds no tensors by name"),
        ({"best_state": {"a": "b"}}, "holds no tensors by name"),
        ([torch.ones(2)], "holds no tensors by name"),
        (b"no pickle", "cannot be read as a file of MusicGen’s"),
        (b"", "cannot be read as a file of MusicGen’s"),
    ],
    ids=["runs", "empty", "words", "list", "bytes", "nothing"],
)
def test_other_files_get_a_sentence_and_nothing_in_them_runs(
    tmp_path: Path, content: Any, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.bin"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(content, path)
    with pytest.raises(ModelFormatError, match=reason):
        read_state(path)
    assert "run!" not in capsys.readouterr().out


def _without(state: dict[str, torch.Tensor], name: str) -> dict[str, torch.Tensor]:
    return {key: value for key, value in state.items() if not key.startswith(name)}


@pytest.mark.parametrize(
    "state",
    [
        _without(tiny.published_music(tiny.KINDS["Small"]), "emb.0"),
        _without(tiny.published_music(tiny.KINDS["Small"]), "transformer.layers.0.norm1"),
        _without(tiny.published_music(tiny.KINDS["Small"]), "condition_provider"),
        {**tiny.published_music(tiny.KINDS["Small"]), "more": torch.ones(1)},
    ],
    ids=["no tokens", "no norm", "no words", "more"],
)
def test_a_network_that_lacks_a_part_or_has_another_is_refused(
    tmp_path: Path, at: dict[str, Path], state: dict[str, torch.Tensor]
) -> None:
    network = Network(at[SMALL.weights.repo] / CODEC_FILE, at[T5.repo], "cpu")
    torch.save({"best_state": state}, tmp_path / MUSIC_FILE)
    with pytest.raises(ModelFormatError, match="are not what they must be: install them again"):
        network.open(tmp_path / MUSIC_FILE)


def test_networks_that_do_not_fit_each_other_are_refused(tmp_path: Path, at: dict[str, Path]) -> None:
    network = Network(at[SMALL.weights.repo] / CODEC_FILE, at[T5.repo], "cpu")
    state = tiny.published_music(tiny.KINDS["Small"])
    three = {key: value for key, value in state.items() if not key.startswith(("emb.3", "linears.3"))}
    torch.save({"best_state": three}, tmp_path / MUSIC_FILE)
    with pytest.raises(ModelFormatError, match="do not fit together"):
        network.open(tmp_path / MUSIC_FILE)


def test_a_codec_that_is_none_and_t5_without_a_part_are_refused(tmp_path: Path, at: dict[str, Path]) -> None:
    with pytest.raises(ModelFormatError, match="not what they must be"):
        Network(at[SMALL.weights.repo] / MUSIC_FILE, at[T5.repo], "cpu")
    (tmp_path / "t5").mkdir()
    for path in at[T5.repo].iterdir():
        (tmp_path / "t5" / path.name).write_bytes(path.read_bytes())
    from safetensors.torch import load_file, save_file

    whole = load_file(tmp_path / "t5" / "model.safetensors")
    save_file(
        {key: value for key, value in whole.items() if "block.1.layer.1" not in key},
        tmp_path / "t5" / "model.safetensors",
        {"format": "pt"},
    )
    with pytest.raises(ModelFormatError, match="T5 lack a part"):
        Network(at[SMALL.weights.repo] / CODEC_FILE, tmp_path / "t5", "cpu")
