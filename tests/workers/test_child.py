"""What a worker settles by itself: which processor is its own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from app.workers.child import _device


def machine(gpus: int, mps: bool = False) -> Any:
    cuda = SimpleNamespace(is_available=lambda: gpus > 0, device_count=lambda: gpus)
    return SimpleNamespace(cuda=cuda, backends=SimpleNamespace(mps=SimpleNamespace(is_available=lambda: mps)))


@pytest.mark.parametrize("wanted", ["auto", "cuda"])
def test_workers_take_turns_at_several_gpus(wanted: str) -> None:
    devices = [_device(wanted, worker, machine(3)) for worker in range(7)]
    assert devices == ["cuda:0", "cuda:1", "cuda:2", "cuda:0", "cuda:1", "cuda:2", "cuda:0"]
    assert {_device(wanted, worker, machine(1)) for worker in range(4)} == {"cuda"}


@pytest.mark.parametrize(
    ("wanted", "torch", "expected"),
    [
        ("auto", machine(0), "cpu"),
        ("auto", machine(0, mps=True), "mps"),
        ("auto", None, "cpu"),
        ("cpu", machine(2), "cpu"),
        ("cuda:1", machine(3), "cuda:1"),
        ("cuda", machine(0), "cuda"),  # the endpoint says that there is none
        ("mps", machine(2), "mps"),
    ],
)
def test_a_device_by_name_is_the_one(wanted: str, torch: Any, expected: str) -> None:
    assert _device(wanted, 5, torch) == expected
