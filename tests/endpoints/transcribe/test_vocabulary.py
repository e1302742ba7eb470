"""Tokens to words, and files that are not what they must be."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import ModelFormatError
from endpoints.transcribe.published import GENERATION, TOKENIZER
from endpoints.transcribe.vocabulary import Vocabulary
from tests.endpoints.transcribe import tiny_whisper as tiny
from tests.endpoints.transcribe.scripted import tokens, vocabulary

tiny.needs_transformers()


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    return vocabulary(tmp_path_factory.mktemp("words"))


@pytest.mark.parametrize(
    ("text", "spaces", "cut"),
    [
        (" Hello, wörld!", True, [" Hello,", " wörld!"]),
        (' He said: "no" (twice) ...', True, [" He", " said:", ' "no"', " (twice)", " ..."]),
        (" it's ill-disposed", True, [" it's", " ill-disposed"]),
        ("你好。再见", False, ["你", "好。", "再", "见"]),
        ("你好", True, ["你好"]),
        ("", True, []),
    ],
)
def test_words_keep_their_signs_and_punctuation(words: Vocabulary, text: str, spaces: bool, cut: list[str]) -> None:
    spelled = tokens(words, text)
    found = words.words(spelled, spaces)
    assert [one for one, _ in found] == cut
    assert sum(count for _, count in found) == len(spelled)


def test_a_sign_that_never_ends_is_one_word(words: Vocabulary) -> None:
    spelled = tokens(words, "好")[:2] * 3
    assert sum(count for _, count in words.words(spelled, True)) == len(spelled)


def test_tokens_that_are_no_text_are_left_out(words: Vocabulary) -> None:
    spelled = [words.start, *tokens(words, "yes"), words.first_time + 5, words.end]
    assert words.text(spelled) == "yes"
    assert words.no_speech == words.no_times - 1 and words.first_time == words.no_times + 1
    assert len(words.languages) == 100 and words.heads == ((0, 1), (1, 0))


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        (TOKENIZER, "no tokenizer", "tokenizer of Whisper cannot be read"),
        (GENERATION, "no json", "generation_config.json of Whisper is not"),
        (GENERATION, "[]", "generation_config.json of Whisper is not"),
        (GENERATION, '{"alignment_heads": [[0]], "lang_to_id": {}}', "generation_config.json of Whisper is not"),
        (GENERATION, None, "generation_config.json of Whisper is not"),
    ],
)
def test_what_is_broken_is_refused(tmp_path: Path, file: str, content: str | None, sentence: str) -> None:
    vocabulary(tmp_path)
    if content is None:
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_text(content)
    with pytest.raises(ModelFormatError, match=sentence):
        Vocabulary(tmp_path)


def test_a_tokenizer_of_another_network_is_refused(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models

    vocabulary(tmp_path)
    Tokenizer(models.BPE({"a": 0}, [])).save(str(tmp_path / TOKENIZER))
    with pytest.raises(ModelFormatError, match=r"lacks the token <\|startoftranscript\|>"):
        Vocabulary(tmp_path)
