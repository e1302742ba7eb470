"""What a worker frees is kept for its next call, given back when it is idle, and now and then during a job."""

from __future__ import annotations

import mmap
import platform
import subprocess
import sys

import pytest

from app.workers import heap

_SCRIPT = """
import resource
from app.workers import heap
{keep}
def faults_of_a_large_block():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    bytearray(64 * 2**20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults_of_a_large_block()
again = faults_of_a_large_block()
heap.give_back()
print(again, faults_of_a_large_block())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left as they are")
@pytest.mark.parametrize(("keep", "kept"), [("heap.keep_freed_memory()", True), ("", False)])
def test_freed_memory_is_kept_until_it_is_given_back(keep: str, kept: bool) -> None:
    result = subprocess.run(
        [sys.executable, "-c", _SCRIPT.format(keep=keep)], capture_output=True, text=True, check=True, timeout=60
    )
    again, after_giving_back = map(int, result.stdout.split())
    pages = 64 * 2**20 // mmap.PAGESIZE
    assert (again < pages / 10) == kept
    assert after_giving_back > pages / 2


class Heap:
    """One whose size the test says, and which counts how often it is tidied."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.size, self.now, self.given = 1000, 0.0, 0
        patch.setattr(heap, "heap_size", lambda: self.size)
        patch.setattr(heap, "give_back", self.give_back)
        patch.setattr(heap.time, "monotonic", lambda: self.now)
        self.tidying = heap.Tidying()

    def give_back(self) -> None:
        self.given += 1

    def after(self, reports: int) -> int:
        for _ in range(reports):
            self.tidying.report()
        return self.given


def test_during_a_job_it_is_given_back_when_it_has_grown_or_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Heap(monkeypatch)
    assert kept.after(10 * heap.EVERY) == 0, "what has not grown stays"
    kept.size = 5000
    assert kept.after(heap.EVERY - 1) == 0
    assert kept.after(1) == 1
    kept.size = 3000  # what was given back may be taken again
    assert kept.after(heap.EVERY) == 1
    kept.size = 5400
    assert kept.after(heap.EVERY) == 1
    kept.size = 5600
    assert kept.after(heap.EVERY) == 2
    kept.now += heap.PATIENCE
    assert kept.after(heap.EVERY) == 3
    assert kept.after(heap.EVERY) == 3


def test_where_its_size_is_not_known_it_is_given_back_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Heap(monkeypatch)
    kept.size = 0
    assert kept.after(3 * heap.EVERY) == 3


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries tell nothing")
def test_the_size_of_the_heap_is_known() -> None:
    script = "from app.workers import heap\nheap.keep_freed_memory()\nbefore = heap.heap_size()\n"
    script += "held = bytearray(64 * 2**20)\nprint(before, heap.heap_size())"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    before, after = map(int, result.stdout.split())
    assert 0 < before < 64 * 2**20 <= after - before < 80 * 2**20
