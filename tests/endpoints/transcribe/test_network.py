"""The library's network by our hands: what it hears, what it attends to, what is refused, and how it is ended."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from app.audacitorch.inference.precision import numbers_for
from app.errors import JobCancelledError, ModelFormatError
from endpoints.transcribe import network as module
from endpoints.transcribe.network import RATE, WINDOW, Network
from endpoints.transcribe.published import CONFIG, GENERATION, NETWORK
from tests.endpoints.transcribe import tiny_whisper as tiny

tiny.needs_transformers()


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    folder = tmp_path_factory.mktemp("network")
    tiny.save(folder, 2)
    return Network(folder, "cpu")


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(1).standard_normal(round(seconds * RATE)) * 0.1


def test_it_hears_what_the_library_hears(network: Network) -> None:
    from transformers import WhisperFeatureExtractor

    features = WhisperFeatureExtractor()(noise(3.0), sampling_rate=RATE, return_tensors="pt").input_features
    with torch.inference_mode():
        theirs = tiny.model(2).model.encoder(features).last_hidden_state
    assert torch.allclose(network.encode(noise(3.0)), theirs, atol=1e-5)
    assert network.encode(noise(30.0)).shape == (1, 1500, 16) and WINDOW == 480000


def test_the_memory_changes_nothing(network: Network) -> None:
    words = network.vocabulary
    tokens = [words.start, words.languages["en"], words.transcribe, words.first_time, 5, 6, 7]
    heard = network.encode(noise(2.0))
    whole, _ = network.following(heard, tokens)
    first, memory = network.following(heard, tokens[:3])
    parts = [first]
    for token in tokens[3:]:
        scores, memory = network.following(heard, [token], memory)
        parts.append(scores)
    assert torch.allclose(torch.cat(parts), whole, atol=1e-4) and whole.shape == (7, words.first_time + 1501)


def test_it_attends_as_the_library_says_and_leaves_no_hook(network: Network) -> None:
    words = network.vocabulary
    tokens = [words.start, words.languages["en"], words.transcribe, words.no_times, 5, 6, words.end]
    heard = network.encode(noise(2.0))
    with torch.inference_mode():
        found = tiny.model(2).set_attn_implementation("eager") or tiny.model(2)
        model = tiny.model(2)
        model.set_attn_implementation("eager")
        found = model(
            encoder_outputs=(heard,), decoder_input_ids=torch.tensor([tokens]), output_attentions=True
        ).cross_attentions
    theirs = torch.stack([found[layer][0, head, :, :100] for layer, head in words.heads])
    for _ in range(2):
        assert torch.allclose(network.attention(heard, tokens, 2 * RATE), theirs, atol=1e-5)
    assert network.attention(heard, tokens, 1).shape == (2, 7, 1)


def test_half_as_many_bits_change_little(network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a GPU of NVIDIA's, here on the processor."""
    assert numbers_for(torch.device("cuda", 0)) == torch.float16 and numbers_for(torch.device("cpu")) == torch.float32
    monkeypatch.setattr(module, "numbers_for", lambda device: torch.float16)
    tiny.save(tmp_path, 2)
    half, words = Network(tmp_path, "cpu"), network.vocabulary
    tokens = [words.start, words.languages["en"], words.transcribe, words.first_time, 5, 6, words.end]
    found, exact = (
        (one.following(one.encode(noise(2.0)), tokens)[0], one.attention(one.encode(noise(2.0)), tokens, 2 * RATE))
        for one in (half, network)
    )
    assert half.encode(noise(2.0)).dtype == torch.float16
    for ours, theirs in zip(found, exact):
        assert ours.dtype == torch.float32 and 0 < (ours - theirs).abs().max() < 0.02 * theirs.abs().max()


def test_it_can_be_ended_between_any_two_layers(network: Network) -> None:
    calls = 0

    def tick() -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise JobCancelledError("The job was cancelled.")

    network.tick = tick
    with pytest.raises(JobCancelledError):
        network.encode(noise(1.0))
    network.tick = lambda: None
    assert calls == 2


def test_what_is_broken_is_refused(tmp_path: Path) -> None:
    tiny.save(tmp_path, 1)
    good = {file: (tmp_path / file).read_bytes() for file in (CONFIG, GENERATION, NETWORK)}
    far = json.dumps({**tiny.generation(), "alignment_heads": [[9, 0]]}).encode()
    none = json.dumps({**tiny.generation(), "alignment_heads": []}).encode()
    small = json.dumps({**json.loads(good[CONFIG]), "max_source_positions": 750}).encode()
    for file, content, sentence in (
        (NETWORK, b"nothing", "weights of Whisper cannot be opened"),
        (NETWORK, good[NETWORK][: len(good[NETWORK]) // 2], "weights of Whisper cannot be opened"),
        (CONFIG, b"nothing", "weights of Whisper cannot be opened"),
        (CONFIG, small, "Whisper"),
        (GENERATION, far, "heads that follow the sound do not match"),
        (GENERATION, none, "heads that follow the sound do not match"),
    ):
        (tmp_path / file).write_bytes(content)
        with pytest.raises(ModelFormatError, match=sentence):
            Network(tmp_path, "cpu")
        (tmp_path / file).write_bytes(good[file])
    assert Network(tmp_path, "cpu").longest == 64
