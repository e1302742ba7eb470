"""MusicGen's files with random weights, as its authors publish them, and the library's own networks beside them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    EncodecConfig,
    EncodecModel,
    MusicgenConfig,
    MusicgenDecoderConfig,
    MusicgenForCausalLM,
    MusicgenForConditionalGeneration,
    MusicgenMelodyConfig,
    MusicgenMelodyDecoderConfig,
    MusicgenMelodyForCausalLM,
    MusicgenMelodyForConditionalGeneration,
    T5Config,
    T5ForConditionalGeneration,
)

from endpoints.musicgen.published import (
    CODEC_FILE,
    MELODY,
    MUSIC_FILE,
    PUBLISHED,
    SMALL,
    STEREO_MELODY,
    STEREO_SMALL,
    T5,
    WORDS_FILE,
    Published,
)

TOKENS, HEARD, WIDTH, BOOKS = 64, 32, 128, 4
WORDS = ("<pad>", "</s>", "<unk>", "calm", "piano", "loud", "drums", "instrumental", "music")


EVERY = (SMALL, STEREO_SMALL, MELODY, STEREO_MELODY)
"""One of each kind."""


@dataclass(frozen=True)
class Kind:
    """A kind of network: how many channels it makes, and whether it follows a melody."""

    channels: int = 1
    follows: bool = False


KINDS = {one.name: Kind(1 + one.name.startswith("Stereo"), one.follows) for one in PUBLISHED}


def _drawn(model: Any, seed: int, scale: float = 1.0) -> Any:
    """Give a network other numbers than its first ones, which are too small to tell anything."""
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for value in model.parameters():
            spread = scale / max(1, value.shape[-1]) ** 0.5 if value.dim() > 1 else 0.3
            # What is one at first, a norm's factors, stays around that.
            value.copy_(value.eq(1) + spread * torch.randn(value.shape, generator=random))
    return model.eval()


def codec_config(**size: Any) -> EncodecConfig:
    """Return what makes the codec: 50 steps a second, at 32 kHz."""
    tiny = {"hidden_size": 16, "num_filters": 2, "codebook_size": TOKENS, "target_bandwidths": [BOOKS * 6 * 50 / 1000]}
    return EncodecConfig(
        sampling_rate=32000,
        audio_channels=1,
        normalize=False,
        upsampling_ratios=[8, 5, 4, 4],
        num_lstm_layers=2,
        use_causal_conv=False,
        use_conv_shortcut=False,
        norm_type="weight_norm",
        **{**tiny, **size},
    )


def codec(seed: int = 1, **size: Any) -> Any:
    """Return the codec, with four tokens in a step."""
    config = codec_config(**size)
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(seed)
        made = EncodecModel(config)
        for layer in made.quantizer.layers:
            layer.codebook.embed.copy_(torch.randn(layer.codebook.embed.shape))
    return made.eval()


def words(seed: int = 2, **size: Any) -> Any:
    """Return T5, both halves."""
    tiny = {"vocab_size": len(WORDS), "d_model": HEARD, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4}
    config = T5Config(**{**tiny, "num_decoder_layers": 1, **size})
    return _drawn(T5ForConditionalGeneration(config), seed)


def music(kind: Kind, seed: int = 3) -> Any:
    """Return the network that draws tokens."""
    config, network = (
        (MusicgenMelodyDecoderConfig, MusicgenMelodyForCausalLM)
        if kind.follows
        else (MusicgenDecoderConfig, MusicgenForCausalLM)
    )
    made = network(
        config(
            vocab_size=TOKENS,
            hidden_size=WIDTH,
            num_codebooks=BOOKS * kind.channels,
            audio_channels=kind.channels,
            num_hidden_layers=2,
            num_attention_heads=2,
            ffn_dim=2 * WIDTH,
            pad_token_id=TOKENS,
            bos_token_id=TOKENS,
        )
    )
    return _drawn(made, seed, 2.0)


def reference(kind: Kind, seed: int = 3) -> Any:
    """Return the library's whole, of the same numbers as :func:`save` writes."""
    parts = {"text_encoder": words().encoder, "audio_encoder": codec(), "decoder": music(kind, seed)}
    t5 = words()
    config, whole = (
        (MusicgenMelodyConfig, MusicgenMelodyForConditionalGeneration)
        if kind.follows
        else (MusicgenConfig, MusicgenForConditionalGeneration)
    )
    made = whole(
        config(
            text_encoder=t5.config.to_dict(),
            audio_encoder=parts["audio_encoder"].config.to_dict(),
            decoder=parts["decoder"].config.to_dict(),
        )
    )
    made.audio_encoder.load_state_dict(parts["audio_encoder"].state_dict())
    made.decoder.load_state_dict(parts["decoder"].state_dict())
    heard = {name: value for name, value in t5.state_dict().items() if name.startswith(("shared", "encoder"))}
    made.text_encoder.load_state_dict(heard, strict=False)
    for name, bridge in bridges(kind).items():
        getattr(made, name).load_state_dict(bridge.state_dict())
    made.generation_config.update(
        pad_token_id=TOKENS, bos_token_id=TOKENS, decoder_start_token_id=TOKENS, eos_token_id=None
    )
    return made.eval()


