"""A job's life as its watchers see it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.errors import ModelRunError
from app.harp.labels import LabelList
from app.jobs.job import Caller, Job, JobState, JobUpdate


def job() -> Job:
    return Job("1", "test/model", Caller("local"), Path("nowhere"))


def test_every_watcher_sees_the_end_and_may_leave_early() -> None:
    async def main() -> None:
        watched = job()
        outputs = (LabelList(),)

        async def see_all() -> list[JobState]:
            return [update.state async for update in watched.watch()]

        async def leave() -> JobState:
            async for update in watched.watch():
                return update.state
            raise AssertionError

        watchers = [asyncio.create_task(see_all()) for _ in range(3)]
        waiting = asyncio.create_task(watched.result())
        gone = asyncio.create_task(see_all())
        assert await leave() is JobState.QUEUED
        await asyncio.sleep(0)
        gone.cancel()
        for update in (
            JobUpdate(JobState.RUNNING),
            JobUpdate(JobState.RUNNING, 0.5),
            JobUpdate(JobState.DONE, 1.0, outputs),
        ):
            watched.publish(update)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        expected = [JobState.QUEUED, JobState.RUNNING, JobState.RUNNING, JobState.DONE]
        assert await asyncio.gather(*watchers) == [expected] * 3
        assert await waiting == outputs
        assert await see_all() == [JobState.DONE]

    asyncio.run(main())


def test_a_slow_watcher_misses_updates_but_never_the_end() -> None:
    async def main() -> None:
        watched = job()
        seen = []
        async for update in watched.watch():
            seen.append(update.fraction)
            if update.state is JobState.QUEUED:
                for number in range(1, 10):
                    watched.publish(JobUpdate(JobState.RUNNING, number / 10))
                watched.publish(JobUpdate(JobState.DONE, 1.0))
        assert seen == [0.0, 1.0]

    asyncio.run(main())


def test_nothing_happens_after_the_end() -> None:
    async def main() -> None:
        watched = job()
        watched.publish(JobUpdate(JobState.FAILED, error=ModelRunError("No.")))
        watched.publish(JobUpdate(JobState.DONE))
        assert watched.update.state is JobState.FAILED
        with pytest.raises(ModelRunError, match="No"):
            await watched.result()

    asyncio.run(main())


def test_who_counts_as_the_same_caller() -> None:
    def same(one: Caller, other: Caller) -> bool:
        return one.identity == other.identity

    assert same(Caller("10.0.0.1", "token", "tab 1"), Caller("10.0.0.2", "token", "tab 2"))
    assert not same(Caller("10.0.0.1", "token"), Caller("10.0.0.1", "another"))
    assert not same(Caller("10.0.0.1", "token"), Caller("10.0.0.1"))
    assert same(Caller("10.0.0.1"), Caller("10.0.0.1"))
    assert not same(Caller("10.0.0.1"), Caller("10.0.0.2"))
    assert not same(Caller("10.0.0.1", client="tab 1"), Caller("10.0.0.1", client="tab 2"))
    assert not same(Caller("10.0.0.1", client="tab 1"), Caller("10.0.0.2", client="tab 1"))
