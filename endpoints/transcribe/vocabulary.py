"""Tokens and what they stand for, as a size's own files say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.errors import ModelFormatError
from endpoints.transcribe.published import GENERATION, TOKENIZER

SECONDS = 0.02
"""Of a step between two timestamps."""

_BROKEN = "\ufffd"
_BEFORE, _BEHIND = "\"'“‘¿¡([{-«„", "\"'”’.,!?:;)]}…。，！？：、；」』»"


class Vocabulary:
    """The tokens of one size.

    Args:
        folder: where its files are.

    Attributes:
        start, end: the tokens of a text's begin and end.
        transcribe: the task.
        no_times: says that no timestamps follow; no speech is the token before it, the first timestamp that behind.
        never: tokens that are no speech, such as brackets and notes.
        never_first: tokens that no text begins with.
        languages: the token of each language, by code.
        heads: layer and head of each part of the decoder whose attention follows the sound.

    Raises:
        ModelFormatError: the files are not what they must be.
    """

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        try:
            self._tokens = Tokenizer.from_file(str(folder / TOKENIZER))
        except Exception as error:  # the library raises bare ones
            raise ModelFormatError("The tokenizer of Whisper cannot be read: install its weights again.") from error
        self.start = self._token("<|startoftranscript|>")
        self.end = self._token("<|endoftext|>")
        self.transcribe = self._token("<|transcribe|>")
        self.no_times = self._token("<|notimestamps|>")
        self.no_speech, self.first_time = self.no_times - 1, self.no_times + 1
        try:
            said: dict[str, Any] = json.loads((folder / GENERATION).read_text(encoding="utf-8"))
            self.never = _whole(said.get("suppress_tokens") or [])
            self.never_first = _whole(said.get("begin_suppress_tokens") or [])
            self.heads = tuple((int(layer), int(head)) for layer, head in said["alignment_heads"])
            self.languages = {str(name)[2:-2]: int(token) for name, token in said["lang_to_id"].items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ModelFormatError(f"The file {GENERATION} of Whisper is not what it must be.") from error

    def _token(self, text: str) -> int:
        token = self._tokens.token_to_id(text)
        if token is None:
            raise ModelFormatError(f"The tokenizer of Whisper lacks the token {text}.")
        return int(token)

    def text(self, tokens: Sequence[int]) -> str:
        """Return what tokens say, without those that are no text."""
        found: str = self._tokens.decode([token for token in tokens if token < self.end], skip_special_tokens=False)
        return found

    def words(self, tokens: Sequence[int], spaces: bool) -> list[tuple[str, int]]:
        """Cut tokens, none of which is a timestamp, into words.

        Args:
            tokens: of a text.
            spaces: whether there are spaces between the language's words; else each sign is one.

        Returns:
            Each word with the spaces and punctuation that belong to it, and how many tokens it takes. A sign whose
            bytes lie in several tokens is never torn.
        """
        pieces: list[tuple[str, int]] = []
        first = 0
        for place in range(1, len(tokens) + 1):
            text = self.text(tokens[first:place])
            if text.endswith(_BROKEN) and place < len(tokens):
                continue
            pieces.append((text, place - first))
            first = place
        words: list[tuple[str, int]] = []
        for text, count in pieces:
            bare = text.strip()
            behind = bool(bare) and all(sign in _BEHIND for sign in bare) and not text.startswith(" ")
            opened = bool(words) and all(sign in _BEFORE for sign in words[-1][0].strip())
            if words and (behind or opened or (spaces and not text.startswith(" "))):
                words[-1] = (words[-1][0] + text, words[-1][1] + count)
            else:
                words.append((text, count))
        return words


def _whole(values: Sequence[Any]) -> tuple[int, ...]:
    return tuple(int(value) for value in values)
