"""The library's networks, made as large as the authors' files say, with their numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from app.errors import ModelFormatError
from endpoints.musicgen.checkpoint import MusicState, Tensors, codec_names, counted
from endpoints.musicgen.published import WORDS_FILE

RATE = 32000
"""Hz: what the codec hears and makes."""

_HEAD = 64
"""Numbers in a head of attention, in all networks of the authors'."""


def build_music(state: MusicState, kind: torch.dtype) -> Any:
    """Return the network that draws tokens; one with words in front where it follows a melody, else beside it.

    Args:
        state: its numbers; each goes from there once it is one of ``kind``, so that both do not lie here at once.
        kind: of the numbers.
    """
    from transformers import (
        MusicgenDecoderConfig,
        MusicgenForCausalLM,
        MusicgenMelodyDecoderConfig,
        MusicgenMelodyForCausalLM,
    )

    at = "model.decoder"
    rows, width = state.network[f"{at}.embed_tokens.0.weight"].shape
    config, network = (
        (MusicgenMelodyDecoderConfig, MusicgenMelodyForCausalLM)
        if state.melody
        else (MusicgenDecoderConfig, MusicgenForCausalLM)
    )
    size = config(
        vocab_size=rows - 1,
        hidden_size=width,
        num_codebooks=counted(state.network, lambda book: f"{at}.embed_tokens.{book}.weight"),
        num_hidden_layers=counted(state.network, lambda layer: f"{at}.layers.{layer}.fc1.weight"),
        num_attention_heads=width // _HEAD,
        ffn_dim=state.network[f"{at}.layers.0.fc1.weight"].shape[0],
        pad_token_id=rows - 1,
        bos_token_id=rows - 1,
    )
    # Without numbers of its own at first: drawing those of the larger networks takes half a minute.
    with torch.device("meta"):
        made = network(size)
    for name in state.network:
        state.network[name] = state.network[name].to(kind)
    made.load_state_dict(state.network, assign=True)
    # What is no learnt number stands in no file.
    positions = type(made.model.decoder.embed_positions)
    made.model.decoder.embed_positions = positions(size.max_position_embeddings, width).to(kind)
    return made


def build_bridge(tensors: Tensors) -> torch.nn.Linear:
    """Return what brings a hint to a network's width, from ``weight (width, heard)`` and ``bias (width,)``."""
    width, heard = tensors["weight"].shape
    made = torch.nn.Linear(heard, width)
    made.load_state_dict(tensors)
    return made


def build_codec(state: Mapping[str, torch.Tensor]) -> Any:
    """Return the codec: EnCodec at 32 kHz, not causal, without convolutions beside its blocks."""
    from transformers import EncodecConfig, EncodecModel

    named = codec_names(state)
    books = counted(named, lambda book: f"quantizer.layers.{book}.codebook.embed")
    tokens, width = named["quantizer.layers.0.codebook.embed"].shape
    ratios = _ratios(named)
    codec = EncodecModel(
        EncodecConfig(
            sampling_rate=RATE,
            audio_channels=1,
            normalize=False,
            hidden_size=width,
            num_filters=named["encoder.layers.0.conv.parametrizations.weight.original1"].shape[0],
            upsampling_ratios=ratios,
            num_lstm_layers=counted(named, lambda layer: f"decoder.layers.1.lstm.weight_ih_l{layer}"),
            codebook_size=tokens,
            target_bandwidths=[books * math.ceil(math.log2(tokens)) * RATE / math.prod(ratios) / 1000],
            use_causal_conv=False,
            use_conv_shortcut=False,
            norm_type="weight_norm",
        )
    )
    codec.load_state_dict(named)
    return codec


def _ratios(named: Tensors) -> list[int]:
    """Return by how much each of the codec's stages stretches.

    A convolution that makes n samples of one is 2 n long; three layers lie between one and the next. The last
    convolution is of odd length, and makes no more.
    """
    ratios: list[int] = []
    while True:
        at = f"decoder.layers.{3 + 3 * len(ratios)}.conv.parametrizations.weight.original1"
        if at not in named or named[at].shape[2] % 2:
            return ratios
        ratios.append(named[at].shape[2] // 2)


def build_words(folder: Path) -> tuple[Any, Any]:
    """Return what cuts words into tokens, and T5, which reads them.

    Raises:
        ModelFormatError: a part of T5 is not there.
    """
    from tokenizers import Tokenizer
    from transformers import T5EncoderModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    # The file holds T5's other half too, which is not wanted.
    logging.set_verbosity_error()
    model, told = T5EncoderModel.from_pretrained(
        folder, local_files_only=True, use_safetensors=True, dtype=torch.float32, output_loading_info=True
    )
    if told["missing_keys"] or told.get("mismatched_keys"):
        raise ModelFormatError("The weights of T5 lack a part: install them again.")
    return Tokenizer.from_file(str(folder / WORDS_FILE)), model
