"""From what the network hears to text with timestamps: rules, greedy choice, and further tries with lots drawn.

The rules and limits are those that Whisper's authors publish (A. Radford and others: Robust speech recognition via
large-scale weak supervision, ICML 2023, sections 2.3 and 4.5).
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from endpoints.transcribe.network import Network
from endpoints.transcribe.vocabulary import SECONDS, Vocabulary

_REPEATS = 2.4
"""By how many times a text may be packed before it counts as one that repeats itself."""

_UNSURE = -1.0
"""The mean logarithm of its tokens' probability below which a text is not believed."""

_NOBODY = 0.6
"""The probability of no speech above which an unsure text is dropped."""

_LATEST = round(1.0 / SECONDS)
"""Steps within which the first timestamp lies."""

_TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class Heard:
    """What was heard in one passage.

    Attributes:
        tokens: text and timestamps.
        probabilities: of each of them, 0 to 1.
        sure: the mean logarithm of the probabilities, the end's included.
        silence: the probability that nobody speaks.
    """

    tokens: tuple[int, ...]
    probabilities: tuple[float, ...]
    sure: float
    silence: float

    @property
    def nothing(self) -> bool:
        """Whether nobody seems to speak."""
        return self.silence > _NOBODY and self.sure < _UNSURE


def find_language(network: Network, heard: torch.Tensor) -> str:
    """Return the code of the language that is spoken most probably."""
    scores, _ = network.following(heard, [network.vocabulary.start])
    return max(network.vocabulary.languages.items(), key=lambda one: float(scores[-1, one[1]]))[0]


def decode(
    network: Network,
    heard: torch.Tensor,
    language: str,
    tries: int,
    lots: torch.Generator,
    tell: Callable[[float], None],
) -> Heard:
    """Return the text of what the encoder heard, the first that can be believed, else the surest.

    Args:
        network: that heard it.
        heard: what its encoder gave.
        language: a code that it knows.
        tries: how often it may be asked again, each time with more chance.
        lots: draws.
        tell: takes the second of the passage that is reached; may raise to end it.
    """
    found: list[Heard] = []
    for temperature in _TEMPERATURES[: tries + 1]:
        found.append(_once(network, heard, language, temperature, lots, tell))
        last = found[-1]
        if last.nothing or not (repeats(network.vocabulary.text(last.tokens)) or last.sure < _UNSURE):
            return last
    plain = [one for one in found if not repeats(network.vocabulary.text(one.tokens))]
    return max(plain or found, key=lambda one: one.sure)


def repeats(text: str) -> bool:
    """Whether a text says the same again and again."""
    data = text.strip().encode()
    return len(data) > _REPEATS * len(zlib.compress(data))


def _once(
    network: Network,
    heard: torch.Tensor,
    language: str,
    temperature: float,
    lots: torch.Generator,
    tell: Callable[[float], None],
) -> Heard:
    words = network.vocabulary
    prompt = [words.start, words.languages[language], words.transcribe]
    scores, memory = network.following(heard, prompt)
    silence = float(torch.softmax(scores[0], 0)[words.no_speech])
    found: list[int] = []
    probabilities: list[float] = []
    total = 0.0
    # Half of what the network has room for: so many the authors allow, since the other half is for a text before.
    for _ in range(network.longest // 2 - len(prompt)):
        allowed = torch.log_softmax(rule(scores[-1], found, words), 0)
        if temperature:
            token = int(torch.multinomial(torch.softmax(allowed / temperature, 0), 1, generator=lots))
        else:
            token = int(allowed.argmax())
        total += float(allowed[token])
        if token == words.end:
            break
        found.append(token)
        probabilities.append(math.exp(float(allowed[token])))
        tell((token - words.first_time) * SECONDS if token >= words.first_time else 0.0)
        scores, memory = network.following(heard, [token], memory)
    return Heard(tuple(found), tuple(probabilities), total / (len(found) + 1), silence)


def rule(scores: torch.Tensor, found: Sequence[int], words: Vocabulary) -> torch.Tensor:
    """Return scores ``(vocabulary,)`` in which what must not follow the tokens that were found is ruled out.

    Timestamps come in pairs, but for the first and before the end; they never go back; the first lies within the first
    second; and where one is likelier than all text together, one it is.
    """
    ruled = scores.clone()
    ruled[list(words.never)] = -math.inf
    ruled[words.end + 1 : words.first_time] = -math.inf
    if not found:
        ruled[list(words.never_first)] = -math.inf
        ruled[: words.first_time] = -math.inf
        ruled[words.first_time + _LATEST + 1 :] = -math.inf
        return ruled
    last = found[-1] >= words.first_time
    before = len(found) < 2 or found[-2] >= words.first_time
    if last and before:
        ruled[words.first_time :] = -math.inf
    elif last:
        ruled[: words.end] = -math.inf
    times = [token for token in found if token >= words.first_time]
    # A stretch of text has a length; only the second of a pair may be the same again.
    earliest = times[-1] if last and not before else times[-1] + 1
    ruled[words.first_time : earliest] = -math.inf
    logs = torch.log_softmax(ruled, 0)
    if torch.logsumexp(logs[words.first_time :], 0) > logs[: words.first_time].max():
        ruled[: words.first_time] = -math.inf
    return ruled
