"""The format in which packages hold Whisper, read back: every number of a tiny network lies where it belongs."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks import packaged_whisper
from benchmarks.accuracy.programs import MissingProgramError
from benchmarks.packaged_whisper import _renamed, _tensors, packaged_base
from tests.endpoints.transcribe import tiny_whisper as tiny

tiny.needs_transformers()


def text(name: str) -> bytes:
    data = name.encode() + b"\0"
    return struct.pack("<H", len(data)) + data


def packed(tensors: dict[str, torch.Tensor]) -> bytes:
    """Return a file of tensors in half precision, with a setting between them."""
    content = struct.pack("<I", 6) + text("WhisperSpec") + struct.pack("<II", 3, len(tensors) + 1)
    content += text("decoder/num_heads") + struct.pack("<BBIh", 0, 2, 2, 8)
    for name, numbers in tensors.items():
        data = numbers.half().numpy().tobytes()
        shape = struct.pack(f"<B{numbers.ndim}I", numbers.ndim, *numbers.shape)
        content += text(name) + shape + struct.pack("<BI", 4, len(data)) + data
    return content + struct.pack("<I", 0)


def joined(state: dict[str, Any]) -> dict[str, torch.Tensor]:
    """Return the tensors of a network by the file's names, in which some lie in one."""
    found: dict[str, torch.Tensor] = {}
    width = len(state["model.encoder.layer_norm.weight"])

    def put(name: str, *parts: str) -> None:
        for end, kind in (("weight", "weight"), ("bias", "bias")):
            held = [state.get(f"{part}.{end}", torch.zeros(width)) for part in parts]
            found[f"{name}/{kind}"] = torch.cat(held)

    def norm(name: str, at: str) -> None:
        found[f"{name}/gamma"], found[f"{name}/beta"] = state[f"{at}.weight"], state[f"{at}.bias"]

    for side in ("encoder", "decoder"):
        found[f"{side}/position_encodings/encodings"] = state[f"model.{side}.embed_positions.weight"]
        norm(f"{side}/layer_norm", f"model.{side}.layer_norm")
        for number in range(2):
            here, there = f"{side}/layer_{number}", f"model.{side}.layers.{number}"
            put(f"{here}/self_attention/linear_0", *(f"{there}.self_attn.{one}_proj" for one in "qkv"))
            put(f"{here}/self_attention/linear_1", f"{there}.self_attn.out_proj")
            norm(f"{here}/self_attention/layer_norm", f"{there}.self_attn_layer_norm")
            put(f"{here}/ffn/linear_0", f"{there}.fc1")
            put(f"{here}/ffn/linear_1", f"{there}.fc2")
            norm(f"{here}/ffn/layer_norm", f"{there}.final_layer_norm")
            if side == "decoder":
                put(f"{here}/attention/linear_0", f"{there}.encoder_attn.q_proj")
                put(f"{here}/attention/linear_1", *(f"{there}.encoder_attn.{one}_proj" for one in "kv"))
                put(f"{here}/attention/linear_2", f"{there}.encoder_attn.out_proj")
                norm(f"{here}/attention/layer_norm", f"{there}.encoder_attn_layer_norm")
    for number in (1, 2):
        put(f"encoder/conv{number}", f"model.encoder.conv{number}")
    found["decoder/embeddings/weight"] = state["model.decoder.embed_tokens.weight"]
    return found


def test_every_number_comes_to_its_place() -> None:
    state = tiny.model(3).state_dict()
    read = _renamed(dict(_tensors(packed(joined(state)))))
    assert set(read) == set(state) - {"proj_out.weight"}
    assert all(torch.equal(read[name], state[name].half()) for name in read)


def test_packages_that_are_missing_or_hold_something_else_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packaged_whisper, "_PACKAGES", ("no-such-package-1", "no-such-package-2"))
    with pytest.raises(MissingProgramError, match=r"no-such-package-1==1.0.0 is not installed"):
        packaged_base(tmp_path / "base")
    (tmp_path / "model.bin.part1").write_bytes(b"something")
    (tmp_path / "model.bin.part2").write_bytes(b"else")
    monkeypatch.setattr(packaged_whisper, "_data", lambda _: tmp_path)
    with pytest.raises(MissingProgramError, match="hold something else"):
        packaged_base(tmp_path / "base")
    assert not (tmp_path / "base").exists()
