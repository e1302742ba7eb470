import asyncio
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.errors import InputError, NotFoundError
from app.harp.heartbeat import Heartbeat
from app.jobs.job import Caller, Job, JobState, JobUpdate
from app.web.event_stream import complete, failed, send_events
from app.web.events import EventStore


class Canceller:
    """The one part of the job service that events use."""

    def __init__(self) -> None:
        self.cancelled: list[Job] = []

    async def cancel(self, job: Job) -> None:
        self.cancelled.append(job)
        job.publish(JobUpdate(JobState.CANCELLED))


def job() -> Job:
    return Job("1", "test/a", Caller("local"), Path())


def test_what_nobody_fetches_is_cancelled_and_forgotten():
    async def main() -> None:
        service, released = Canceller(), ExitStack()
        gone: list[int] = []
        released.callback(gone.append, 1)
        store = EventStore(service, expiry=0.05)
        wanted = job()
        event = store.open("process", "test/a", job=wanted, resources=released)
        assert service.cancelled == [] and not gone
        await asyncio.sleep(0.1)
        assert service.cancelled == [wanted] and gone == [1]
        with pytest.raises(NotFoundError):
            store.find(event, "process", "test/a")

    asyncio.run(main())


def test_a_fetch_stops_the_clock_and_an_answer_that_was_missed_waits_again():
    async def main() -> None:
        service = Canceller()
        store = EventStore(service, expiry=0.05)
        ended = job()
        name = store.open("process", "test/a", job=ended)
        event = store.find(name, "process", "test/a")
        store.watch(event)
        await asyncio.sleep(0.1)
        assert service.cancelled == []
        ended.publish(JobUpdate(JobState.DONE, 1.0))
        store.leave(event, delivered=False)
        assert store.find(name, "process", "test/a") is event
        await asyncio.sleep(0.1)
        with pytest.raises(NotFoundError):
            store.find(name, "process", "test/a")
        assert service.cancelled == []

    asyncio.run(main())


def test_a_cancel_ends_the_job_after_its_answer_or_after_a_moment():
    async def main() -> None:
        service = Canceller()
        store = EventStore(service)
        first, second = job(), job()
        event = store.find(store.open("cancel", "test/a", job=first), "cancel", "test/a")
        store.watch(event)
        assert service.cancelled == []
        store.leave(event, delivered=True)
        await asyncio.sleep(0)
        assert service.cancelled == [], "the client must have read the answer"
        await asyncio.sleep(0.1)
        assert service.cancelled == [first]
        name = store.open("cancel", "test/a", job=second)
        await asyncio.sleep(0.7)
        assert service.cancelled == [first, second]
        assert store.find(name, "cancel", "test/a").call == "cancel", "a slow client still gets its answer"
        await store.close()

    asyncio.run(main())


def test_events_that_are_only_asked_for_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr("app.web.events._MOST", 10)

    async def main() -> None:
        store = EventStore(Canceller())
        names = [store.open("controls", "test/a") for _ in range(25)]
        assert len(store._events) == 10
        store.find(names[-1], "controls", "test/a")
        await store.close()
        assert store._events == {}

    asyncio.run(main())


async def stream(
    answer: asyncio.Future[bytes], heartbeat: Heartbeat, gone_after: float = 5.0
) -> tuple[bool, list[bytes]]:
    sent: list[bytes] = []

    async def receive() -> dict[str, str]:
        await asyncio.sleep(gone_after)
        return {"type": "http.disconnect"}

    async def send(message) -> None:
        sent.append(message.get("body", b""))

    return await send_events(answer, receive, send, heartbeat=heartbeat), sent[1:]


def test_a_silent_stream_has_heartbeats_and_notes_who_leaves():
    async def main() -> None:
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.12, answer.set_result, complete([]))
        beat = Heartbeat(0.05, b":beat\n\n")
        assert await stream(answer, beat) == (True, [b":beat\n\n", b":beat\n\n", b"event: complete\ndata: []\n\n"])
        never: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        delivered, _ = await stream(never, beat, gone_after=0.02)
        assert not delivered

    asyncio.run(main())


def test_an_event_is_two_lines_whatever_is_in_it():
    lines = failed(InputError("a\nb\r\nevent: complete\u2028 “c”")).decode().split("\n")
    assert (
        lines[0] == "event: error"
        and lines[1].startswith('data: {"error": "a b event: complete')
        and lines[2:] == ["", ""]
    )
    assert complete([{"a": "\ud800\n"}]).count(b"\n") == 3
    with pytest.raises(ValueError, match="not JSON compliant"):
        complete([float("nan")])
