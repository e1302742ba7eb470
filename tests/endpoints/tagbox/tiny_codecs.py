"""Codecs with few channels and random weights, in files as their authors publish them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from endpoints.tagbox.codecs import DAC_FAMILY, PublishedCodec

_DAC = {"encoder_hidden_size": 4, "decoder_hidden_size": 32, "n_codebooks": 3, "codebook_size": 16, "codebook_dim": 4}
_ENCODEC = {"num_filters": 2, "hidden_size": 16, "codebook_size": 16, "num_lstm_layers": 1}
_PUBLISHED = {
    "sampling_rate": 48000,
    "audio_channels": 2,
    "normalize": True,
    "chunk_length_s": 1.0,
    "overlap": 0.01,
    "norm_type": "time_group_norm",
    "use_causal_conv": False,
    "target_bandwidths": [3.0, 6.0],
}
"""What the published EnCodec for music says of itself beside its size."""


def needs_transformers() -> None:
    """Skip a module where requirements-neural.txt is not installed."""
    for name in ("transformers", "safetensors"):
        pytest.importorskip(name, reason=f"requirements-neural.txt is not installed: no {name}")


def model_of(codec: PublishedCodec, seed: int) -> Any:
    """Return the library's model, so small that it takes no time."""
    import torch
    from transformers import DacConfig, DacModel, EncodecConfig, EncodecModel

    torch.manual_seed(seed)
    if codec.family == DAC_FAMILY:
        return DacModel(DacConfig(sampling_rate=44100, **_DAC)).eval()
    model = EncodecModel(EncodecConfig(**_PUBLISHED, **_ENCODEC)).eval()
    for layer in model.quantizer.layers:
        layer.codebook.embed.normal_()
    return model


def save(codec: PublishedCodec, folder: Path, seed: int) -> None:
    """Write a codec's files."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    model = model_of(codec, seed)
    (folder / "config.json").write_text(json.dumps(model.config.to_dict()))
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, folder / "model.safetensors")
