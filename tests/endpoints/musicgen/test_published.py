"""What is stated of the published files."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
import torch
from transformers import EncodecModel, MusicgenDecoderConfig, MusicgenForCausalLM

from app.weights import BRANCH
from endpoints.musicgen.published import CODEC_FILE, MUSIC_FILE, PUBLISHED, SMALL, T5, Published, weights_of
from tests.endpoints.musicgen import tiny_networks

MUSIC, CODEC = 840_843_863, 236_001_935
"""Bytes of the two files of the small network."""


@dataclass(frozen=True)
class Shape:
    """A network of the paper's: layers and width."""

    layers: int
    width: int


SHAPES = {"small": Shape(24, 1024), "medium": Shape(48, 1536), "large": Shape(48, 2048), "melody": Shape(48, 1536)}


def shape_of(one: Published) -> Shape:
    """Return a network's shape, by its name; those that follow a melody are medium unless they are large."""
    words = one.name.lower().split()
    return next(SHAPES[word] for word in sorted(words) if word in SHAPES)


def test_each_is_of_a_commit_and_non_commercial_where_it_is() -> None:
    assert all(item.revision != BRANCH and item.size for item in weights_of(PUBLISHED))
    assert SMALL.weights.non_commercial and SMALL.weights.pickled
    assert not T5.non_commercial and not T5.pickled
    assert SMALL.weights.size == MUSIC + CODEC
    assert len({one.weights.revision for one in PUBLISHED}) == len(PUBLISHED)
    for one in PUBLISHED[1:]:
        assert one.weights.non_commercial and one.weights.choice == ("version", one.name)
        assert one.weights.files == (MUSIC_FILE,) == one.weights.unstated, "the hub tells its checksum"
    assert SMALL.weights.choice is None and CODEC_FILE in SMALL.weights.files, "its codec is for all"


@pytest.mark.parametrize("one", PUBLISHED, ids=lambda one: one.name)
def test_the_files_are_as_large_as_networks_of_the_papers_sizes(one: Published) -> None:
    """In 16 bits, with what brings T5's words to their width."""
    shape, books = shape_of(one), 8 if one.name.startswith("Stereo") else 4
    with torch.device("meta"):
        music = MusicgenForCausalLM(
            MusicgenDecoderConfig(
                vocab_size=2048,
                hidden_size=shape.width,
                num_hidden_layers=shape.layers,
                num_attention_heads=shape.width // 64,
                ffn_dim=4 * shape.width,
                num_codebooks=books,
                pad_token_id=2048,
                bos_token_id=2048,
            )
        )
    numbers = sum(value.numel() for value in music.state_dict().values()) + 769 * shape.width
    assert math.isclose(2 * numbers, MUSIC if one is SMALL else one.weights.size, rel_tol=1e-3)


def test_the_codec_is_as_large_as_one_of_50_steps_a_second_at_32_khz() -> None:
    published = {"hidden_size": 128, "num_filters": 64, "codebook_size": 2048, "target_bandwidths": [2.2]}
    with torch.device("meta"):
        codec = EncodecModel(tiny_networks.codec_config(**published))
    assert math.isclose(4 * sum(value.numel() for value in codec.state_dict().values()), CODEC, rel_tol=1e-3)
