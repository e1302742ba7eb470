"""Clean-up is finished, however often its task is cancelled."""

from __future__ import annotations

import asyncio

import pytest

from app.workers.uncancelled import uncancelled


def test_work_ends_and_the_cancel_goes_on() -> None:
    async def main() -> None:
        steps: list[str] = []

        async def clean_up() -> None:
            await asyncio.sleep(0.05)
            steps.append("clean")

        async def job() -> None:
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                await uncancelled(clean_up())
                steps.append("after")
                raise

        task = asyncio.create_task(job())
        for _ in range(3):
            await asyncio.sleep(0.01)
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert steps == ["clean", "after"]

    asyncio.run(main())


def test_a_failure_and_a_result_come_through() -> None:
    async def fail() -> None:
        raise ValueError("no")

    async def three() -> int:
        return 3

    with pytest.raises(ValueError, match="no"):
        asyncio.run(uncancelled(fail()))
    assert asyncio.run(uncancelled(three())) == 3
