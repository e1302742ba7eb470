"""A network that says what it is told to, for what is made of that."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from endpoints.transcribe.published import GENERATION, TOKENIZER
from endpoints.transcribe.vocabulary import SECONDS, Vocabulary
from tests.endpoints.transcribe import tiny_whisper as tiny


def vocabulary(folder: Path) -> Vocabulary:
    """Return the tiny network's tokens."""
    import json

    folder.mkdir(parents=True, exist_ok=True)
    tiny.tokenizer().save(str(folder / TOKENIZER))
    (folder / GENERATION).write_text(json.dumps(tiny.generation()))
    return Vocabulary(folder)


def tokens(words: Vocabulary, text: str) -> list[int]:
    """Return the tokens of a text, of which each is a byte."""
    made = tiny.tokenizer()
    found: list[int] = made.encode(text, add_special_tokens=False).ids
    assert words.text(found) == text
    return found


class Scripted:
    """Says one script for each time that it hears something.

    Args:
        words: its tokens.
        scripts: for each time: texts, and seconds for timestamps; for what it is not sure of, ``None``, and one more
            script for when it is asked again.
        silence: how sure it is that nobody speaks, as a score.

    Attributes:
        heard: how many samples it heard each time.
        language: which it finds.
    """

    longest = 448

    def __init__(
        self, words: Vocabulary, scripts: Sequence[Sequence[str | float]], silence: float = -20.0, sure: float = 30.0
    ) -> None:
        self.vocabulary = words
        self._scripts = [self._spelled(script) for script in scripts]
        self._silence, self._sure = silence, sure
        self.heard: list[int] = []
        self.language = "de"
        self.tick = lambda: None

    def _spelled(self, script: Sequence[str | float]) -> list[int]:
        found: list[int] = []
        for part in script:
            if isinstance(part, str):
                found += tokens(self.vocabulary, part)
            else:
                found.append(self.vocabulary.first_time + round(part / SECONDS))
        return [*found, self.vocabulary.end]

    def encode(self, sound: Any) -> torch.Tensor:
        self.heard.append(len(sound))
        return torch.tensor([[[float(len(self.heard) - 1)]]])

    def following(self, heard: torch.Tensor, new: Sequence[int], memory: Any = None) -> tuple[torch.Tensor, Any]:
        words, place = self.vocabulary, 0 if memory is None else memory + 1
        scores = torch.zeros(len(new), words.first_time + 1501)
        scores[0, words.no_speech] = self._silence
        if list(new) == [words.start]:
            scores[-1, words.languages[self.language]] = 9.0
        else:
            script = self._scripts[int(heard[0, 0, 0])]
            scores[-1, script[min(place, len(script) - 1)]] = self._sure
        return scores, place

    def attention(self, _: torch.Tensor, asked: Sequence[int], samples: int) -> torch.Tensor:
        steps = max(1, -(-samples // 320))
        found = torch.full((1, len(asked), steps), 1e-4)
        spread = torch.linspace(0, steps, len(asked) - 3)  # from the last of the prompt to that before the end
        for row, begin in enumerate(spread[:-1].tolist()):
            found[0, 3 + row, int(begin) : max(int(begin) + 1, int(spread[row + 1]))] = 1.0
        return found
