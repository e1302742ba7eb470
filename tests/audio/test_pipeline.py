"""Threads before and behind a slow step: everything in order, every error in its place, no thread left."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from app.audio.pipeline import Ahead, Behind
from app.audio.stream import StreamPlan, stream_effect


class OddError(Exception):
    pass


def counted(last: int, seen: list[int], error: BaseException | None = None) -> Iterator[int]:
    for number in range(last):
        seen.append(number)
        yield number
    if error is not None:
        raise error


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


@given(st.integers(0, 30), st.integers(1, 5))
def test_everything_comes_in_order(last: int, most: int) -> None:
    dealt: list[int] = []
    with Ahead(counted(last, []), most) as items, Behind(dealt.append, most) as behind:
        for item in items:
            behind.put(item)
    assert dealt == list(range(last))


def test_no_more_is_read_ahead_than_allowed() -> None:
    seen: list[int] = []
    with Ahead(counted(100, seen), 2) as items:
        for item in items:
            if item == 10:
                break
            time.sleep(0.002)
            assert len(seen) <= item + 1 + 2 + 1  # taken, waiting, and the one that wants to
    assert len(seen) < 16


def test_no_more_waits_behind_than_allowed() -> None:
    gate = threading.Event()
    put: list[int] = []

    def fill() -> None:
        with Behind(lambda _item: gate.wait(10), 2) as behind:
            for number in range(10):
                behind.put(number)
                put.append(number)

    filling = threading.Thread(target=fill)
    filling.start()
    while len(put) < 3:  # one at work, two that wait
        time.sleep(0.01)
    time.sleep(0.05)
    assert len(put) == 3
    gate.set()
    filling.join()
    assert len(put) == 10


@pytest.mark.parametrize("after", [0, 1, 5])
def test_an_error_of_the_reader_comes_in_its_place(after: int) -> None:
    error, got = OddError("here"), []
    with pytest.raises(OddError) as caught, Ahead(counted(after, [], error)) as items:
        got.extend(items)
    assert caught.value is error
    assert got == list(range(after))


def test_an_error_behind_is_raised_by_the_next_item_or_the_end() -> None:
    error = OddError("there")

    def deal(item: int) -> None:
        if item == 3:
            raise error

    accepted = []
    with pytest.raises(OddError) as caught, Behind(deal) as behind:
        for number in range(100):
            behind.put(number)
            accepted.append(number)
    assert caught.value is error
    assert len(accepted) <= 6
    with pytest.raises(OddError) as caught, Behind(deal) as behind:
        behind.put(3)
    assert caught.value is error


def test_an_error_between_them_ends_both_at_once() -> None:
    dealt: list[int] = []
    seen: list[int] = []

    def deal(item: int) -> None:
        time.sleep(0.05)
        dealt.append(item)

    with pytest.raises(OddError), Ahead(counted(10**9, seen), 3) as items, Behind(deal, 5) as behind:
        for item in items:
            behind.put(item)
            if item == 5:
                begun = time.monotonic()
                raise OddError
    assert time.monotonic() - begun < 5
    assert len(dealt) < 6  # what waited was dropped
    assert len(seen) < 20


def test_a_consumer_that_goes_away_leaves_no_thread() -> None:
    def through() -> Iterator[int]:
        with Ahead(counted(10**9, [])) as items:
            yield from items

    going = through()
    assert next(going) == 0
    going.close()


def test_work_on_three_threads_overlaps() -> None:
    lock = threading.Lock()
    active, most = 0, 0

    def work() -> None:
        nonlocal active, most
        with lock:
            active += 1
            most = max(most, active)
        time.sleep(0.03)
        with lock:
            active -= 1

    def slowly() -> Iterator[int]:
        for number in range(10):
            work()
            yield number

    with Ahead(slowly()) as items, Behind(lambda _item: work()) as behind:
        for item in items:
            work()
            behind.put(item)
    assert most == 3


@pytest.mark.parametrize("place", ["progress", "process"])
def test_a_job_that_is_cancelled_or_fails_leaves_neither_thread_nor_file(tmp_path: Path, place: str) -> None:
    source = tmp_path / "in.wav"
    soundfile.write(source, np.zeros((44100, 2), np.float32), 44100)
    calls = 0

    def process(chunk: np.ndarray) -> np.ndarray:
        nonlocal calls
        calls += 1
        assert threading.current_thread() is threading.main_thread()  # the model's threads are counted there
        if place == "process" and calls == 3:
            raise OddError
        return chunk[None]

    def progress(_fraction: float) -> None:
        if place == "progress" and calls == 3:
            raise OddError

    with pytest.raises(OddError):
        stream_effect(source, [tmp_path / "out.wav"], process, StreamPlan(8000, 800, 100), progress=progress)
    assert calls == 3
    assert [path.name for path in tmp_path.iterdir()] == ["in.wav"]
