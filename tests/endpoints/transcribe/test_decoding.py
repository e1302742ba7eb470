"""From scores to text: the library's rules, its greedy text, further tries, and what is dropped."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from app.errors import JobCancelledError
from endpoints.transcribe.decoding import decode, find_language, repeats, rule
from endpoints.transcribe.network import Network
from endpoints.transcribe.vocabulary import Vocabulary
from tests.endpoints.transcribe import tiny_whisper as tiny
from tests.endpoints.transcribe.scripted import Scripted, vocabulary

tiny.needs_transformers()


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    return vocabulary(tmp_path_factory.mktemp("words"))


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    folder = tmp_path_factory.mktemp("network")
    tiny.save(folder, 4)
    return Network(folder, "cpu")


def lots() -> torch.Generator:
    return torch.Generator().manual_seed(1)


def silent(_: float) -> None:
    pass


def library_rules(words: Vocabulary, prompt: int) -> Any:
    """Return the library's own rules, as one function of tokens and scores."""
    from transformers import GenerationConfig
    from transformers.generation import logits_process as process

    config = GenerationConfig(**tiny.generation())
    rules = [
        process.SuppressTokensLogitsProcessor(words.never, "cpu"),
        process.SuppressTokensAtBeginLogitsProcessor(words.never_first, prompt, "cpu"),
        process.WhisperTimeStampLogitsProcessor(config, prompt),
    ]

    def ruled(tokens: list[int], scores: torch.Tensor) -> torch.Tensor:
        found = scores[None].clone()
        # Special tokens are among those that published sizes never say.
        found[:, words.end + 1 : words.first_time] = -math.inf
        for one in rules:
            found = one(torch.tensor([tokens]), found)
        return found[0]

    return ruled


def test_what_must_not_follow_is_what_the_library_rules_out(words: Vocabulary) -> None:
    random, ruled = np.random.default_rng(5), library_rules(words, 3)
    prompt = [words.start, words.languages["en"], words.transcribe]
    for case in range(60):
        found: list[int] = []
        loudness = (1.0, 3.0, 9.0)[case % 3]
        for _ in range(12):
            scores = torch.from_numpy(random.standard_normal(words.first_time + 1501) * loudness).float()
            scores[: words.end] += 6.0 * (case % 4 > 1)
            ours, theirs = rule(scores, found, words), ruled([*prompt, *found], scores)
            assert torch.equal(ours, theirs), (case, found)
            token = int(ours.argmax())
            if token == words.end:
                break
            found.append(token)


def test_the_greedy_text_is_that_of_the_library_without_a_memory(network: Network) -> None:
    words, model = network.vocabulary, tiny.model(4)
    random = np.random.default_rng(1)
    for seconds in (1.0, 30.0):
        heard = network.encode(random.standard_normal(round(seconds * 16000)) * 0.1)
        prompt = [words.start, words.languages["fr"], words.transcribe]
        ruled, found, total = library_rules(words, 3), list[int](), 0.0
        for _ in range(network.longest // 2 - 3):
            with torch.inference_mode():
                scores = model(encoder_outputs=(heard,), decoder_input_ids=torch.tensor([[*prompt, *found]])).logits
            chances = torch.log_softmax(ruled([*prompt, *found], scores[0, -1]), 0)
            token = int(chances.argmax())
            total += float(chances[token])
            if token == words.end:
                break
            found.append(token)
        ours = decode(network, heard, "fr", 0, lots(), silent)
        assert ours.tokens == tuple(found) and len(set(found)) > 3
        assert ours.sure == pytest.approx(total / (len(found) + 1), abs=1e-4)


def test_the_language_is_the_likeliest_of_all(network: Network) -> None:
    heard = network.encode(np.random.default_rng(2).standard_normal(16000) * 0.1)
    words = network.vocabulary
    with torch.inference_mode():
        scores = tiny.model(4)(encoder_outputs=(heard,), decoder_input_ids=torch.tensor([[words.start]])).logits[0, 0]
    best = max(words.languages, key=lambda code: scores[words.languages[code]])
    assert find_language(network, heard) == best


def test_a_text_that_repeats_itself_is_heard_again_and_the_same_seed_gives_the_same(network: Network) -> None:
    """What a tiny network with random numbers says is never sure, so that every try is made."""
    heard = network.encode(np.random.default_rng(3).standard_normal(160000) * 0.1)
    told: list[float] = []
    once = decode(network, heard, "en", 0, lots(), told.append)
    alone = len(told)
    again = [decode(network, heard, "en", 3, torch.Generator().manual_seed(seed), told.append) for seed in (7, 7, 8)]
    assert len(told) > 4 * alone / 2
    assert again[0] == again[1] and again[0].tokens != again[2].tokens
    assert again[0].sure > once.sure or repeats(network.vocabulary.text(once.tokens))


def test_repeating_is_told_by_how_well_a_text_packs() -> None:
    assert repeats("thank you " * 20) and not repeats("") and not repeats("yes yes yes")
    assert not repeats("We recorded the second verse twice, because the first take was too loud.")


def test_where_nobody_speaks_an_unsure_text_is_dropped_and_no_further_try_made(words: Vocabulary) -> None:
    """Sure of silence, and of nothing else: a low score for each token."""
    for silence, nothing in ((30.0, True), (-20.0, False)):
        network = Scripted(words, [(0.0, "you", 1.0)], silence, sure=1.0)
        heard = network.encode(np.zeros(16000))
        told: list[float] = []
        found = decode(network, heard, "en", 0, lots(), told.append)  # type: ignore[arg-type]
        assert found.nothing is nothing and (found.silence > 0.9) is nothing


def test_it_tells_the_second_and_may_be_ended(words: Vocabulary) -> None:
    network = Scripted(words, [(0.5, " one", 2.0, 2.0, " two", 4.0)])
    heard, told = network.encode(np.zeros(80000)), list[float]()
    decode(network, heard, "en", 0, lots(), told.append)  # type: ignore[arg-type]
    assert [round(at, 2) for at in told if at] == [0.5, 2.0, 2.0, 4.0]

    def end(at: float) -> None:
        if at >= 2.0:
            raise JobCancelledError("The job was cancelled.")

    with pytest.raises(JobCancelledError):
        decode(network, heard, "en", 0, lots(), end)  # type: ignore[arg-type]


def test_a_text_without_an_end_stops_at_half_of_what_there_is_room_for(words: Vocabulary) -> None:
    network = Scripted(words, [(0.0, "a" * 500)])
    found = decode(network, network.encode(np.zeros(16000)), "en", 0, lots(), silent)  # type: ignore[arg-type]
    assert len(found.tokens) == 448 // 2 - 3
    assert all(0 <= chance <= 1 for chance in found.probabilities)


def test_the_library_s_rules_change_something(words: Vocabulary, tmp_path: Path) -> None:
    scores = torch.zeros(words.first_time + 1501)
    begun = rule(scores, [], words)
    assert torch.isfinite(begun).sum() == 51 and torch.isfinite(begun[words.first_time]).item()
    closed = rule(scores, [words.first_time, 40, words.first_time + 9], words)
    assert not torch.isfinite(closed[: words.end]).any() and torch.isfinite(closed[words.first_time + 9])
