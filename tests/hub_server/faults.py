"""What can be wrong with a hub, switched on for some paths and for some number of requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


class CutOffError(Exception):
    """The connection ends here, in the middle of an answer."""


@dataclass
class Answer:
    """An answer before it is sent: ``body`` may be endless, ``headers`` may lie."""

    status: int
    headers: dict[str, str]
    body: Iterator[bytes]
    length: int


@dataclass
class Fault:
    """One thing that goes wrong.

    Attributes:
        path: a pattern of the paths that it befalls, such as ``/owner/name/resolve/*``.
        times: for how many requests; -1 for all of them.
        method: ``"GET"``, ``"HEAD"`` or ``"*"``.
    """

    path: str
    times: int = -1
    method: str = "*"

    def befalls(self, method: str, path: str) -> bool:
        """Whether it befalls this request; counts it."""
        if self.times == 0 or not fnmatchcase(path, self.path) or self.method not in ("*", method):
            return False
        self.times -= self.times > 0
        return True

    def apply(self, answer: Answer) -> Answer:
        raise NotImplementedError


@dataclass
class Refuse(Fault):
    """An error instead of an answer: 429 with ``Retry-After``, 500 and so on."""

    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)

    def apply(self, answer: Answer) -> Answer:
        return Answer(self.status, {"Content-Type": "text/plain", **self.headers}, iter([b"no"]), 2)


@dataclass
class Say(Fault):
    """Another body, whatever was asked; with ``pad``, as long as the true one."""

    content: bytes = b""
    pad: bool = False

    def apply(self, answer: Answer) -> Answer:
        content = self.content.ljust(answer.length, b"\0")[: answer.length] if self.pad else self.content
        return Answer(answer.status, answer.headers, iter([content]), len(content))


@dataclass
class Claim(Fault):
    """Other headers; an empty value takes the header away."""

    headers: Mapping[str, str] = field(default_factory=dict)

    def apply(self, answer: Answer) -> Answer:
        merged = {**answer.headers, **self.headers}
        return Answer(answer.status, {name: text for name, text in merged.items() if text}, answer.body, answer.length)


@dataclass
class Cut(Fault):
    """The connection breaks after so many bytes."""

    after: int = 0

    def apply(self, answer: Answer) -> Answer:
        return Answer(answer.status, answer.headers, self._blocks(answer.body), answer.length)

    def _blocks(self, body: Iterator[bytes]) -> Iterator[bytes]:
        left = self.after
        for block in body:
            if len(block) > left:
                yield block[:left]
                break
            left -= len(block)
            yield block
        raise CutOffError


@dataclass
class Slow(Fault):
    """A pause before every ``block`` bytes."""

    seconds: float = 0.1
    block: int = 4096

    def apply(self, answer: Answer) -> Answer:
        return Answer(answer.status, answer.headers, self._blocks(answer.body), answer.length)

    def _blocks(self, body: Iterator[bytes]) -> Iterator[bytes]:
        for block in body:
            for start in range(0, len(block), self.block):
                time.sleep(self.seconds)
                yield block[start : start + self.block]


@dataclass
class Held(Fault):
    """An answer that does not come before ``until`` is set."""

    until: threading.Event = field(default_factory=threading.Event)

    def apply(self, answer: Answer) -> Answer:
        assert self.until.wait(30), "nobody let the answer go"
        return answer


@dataclass
class Endure(Fault):
    """An answer that never ends: spaces, without a length."""

    def apply(self, answer: Answer) -> Answer:
        return Answer(answer.status, answer.headers, self._blocks(), -1)

    def _blocks(self) -> Iterator[bytes]:
        while True:
            yield b" " * 65536
