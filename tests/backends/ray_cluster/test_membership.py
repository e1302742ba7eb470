"""A part in a cluster: kept, lost, taken again; Ray's library is played, the ports are real. With Ray: test_head.py."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from app.backends.ray_cluster import membership as module
from app.backends.ray_cluster.membership import LostError, Membership
from app.errors import SettingsError


class Port:
    """A port that takes calls until it is closed, and again when it is opened."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.number: int = self._socket.getsockname()[1]

    def close(self) -> None:
        self._socket.close()

    def open(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", self.number))


class Played:
    """What is used of Ray's library: a cluster of one node, which joins or refuses."""

    def __init__(self) -> None:
        self.head, self.raylet = Port(), Port()
        self.node, self.refuses, self.asked = "first", "", ["init"]
        self.asked.clear()
        self._private = SimpleNamespace(
            worker=SimpleNamespace(global_worker=SimpleNamespace(threads_stopped=threading.Event()))
        )

    def init(self, **options: Any) -> None:
        self.asked.append("init")
        if self.refuses:
            raise RuntimeError(self.refuses)

    def shutdown(self) -> None:
        self.asked.append("shutdown")

    def nodes(self) -> list[dict[str, Any]]:
        port = self.raylet.number
        return [{"NodeID": self.node, "Alive": True, "NodeManagerAddress": "127.0.0.1", "NodeManagerPort": port}]

    def get_runtime_context(self) -> Played:
        return self

    def get_node_id(self) -> str:
        return self.node


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[Played]:
    monkeypatch.setattr(module, "check_access", lambda address, may_be_open: None)
    played = Played()
    yield played
    played.head.close()
    played.raylet.close()


@pytest.fixture
def part(ray: Played) -> Membership:
    made = Membership(ray, f"127.0.0.1:{ray.head.number}", may_be_open=False)
    ray.asked.clear()
    return made


def nodes(part: Membership) -> list[str]:
    return [entry["NodeID"] for entry in part.nodes()]


def test_a_head_that_only_did_not_answer_needs_nothing(ray: Played, part: Membership) -> None:
    ray.head.close()
    with pytest.raises(LostError, match=rf"^its head at {part.address} does not answer$"):
        part.nodes()
    ray.head.open()
    assert nodes(part) == ["first"] and ray.asked == [] and part.generation == 0


def test_a_head_that_was_started_anew_is_joined(ray: Played, part: Membership) -> None:
    ray.node = "second"
    with pytest.raises(LostError, match="is no longer part"):
        part.nodes()
    assert ray.asked == ["shutdown"] and part.generation == 1, "what was begun there is gone"
    assert nodes(part) == ["second"] and ray.asked == ["shutdown", "init"] and part.generation == 1


def test_a_raylet_that_is_gone_is_told_of_and_tried_now_and_then(
    ray: Played, part: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray.raylet.close()
    with pytest.raises(LostError, match=r"^this machine is no longer part of the one at .*the raylet\) does not run"):
        part.nodes()
    ray.refuses = "no raylet here\nand so on"
    for _ in range(3):
        with pytest.raises(LostError, match=r"^this machine cannot join it again: .* nodes, too: no raylet here$"):
            part.nodes()
    assert ray.asked.count("init") == 1, "a try takes two processes"
    monkeypatch.setattr(module, "_TRY_EVERY", 0.0)
    ray.refuses = ""
    ray.raylet.open()
    assert nodes(part) == ["first"] and part.generation == 1


def test_another_ray_or_python_is_told(ray: Played) -> None:
    ray.refuses = "Version mismatch: The cluster was started with: Ray: 2.59.0"
    with pytest.raises(SettingsError, match="runs another Ray or Python than this server; both must be the same"):
        Membership(ray, f"127.0.0.1:{ray.head.number}", may_be_open=False)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere", "127.0.0.1:99999", "127.0.0.1:x"])
def test_no_cluster_is_told(address: str, ray: Played) -> None:
    with pytest.raises(SettingsError, match=f"No Ray cluster answers at {address}; start one with"):
        Membership(ray, address, may_be_open=False)
