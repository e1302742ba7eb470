"""A passage's words and their times, by a network that says what it is told to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from endpoints.transcribe.decoding import Heard
from endpoints.transcribe.listening import Transcript, listen, stretches_of, within_speech
from endpoints.transcribe.passages import Passage
from endpoints.transcribe.vocabulary import Vocabulary
from tests.endpoints.transcribe import tiny_whisper as tiny
from tests.endpoints.transcribe.scripted import Scripted, tokens, vocabulary

tiny.needs_transformers()


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    return vocabulary(tmp_path_factory.mktemp("words"))


def heard(words: Vocabulary, *script: str | float, seconds: float = 10.0, start: float = 0.0) -> Transcript:
    network = Scripted(words, [script])
    passage = Passage(round(start * 16000), np.zeros(round(seconds * 16000), np.float32))
    return listen(network, passage, "en", 0, torch.Generator(), lambda _: None)  # type: ignore[arg-type]


def test_words_have_times_from_the_region_s_begin_in_order(words: Vocabulary) -> None:
    found = heard(words, 1.0, " One two", 4.0, 5.0, " three.", 8.0, start=60.0)
    assert [one.text for one in found.words] == [" One", " two", " three."]
    assert [one.last for one in found.words] == [False, True, True]
    times = [(one.start, one.end) for one in found.words]
    assert all(61.0 <= begin < end <= 68.0 for begin, end in times)
    assert times == sorted(times) and times[0][1] <= times[1][0] and times[2][0] >= 65.0
    assert all(one.sure > 0.99 for one in found.words) and found.heard == 160000


def test_the_language_is_found_out_where_none_is_asked_for(words: Vocabulary) -> None:
    network = Scripted(words, [(0.0, "ja", 1.0)])
    passage = Passage(0, np.zeros(16000, np.float32))
    found = listen(network, passage, "", 0, torch.Generator(), lambda _: None)  # type: ignore[arg-type]
    assert found.language == "de"


def test_what_begins_and_does_not_end_is_heard_again_from_there(words: Vocabulary) -> None:
    found = heard(words, 0.0, " One.", 4.0, 4.0, seconds=10.0)
    assert found.heard == 64000 and [one.text for one in found.words] == [" One."]


@pytest.mark.parametrize(
    "script", [(0.0, " One.", 0.5, 0.5), (0.0, " One.", 9.5, 9.5), (0.0, " One."), (0.0, "a", 4.0)]
)
def test_nothing_is_heard_again_where_hardly_anything_is_left_or_behind(
    words: Vocabulary, script: tuple[str | float, ...]
) -> None:
    assert heard(words, *script, seconds=10.0).heard == 160000


def test_what_has_no_text_has_no_words(words: Vocabulary) -> None:
    assert heard(words, 0.0).words == ()
    assert heard(words, 0.0, "   ", 2.0).words == ()


@pytest.mark.parametrize("seconds", [0.001, 0.02, 0.05])
def test_the_shortest_passages(words: Vocabulary, seconds: float) -> None:
    found = heard(words, 0.0, " so much is said here", 1.0, seconds=seconds)
    assert all(0 <= one.start < one.end <= 0.061 for one in found.words) and len(found.words) == 5


def test_timestamps_never_lead_out_of_the_passage(words: Vocabulary) -> None:
    first = words.first_time
    text = tokens(words, "ab")
    found = Heard((first + 10, text[0], first + 1400, first + 1400, text[1]), (0.9,) * 5, 0.0, 0.0)
    stretches = stretches_of(found, words, 100)
    assert [(one.start, one.end, len(one.tokens)) for one in stretches] == [(10, 100, 1), (100, 100, 1)]


@pytest.mark.parametrize(
    ("word", "spoken", "found"),
    [
        ((1.0, 3.0), [(0.5, 1.4), (5.0, 6.0)], (1.0, 1.4)),
        ((1.0, 3.0), [(2.5, 4.0)], (2.5, 3.0)),
        ((1.0, 3.0), [(0.0, 1.1), (2.0, 4.0)], (2.0, 3.0)),
        ((1.0, 3.0), [(4.0, 5.0)], (1.0, 3.0)),
        ((1.0, 3.0), [], (1.0, 3.0)),
    ],
)
def test_a_word_lies_where_somebody_speaks(
    word: tuple[float, float], spoken: list[tuple[float, float]], found: tuple[float, float]
) -> None:
    assert within_speech(*word, spoken) == found


def test_no_word_takes_longer_than_three_seconds(words: Vocabulary, tmp_path: Path) -> None:
    [word] = heard(words, 0.0, " so", 10.0).words
    assert word.end - word.start == 3.0
