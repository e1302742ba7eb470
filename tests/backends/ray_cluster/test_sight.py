"""The cluster as it is seen: losses are told once, and why; a cluster that was joined anew is noticed."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from app.backends.ray_cluster import sight as module
from app.backends.ray_cluster.cluster import Node, Share
from app.backends.ray_cluster.membership import LostError
from app.backends.ray_cluster.sight import Sight

NODE = Node("1", "one", Share(1), Share(1))


class Played:
    """A cluster that answers, or is lost, or keeps the question."""

    def __init__(self) -> None:
        self.generation, self.lost, self.asked = 0, "", 0
        self.answers = threading.Event()
        self.answers.set()

    def nodes(self) -> list[Node]:
        self.asked += 1
        self.answers.wait(30)
        if self.lost:
            raise LostError(self.lost)
        return [NODE]


def test_a_loss_is_told_once_and_a_cluster_that_was_joined_anew_is_noticed(caplog: pytest.LogCaptureFixture) -> None:
    async def use() -> None:
        assert not await sight.look() and sight.nodes == [NODE] and sight.lost == ""
        for reason in ("its head does not answer", "its head does not answer", "this machine is no longer part of it"):
            cluster.lost = reason
            assert not await sight.look() and sight.lost == reason
        cluster.lost, cluster.generation = "", 1
        assert await sight.look() and sight.lost == ""
        assert not await sight.look()

    cluster: Any = Played()
    sight = Sight(cluster)
    asyncio.run(use())
    assert [record.message for record in caplog.records] == [
        "the Ray cluster is lost, and jobs wait: its head does not answer",
        "the Ray cluster is there again",
    ]


def test_a_cluster_that_keeps_a_question_is_lost_and_asked_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    async def use() -> None:
        for _ in range(2):
            await sight.look()
            assert "did not answer in 0.05 s" in sight.lost
        assert cluster.asked == 1
        cluster.answers.set()
        while sight.lost:
            await sight.look()
        assert sight.nodes == [NODE]

    monkeypatch.setattr(module, "_LISTS", 0.05)
    cluster: Any = Played()
    cluster.answers.clear()
    sight = Sight(cluster)
    asyncio.run(use())
