"""Whose turn it is: callers take turns, and each caller's jobs come in their order.

A caller with fifty jobs keeps nobody from a first one: while both wait, each gets every second place.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Told = Callable[[int, float], None]
"""Takes a job's place in the queue, 1 for the next one, and how long it may wait (s; 0 where nobody can tell)."""

_LOOK_EVERY = 1.0
"""Seconds between two looks whether there are more slots than before, while anybody waits."""


@dataclass(eq=False)
class _Ticket:
    caller: str
    seconds: float
    told: Told
    most: int
    turn: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    began: float = 0.0


class FairQueue:
    """Lets some jobs run at once.

    Args:
        slots: returns how many; their number may change.
    """

    def __init__(self, slots: Callable[[], int]) -> None:
        self._slots_now = slots
        self._waiting: dict[str, deque[_Ticket]] = {}  # in the order in which callers have their turns
        self._running: set[_Ticket] = set()
        self._of: Counter[str] = Counter()
        self._looking: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def turn(self, caller: str, seconds: float, told: Told, most: int = 0) -> AsyncIterator[None]:
        """Wait for a turn, and hold it for the length of a ``with`` block; being cancelled gives it up.

        Args:
            caller: whose job it is.
            seconds: that it may take; 0 where nobody can tell.
            told: called when its place changes.
            most: how many jobs of this caller may run at once; 0: as many as there are slots.
        """
        ticket = _Ticket(caller, seconds, told, most)
        self._waiting.setdefault(caller, deque()).append(ticket)
        self._advance()
        self._look_later()
        try:
            await ticket.turn
            yield
        finally:
            self._leave(ticket)
            self._advance()

    @property
    def _slots(self) -> int:
        return max(1, self._slots_now())

    def waiting(self, caller: str | None = None) -> int:
        """Return how many jobs wait, of one caller or of all."""
        if caller is not None:
            return len(self._waiting.get(caller, ()))
        return sum(map(len, self._waiting.values()))

    def _leave(self, ticket: _Ticket) -> None:
        if ticket in self._running:
            self._running.discard(ticket)
            self._of[ticket.caller] -= 1
            self._of = +self._of
            return
        left = self._waiting[ticket.caller]
        left.remove(ticket)
        if not left:
            del self._waiting[ticket.caller]

    def _look_later(self) -> None:
        if self._waiting and self._looking is None:
            self._looking = asyncio.get_running_loop().call_later(_LOOK_EVERY, self._look)

    def _look(self) -> None:
        self._looking = None
        if len(self._running) < self._slots:
            self._advance()
        self._look_later()

    def _advance(self) -> None:
        """Give free places to those whose turn it is, and tell the others where they stand."""
        while len(self._running) < self._slots:
            rows = self._waiting.items()
            caller = next((name for name, row in rows if self._of[name] < (row[0].most or self._slots)), None)
            if caller is None:
                break
            tickets = self._waiting.pop(caller)
            ticket = tickets.popleft()
            if tickets:
                self._waiting[caller] = tickets  # behind all others
            self._running.add(ticket)
            self._of[caller] += 1
            ticket.began = time.monotonic()
            if not ticket.turn.done():
                ticket.turn.set_result(None)
        self._tell()

    def _tell(self) -> None:
        now = time.monotonic()
        known = all(ticket.seconds for ticket in self._running)
        ahead = sum(max(ticket.seconds - (now - ticket.began), 0.0) for ticket in self._running)
        for place, ticket in enumerate(self._order(), start=1):
            ticket.told(place, ahead / self._slots if known else 0.0)
            known = known and bool(ticket.seconds)
            ahead += ticket.seconds

    def _order(self) -> list[_Ticket]:
        """Return who waits, as they will be served when nobody else comes."""
        rows = [list(tickets) for tickets in self._waiting.values()]
        return [row[turn] for turn in range(max(map(len, rows), default=0)) for row in rows if turn < len(row)]
