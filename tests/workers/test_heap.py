import mmap
import platform
import subprocess
import sys

import pytest

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
