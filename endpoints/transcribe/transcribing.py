"""A region written down, passage by passage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from app.audio.beside import at_rate
from app.audio.io import open_reader
from app.endpoint import Progress
from endpoints.bundled.silero_network import SileroNetwork
from endpoints.transcribe.listening import listen
from endpoints.transcribe.network import RATE, Network
from endpoints.transcribe.passages import Passages
from endpoints.transcribe.sentences import Said

_DOING = "Writing down"


@dataclass(frozen=True)
class Written:
    """What was said in a region.

    Attributes:
        words: in order.
        language: the code of what was asked for or found out; empty where nobody spoke.
        seconds: the region's length.
        notice: what is to be said of the file.
        cancelled: whether channels cancel each other somewhere, so that the loudest was heard alone.
    """

    words: list[Said]
    language: str
    seconds: float
    notice: str
    cancelled: bool


def write_down(
    path: Path,
    network: Network,
    speech: SileroNetwork | None,
    language: str,
    tries: int,
    lots: torch.Generator,
    job: Progress,
) -> Written:
    """Write down a sound file, in fixed memory.

    Args:
        path: the file.
        network: hears it.
        speech: tells where somebody speaks; ``None``: everything is listened to.
        language: a code; empty: the first passage in which something is said tells it.
        tries: how often a passage may be heard again.
        lots: draws.
        job: is told how far it is, and may end it.

    Raises:
        AudioFileError: it cannot be read.
        JobCancelledError: the caller ended the job.
    """
    words: list[Said] = []
    done = 0.0
    with open_reader(path) as reader:
        length = max(reader.format.seconds, 1e-3)
        passages = Passages(at_rate(reader, RATE), speech)

        def tell(second: float) -> None:
            nonlocal done
            done = max(done, min(0.99, second / length))
            job.report(done, _DOING)

        network.tick = lambda: job.report(done, _DOING)
        for passage in passages:
            begin = passage.start / RATE
            found = listen(network, passage, language, tries, lots, lambda at, begin=begin: tell(begin + at))  # type: ignore[misc]
            if found.words:
                language = found.language
            words += found.words
            if found.heard < len(passage.sound):
                passages.again(passage, found.heard)
            tell(passages.reached / RATE)
        seconds = reader.position / reader.format.sample_rate
        return Written(words, language, seconds, reader.format.notice, passages.cancelled)
