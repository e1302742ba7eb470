"""What is stated of the published files."""

from __future__ import annotations

import math

import torch
from transformers import EncodecConfig, EncodecModel, MusicgenDecoderConfig, MusicgenForCausalLM

from app.weights import BRANCH
from endpoints.musicgen.published import PUBLISHED, SMALL, T5, weights_of

MUSIC, CODEC = 840_843_863, 236_001_935
"""Bytes of the two files."""


def test_each_is_of_a_commit_and_non_commercial_where_it_is() -> None:
    assert all(item.revision != BRANCH and item.size for item in weights_of(PUBLISHED))
    assert SMALL.weights.non_commercial and SMALL.weights.pickled
    assert not T5.non_commercial and not T5.pickled
    assert SMALL.weights.size == MUSIC + CODEC


def test_the_files_are_as_large_as_networks_of_the_papers_sizes() -> None:
    """The paper's small network, in 16 bits; the codec's sizes are what 32 kHz EnCodec has at 50 steps a second."""
    with torch.device("meta"):
        music = MusicgenForCausalLM(
            MusicgenDecoderConfig(
                vocab_size=2048,
                hidden_size=1024,
                num_hidden_layers=24,
                num_attention_heads=16,
                ffn_dim=4096,
                num_codebooks=4,
                pad_token_id=2048,
                bos_token_id=2048,
            )
        )
        codec = EncodecModel(
            EncodecConfig(
                sampling_rate=32000,
                audio_channels=1,
                normalize=False,
                hidden_size=128,
                num_filters=64,
                upsampling_ratios=[8, 5, 4, 4],
                num_lstm_layers=2,
                codebook_size=2048,
                target_bandwidths=[2.2],
                use_causal_conv=False,
                use_conv_shortcut=False,
                norm_type="weight_norm",
            )
        )
    words = 768 * 1024 + 1024
    numbers = sum(value.numel() for value in music.state_dict().values()) + words
    assert math.isclose(2 * numbers, MUSIC, rel_tol=1e-3)
    assert math.isclose(4 * sum(value.numel() for value in codec.state_dict().values()), CODEC, rel_tol=1e-3)
