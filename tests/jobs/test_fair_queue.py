"""Callers take turns; nobody waits for another one's fifty jobs."""

from __future__ import annotations

import asyncio

import pytest

from app.jobs import fair_queue
from app.jobs.fair_queue import FairQueue


class Run:
    """Jobs in a queue, each of which runs until it is let go, and the order in which they began."""

    def __init__(self, queue: FairQueue, **most: int) -> None:
        self.queue = queue
        self.most = most
        self.began: list[str] = []
        self.places: dict[str, tuple[int, float]] = {}
        self.ends: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def submit(self, name: str, seconds: float = 0.0) -> None:
        async def job() -> None:
            def told(place: int, wait: float) -> None:
                self.places[name] = (place, wait)

            async with self.queue.turn(name[0], seconds, told, self.most.get(name[0], 0)):
                self.began.append(name)
                await self.ends[name].wait()

        self.ends[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(job())
        await asyncio.sleep(0)

    async def end(self, name: str) -> None:
        self.ends[name].set()
        await self.tasks[name]
        await asyncio.sleep(0)
        await asyncio.sleep(0)


def run(story) -> None:
    asyncio.run(asyncio.wait_for(story, 20))


def test_a_caller_with_many_jobs_keeps_nobody_from_a_first_one():
    async def story() -> None:
        now = Run(FairQueue(lambda: 1))
        for number in range(5):
            await now.submit(f"a{number}")
        await now.submit("b0")
        await now.submit("b1")
        await now.submit("c0")
        assert now.queue.waiting() == 7 and now.queue.waiting("a") == 4 and now.queue.waiting("x") == 0
        for _ in range(8):
            await now.end(now.began[-1])
        assert now.began == ["a0", "a1", "b0", "c0", "a2", "b1", "a3", "a4"]

    run(story())


def test_who_waits_begins_when_there_are_more_slots():
    async def story() -> None:
        slots = [1]
        now = Run(FairQueue(lambda: slots[0]))
        for name in ("a0", "a1", "b0"):
            await now.submit(name)
        slots[0] = 2
        while len(now.began) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        assert now.queue.waiting() == 1

    run(story())


def test_a_caller_alone_gets_slots_that_came_while_it_waited():
    async def story() -> None:
        slots = [1]
        now = Run(FairQueue(lambda: slots[0]))
        for number in range(3):
            await now.submit(f"a{number}")
        slots[0] = 3
        while len(now.began) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        assert now.queue.waiting() == 0

    run(story())


def test_nobody_is_told_anything_while_nothing_changes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fair_queue, "_LOOK_EVERY", 0.01)

    async def story() -> None:
        now = Run(FairQueue(lambda: 1))
        for number in range(5):
            await now.submit(f"a{number}")
        now.places.clear()
        await asyncio.sleep(0.2)
        assert now.places == {}

    run(story())


def test_each_is_told_its_place_and_how_long():
    async def story() -> None:
        now = Run(FairQueue(lambda: 2))
        for name in ("a0", "a1", "a2", "a3", "b0"):
            await now.submit(name, 10.0)
        places = {name: place for name, (place, _) in now.places.items()}
        assert places == {"a2": 1, "b0": 2, "a3": 3}
        waits = {name: wait for name, (_, wait) in now.places.items()}
        assert waits["a2"] == pytest.approx(10.0, abs=0.5) and waits["a3"] == pytest.approx(20.0, abs=0.5)
        await now.end("a0")
        assert now.places["b0"][0] == 1
        await now.submit("c0", 0.0)  # nobody knows how long that takes
        await now.submit("a4", 10.0)
        assert now.places["c0"][1] > 0 and now.places["a4"][1] == 0.0

    run(story())


def test_no_caller_has_more_than_its_share_at_once():
    async def story() -> None:
        now = Run(FairQueue(lambda: 3), a=1, b=1)
        for name in ("a0", "a1", "b0"):
            await now.submit(name)
        assert now.began == ["a0", "b0"]
        await now.end("b0")
        assert now.began == ["a0", "b0"]
        await now.end("a0")
        assert now.began == ["a0", "b0", "a1"]

    run(story())


def test_each_caller_has_a_share_of_its_own():
    async def story() -> None:
        now = Run(FairQueue(lambda: 4), a=1, b=2)
        for name in ("a0", "a1", "b0", "b1", "b2", "c0"):
            await now.submit(name)
        assert now.began == ["a0", "b0", "b1", "c0"]
        await now.end("c0")
        assert now.began == ["a0", "b0", "b1", "c0"]  # a place stays free: neither may have more
        await now.end("b1")
        assert now.began[4:] == ["b2"]
        await now.end("a0")
        assert now.began[4:] == ["b2", "a1"]

    run(story())


def test_a_job_that_is_given_up_leaves_its_place_to_the_next():
    async def story() -> None:
        now = Run(FairQueue(lambda: 1))
        for name in ("a0", "b0", "c0"):
            await now.submit(name)
        now.tasks["b0"].cancel()
        await asyncio.wait({now.tasks["b0"]})
        assert now.places["c0"][0] == 1 and now.queue.waiting() == 1
        now.tasks["a0"].cancel()
        await asyncio.wait({now.tasks["a0"]})
        await asyncio.sleep(0)
        assert now.began == ["a0", "c0"]
        # Given up in the very moment of its turn.
        await now.submit("d0")
        now.ends["c0"].set()
        now.tasks["d0"].cancel()
        await asyncio.wait(set(now.tasks.values()))
        await now.submit("e0")
        assert now.began[-1] == "e0" and now.queue.waiting() == 0

    run(story())
