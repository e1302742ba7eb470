"""Table 22: what MusicGen takes on a processor, with networks of the published sizes and random numbers."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers

from benchmarks.processes import peak_mib
from benchmarks.table import Options, Table, command
from endpoints.musicgen.building import RATE, build_bridge, build_codec, build_music, build_words
from endpoints.musicgen.checkpoint import music_state, read_state
from endpoints.musicgen.drawing import Drawing
from endpoints.musicgen.generating import Wanted, continued, sounded
from endpoints.musicgen.network import Network
from endpoints.musicgen.published import CODEC_FILE, LARGE, MEDIUM, MUSIC_FILE, SMALL, WORDS_FILE
from tests.endpoints.musicgen import tiny_networks

COLUMNS = (
    "Version",
    "Numbers in it (million)",
    "Loading (s)",
    "A second of music (s)",
    "The same by transformers (s)",
    "Peak memory (MiB)",
)
_CODEC = {"hidden_size": 128, "num_filters": 64, "codebook_size": 2048, "target_bandwidths": [2.2]}
_T5 = {"vocab_size": 32128, "d_model": 768, "d_kv": 64, "d_ff": 3072, "num_layers": 12, "num_heads": 12}
_TINY_CODEC = {**_CODEC, "hidden_size": 16, "num_filters": 2}
_TINY_T5 = {**_T5, "vocab_size": 64, "d_ff": 64, "num_layers": 1}
_WORDS = "calm piano with soft strings"
_HOW = Drawing(guidance=3.0, temperature=1.0, most=250)


@dataclass(frozen=True)
class Size:
    """A network's layers and width, and seconds of music to make."""

    layers: int
    width: int
    seconds: float = 1.0


SIZES = {SMALL.name: Size(24, 1024, 3.0), MEDIUM.name: Size(48, 1536), LARGE.name: Size(48, 2048)}


def measure(options: Options) -> Table:
    """Measure each size in a process of its own, in one thread, and the library's loop beside the smallest."""
    sizes = {"as in tests": Size(1, 128, 0.2)} if options.quick else SIZES
    own = multiprocessing.get_context("spawn")
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _save_parts(folder, _TINY_CODEC if options.quick else _CODEC, _TINY_T5 if options.quick else _T5)
        for place, (version, size) in enumerate(sizes.items()):
            (folder / MUSIC_FILE).unlink(missing_ok=True)
            torch.save({"best_state": (state := _drawn(size))}, folder / MUSIC_FILE)
            numbers = sum(value.numel() for value in state.values()) / 1e6
            del state
            with own.Pool(1) as pool:
                loading, second, peak = pool.apply(_ours, (folder, size.seconds))
            with own.Pool(1) as pool:
                theirs = f"{pool.apply(_theirs, (folder, size.seconds)):.1f}" if not place else "—"
            rows.append((version, f"{numbers:.0f}", f"{loading:.1f}", f"**{second:.1f}**", theirs, f"{peak:.0f}"))
    return Table(COLUMNS, rows)


def _ours(folder: Path, seconds: float) -> tuple[float, float, float]:
    """Return seconds to load, seconds for a second of music, and the peak of memory (MiB)."""
    torch.set_num_threads(1)
    held: list[Network] = []

    def load() -> None:
        held.append(Network(folder / CODEC_FILE, folder, "cpu"))
        held[0].open(folder / MUSIC_FILE)

    def make() -> None:
        [network] = held
        wanted = Wanted(network.meaning(_WORDS), None, _HOW, 1)
        before = torch.zeros(network.books, 0, dtype=torch.long)
        tokens = continued(network, before, round(seconds * RATE / network.hop), wanted, lambda _: None)
        sounded(network, tokens, lambda _: None)

    return _timed(load), _timed(make) / seconds, peak_mib(os.getpid())


def _theirs(folder: Path, seconds: float) -> float:
    """Return seconds for a second of music by the library's own loop."""
    from transformers import MusicgenForConditionalGeneration

    torch.set_num_threads(1)
    state, codec = music_state(read_state(folder / MUSIC_FILE)), build_codec(read_state(folder / CODEC_FILE))
    reader, t5 = build_words(folder)
    music = build_music(state, torch.float32)
    blank = music.config.vocab_size
    whole: Any = MusicgenForConditionalGeneration(text_encoder=t5, audio_encoder=codec, decoder=music).eval()
    whole.enc_to_dec_proj = build_bridge(state.words).float()
    whole.generation_config.update(
        pad_token_id=blank, bos_token_id=blank, decoder_start_token_id=blank, eos_token_id=None
    )
    words = torch.tensor([reader.encode(_WORDS).ids])
    steps = round(seconds * RATE / codec.config.hop_length)
    asked = {"do_sample": True, "top_k": _HOW.most, "guidance_scale": _HOW.guidance}
    books = len(codec.quantizer.layers)
    making = partial(whole.generate, input_ids=words, attention_mask=torch.ones_like(words), **asked)
    return _timed(lambda: making(max_new_tokens=steps + books - 1)) / seconds


def _timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _drawn(size: Size) -> dict[str, torch.Tensor]:
    """Return a network's numbers by its authors' names, with 16 bits."""
    width = size.width
    numbers = torch.randn(max(4 * width, 2049) * width).mul(width**-0.5).half()

    def weight(rows: int, columns: int) -> torch.Tensor:
        return numbers[: rows * columns].reshape(rows, columns).clone()

    def norm(at: str) -> dict[str, torch.Tensor]:
        return {f"{at}.weight": torch.ones(width).half(), f"{at}.bias": torch.zeros(width).half()}

    at = "condition_provider.conditioners.description.output_proj"
    found = {f"{at}.weight": weight(width, 768), f"{at}.bias": torch.zeros(width).half(), **norm("out_norm")}
    for book in range(4):
        found |= {f"emb.{book}.weight": weight(2049, width), f"linears.{book}.weight": weight(2048, width)}
    for layer in (f"transformer.layers.{number}" for number in range(size.layers)):
        for part in ("norm1", "norm2", "norm_cross"):
            found |= norm(f"{layer}.{part}")
        for part in ("self_attn", "cross_attention"):
            found[f"{layer}.{part}.in_proj_weight"] = weight(3 * width, width)
            found[f"{layer}.{part}.out_proj.weight"] = weight(width, width)
        found[f"{layer}.linear1.weight"], found[f"{layer}.linear2.weight"] = (
            weight(4 * width, width),
            weight(width, 4 * width),
        )
    return found


def _save_parts(folder: Path, codec: dict[str, Any], words: dict[str, Any]) -> None:
    """Write a codec and T5, with a tokenizer that knows next to no words."""
    torch.save({"best_state": tiny_networks.published_codec(tiny_networks.codec(**codec))}, folder / CODEC_FILE)
    tiny_networks.words(**words).save_pretrained(folder)
    cutter = Tokenizer(models.WordLevel({word: place for place, word in enumerate(_WORDS.split())}, unk_token="calm"))
    cutter.pre_tokenizer = pre_tokenizers.Whitespace()
    cutter.save(str(folder / WORDS_FILE))


if __name__ == "__main__":
    command("musicgen", measure)
