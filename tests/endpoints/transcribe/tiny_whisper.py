"""Whisper with few channels and random weights, in files as its authors publish them; and the endpoint on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from app.endpoint import LabelList, Region, TrackFile
from app.harp.controls import CONTROLS
from endpoints.transcribe.endpoint import Transcribe
from endpoints.transcribe.languages import LANGUAGES
from endpoints.transcribe.published import CONFIG, GENERATION, NETWORK, PUBLISHED, TOKENIZER
from tests.endpoints.watched import Watched

HEADS = [[0, 1], [1, 0]]
_BYTES = 256


def needs_transformers() -> None:
    """Skip a module where requirements-neural.txt is not installed."""
    for name in ("transformers", "safetensors", "tokenizers"):
        pytest.importorskip(name, reason=f"requirements-neural.txt is not installed: no {name}")


def tokenizer() -> Any:
    """Return a tokenizer whose words are bytes, with the special tokens of the published ones in their order."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    signs = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE({sign: place for place, sign in enumerate(signs)}, []))
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    codes = [f"<|{code}|>" for code in LANGUAGES.values()]
    tasks = ["translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps"]
    special = ["<|endoftext|>", "<|startoftranscript|>", *codes, *(f"<|{task}|>" for task in tasks)]
    made.add_special_tokens([AddedToken(name, special=True) for name in special])
    made.add_tokens([AddedToken(f"<|{0.02 * step:.2f}|>") for step in range(1501)])
    return made


TINY: dict[str, float] = {
    "d_model": 16,
    **{f"{side}_{what}": 2 for side in ("encoder", "decoder") for what in ("layers", "attention_heads")},
    **{f"{side}_ffn_dim": 16 for side in ("encoder", "decoder")},
    "num_mel_bins": 80,
    "max_target_positions": 64,
    "init_std": 0.6,
}
"""So small that it takes no time; its numbers differ so much that it says more than one thing."""


def model(seed: int, size: Mapping[str, float] = TINY) -> Any:
    """Return the library's model of a size, with random numbers."""
    import torch
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    made = tokenizer()
    end = made.token_to_id("<|endoftext|>")
    start = made.token_to_id("<|startoftranscript|>")
    ends = {f"{name}_token_id": end for name in ("pad", "bos", "eos")}
    torch.manual_seed(seed)
    config = WhisperConfig(**{"vocab_size": made.get_vocab_size(), **size}, **ends, decoder_start_token_id=start)
    return WhisperForConditionalGeneration(config).eval()


def generation() -> dict[str, Any]:
    """Return what ``generation_config.json`` says."""
    token = tokenizer().token_to_id
    end = token("<|endoftext|>")
    return {
        "alignment_heads": HEADS,
        "begin_suppress_tokens": [token("Ġ"), end],
        "suppress_tokens": [1, 2],
        "decoder_start_token_id": token("<|startoftranscript|>"),
        "eos_token_id": end,
        "pad_token_id": end,
        "bos_token_id": end,
        "is_multilingual": True,
        "lang_to_id": {f"<|{code}|>": token(f"<|{code}|>") for code in LANGUAGES.values()},
        "task_to_id": {"transcribe": token("<|transcribe|>"), "translate": token("<|translate|>")},
        "no_timestamps_token_id": token("<|notimestamps|>"),
        "max_initial_timestamp_index": 50,
        "max_length": 64,
        "prev_sot_token_id": token("<|startofprev|>"),
        "return_timestamps": True,
    }


def save(folder: Path, seed: int, size: Mapping[str, float] = TINY) -> int:
    """Write a size's files; returns how many numbers are in it."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    made = model(seed, size)
    (folder / CONFIG).write_text(json.dumps(made.config.to_dict()))
    (folder / GENERATION).write_text(json.dumps(generation()))
    tokenizer().save(str(folder / TOKENIZER))
    # The last layer has the weights of the first one.
    held = {name: value.contiguous() for name, value in made.state_dict().items() if name != "proj_out.weight"}
    save_file(held, folder / NETWORK, {"format": "pt"})
    return sum(value.numel() for value in held.values())


def save_all(folder: Path) -> dict[str, str]:
    """Write every size's files; returns their folders by repository."""
    at = {}
    for seed, one in enumerate(PUBLISHED, 1):
        save(folder / str(seed), seed, {**TINY, "num_mel_bins": 128 if "v3" in one.name else 80})
        at[one.weights.repo] = str(folder / str(seed))
    return at


def opened(folder: Path) -> Transcribe:
    """Return the endpoint, set up with tiny weights."""
    made = Transcribe()
    vars(made)["weights"] = save_all(folder)
    made.setup("cpu")
    return made


def speech(path: Path, seconds: float = 7.0, rate: int = 16000, channels: int = 1) -> None:
    """Write the phrases of a talking machine, again and again, 7 s each: voices at 0.6, 2.6 and 5.2 s."""
    from endpoints.bundled.labeler_examples import speech as example

    sound = np.asarray(example()[0], np.float64).reshape(-1)
    whole = np.tile(sound, int(np.ceil(seconds / 7)))[: round(seconds * 16000)]
    if rate != 16000:
        whole = np.interp(np.arange(round(seconds * rate)) / rate, np.arange(len(whole)) / 16000, whole)
    soundfile.write(path, np.repeat(whole[:, None], channels, 1), rate, "PCM_16")


def run(made: Transcribe, path: Path, job: Watched | None = None, **values: Any) -> LabelList:
    """Return the labels of a job."""
    asked = {one.name: one.value for one in made.inputs if isinstance(one, CONTROLS)} | {"tries": 0} | values
    [labels] = made.process(Region((TrackFile(path, path.name),), path.parent), asked, job or Watched())
    assert isinstance(labels, LabelList)
    return labels
