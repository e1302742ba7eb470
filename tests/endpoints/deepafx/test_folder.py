from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from endpoints.deepafx.encoder import new_encoder
from endpoints.deepafx.folder import CARD, CHAIN, WEIGHTS, FolderError, Result, read_result, write_result
from endpoints.deepafx.tensor_file import read_tensors
from tests.endpoints.deepafx.toys import chain

PLAN = chain()
_ONE = b'"%d":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
_HEADER = b"{" + b",".join(_ONE % number for number in range(2)) + b"}"
SHARED = len(_HEADER).to_bytes(8, "little") + _HEADER + bytes(4)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    encoder = new_encoder(len(PLAN.knobs), 7)
    write_result(tmp_path / "mine", Result(PLAN, encoder, "My level", "cc0-1.0", {"loss of what was learnt": 0.25}))
    return tmp_path / "mine"


def test_what_is_written_is_read_again_by_others_too(folder: Path) -> None:
    result = read_result(folder)
    assert (result.plan, result.name, result.licence, result.notices) == (PLAN, "My level", "cc0-1.0", ())
    expected = new_encoder(len(PLAN.knobs), 7).state_dict()
    assert all(torch.equal(result.encoder.state_dict()[name], tensor) for name, tensor in expected.items())
    assert (folder / WEIGHTS).stat().st_size < 2_000_000
    others = pytest.importorskip("safetensors.numpy").load_file(folder / WEIGHTS)
    assert all(np.array_equal(others[name], array) for name, array in read_tensors(folder / WEIGHTS).items())
    card = (folder / CARD).read_text()
    assert "license: cc0-1.0" in card and "| compressor/ratio | Ratio | 1 to 20 :1 |" in card and "0.25" in card


def test_another_version_of_an_effect_is_said(folder: Path) -> None:
    data = json.loads((folder / CHAIN).read_text())
    data["plugin"][0]["version"] = "0.9"
    (folder / CHAIN).write_text(json.dumps(data))
    assert read_result(folder).notices == (
        "harpist:compressor is version 1 here; it was learnt with 0.9, and may sound otherwise.",
    )


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (CHAIN, b"{", "damaged"),
        (CHAIN, b'{"format": 9}', "another version"),
        (
            CHAIN,
            b'{"format": 1, "plugin": [{"uri": "lv2:none"}]}',
            "No LV2 plugin with the URI “none” is installed|lilv, which is missing here",
        ),
        (CHAIN, b'{"format": 1, "plugin": [{"uri": "harpist:gate"}]}', "does not fit the chain"),
        (WEIGHTS, b"", "no safetensors file"),
        (WEIGHTS, b"\xff" * 64, "header is cut short"),
        (
            WEIGHTS,
            (60).to_bytes(8, "little") + b'{"mean":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}    ',
            "cut short",
        ),
        (WEIGHTS, SHARED, "share their bytes"),
    ],
)
def test_a_damaged_folder_is_said_in_a_sentence(folder: Path, name: str, content: bytes, said: str) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(FolderError, match=said):
        read_result(folder)
    with pytest.raises(FolderError, match="no folder of something learnt"):
        read_result(folder / "none")