def bridges(kind: Kind) -> dict[str, torch.nn.Linear]:
    """Return what brings words and notes to the network's width, by the library's names."""
    made = {"enc_to_dec_proj": _drawn(torch.nn.Linear(HEARD, WIDTH), 4)}
    if kind.follows:
        made["audio_enc_to_dec_proj"] = _drawn(torch.nn.Linear(12, WIDTH), 5)
    return made


def published_codec(model: Any) -> dict[str, torch.Tensor]:
    """Return the codec's numbers by its authors' names."""
    found = {}
    for name, value in model.state_dict().items():
        name = re.sub(r"^(encoder|decoder)\.layers\.", r"\1.model.", name)
        turned = re.match(r"decoder\.model\.(3|6|9|12)\.conv\.", name)
        name = re.sub(r"\.conv\.(?=bias|parametrizations)", ".convtr.convtr." if turned else ".conv.conv.", name)
        name = name.replace("parametrizations.weight.original0", "weight_g")
        name = name.replace("parametrizations.weight.original1", "weight_v")
        found[re.sub(r"^quantizer\.layers\.(\d)\.codebook", r"quantizer.vq.layers.\1._codebook", name)] = value
    return found


def published_music(kind: Kind, seed: int = 3) -> dict[str, torch.Tensor]:
    """Return the network's numbers by its authors' names, with 16 bits."""
    found: dict[str, torch.Tensor] = {}
    given = music(kind, seed).state_dict()
    for name, value in given.items():
        name = name.replace("model.decoder.embed_tokens.", "emb.").replace("lm_heads.", "linears.")
        name = name.replace("model.decoder.layer_norm.", "out_norm.").replace("model.decoder.", "transformer.")
        name = name.replace("encoder_attn_layer_norm", "norm_cross").replace("encoder_attn", "cross_attention")
        name = name.replace("self_attn_layer_norm", "norm1").replace("final_layer_norm", "norm2")
        name = name.replace("fc1", "linear1").replace("fc2", "linear2")
        if "q_proj" in name:
            at = next(other for other in given if given[other] is value or torch.equal(given[other], value))
            rows = [given[at.replace("q_proj", f"{letter}_proj")] for letter in "qkv"]
            found[name.replace("q_proj.weight", "in_proj_weight")] = torch.cat(rows)
        elif "k_proj" not in name and "v_proj" not in name:
            found[name] = value
    hints = {"enc_to_dec_proj": "description", "audio_enc_to_dec_proj": "self_wav"}
    for name, bridge in bridges(kind).items():
        at = f"condition_provider.conditioners.{hints[name]}"
        found |= {f"{at}.output_proj.{part}": value for part, value in bridge.state_dict().items()}
        if name.startswith("audio"):
            found[f"{at}.chroma.spec.window"] = torch.hann_window(16384)
    return found


def save_codec(folder: Path) -> None:
    """Write the codec."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save({"best_state": published_codec(codec()), "xp.cfg": "sample_rate: 32000"}, folder / CODEC_FILE)


def save_music(folder: Path, kind: Kind, seed: int = 3) -> None:
    """Write a network."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save({"best_state": published_music(kind, seed), "xp.cfg": "dataset: {}"}, folder / MUSIC_FILE)


def save_words(folder: Path) -> None:
    """Write T5 and its tokenizer."""
    words().save_pretrained(folder)
    cutter = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="<unk>"))
    cutter.pre_tokenizer = pre_tokenizers.Whitespace()
    cutter.post_processor = processors.TemplateProcessing("$A </s>", special_tokens=[("</s>", 1)])
    cutter.save(str(folder / WORDS_FILE))
    for name in ("generation_config.json",):
        (folder / name).unlink(missing_ok=True)
    assert json.loads((folder / "config.json").read_text())["d_model"] == HEARD


def save(folder: Path, published: tuple[Published, ...] = EVERY) -> dict[str, Path]:
    """Write all; returns the folders by repository."""
    at = {T5.repo: folder / "t5"}
    save_words(at[T5.repo])
    for number, one in enumerate(published):
        at[one.weights.repo] = folder / str(number)
        save_music(at[one.weights.repo], KINDS[one.name], 3 + number)
    save_codec(at[SMALL.weights.repo])
    return at


def tone(seconds: float, rate: int = 32000) -> torch.Tensor:
    """Return something to hear, ``(samples,)``: a chord that swells."""
    t = torch.arange(round(seconds * rate), dtype=torch.float64) / rate
    sound = sum(torch.sin(2 * torch.pi * hertz * t) for hertz in (220.0, 277.2, 329.6))
    return (0.15 * sound * (1 + torch.sin(2 * torch.pi * 2 * t))).float()  # type: ignore[union-attr]
