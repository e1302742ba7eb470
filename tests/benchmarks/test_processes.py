from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.processes import peak_mib, processor_seconds, tree

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")

_CHILD = (
    "import time; block = bytearray(60 << 20); end = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
)


def test_time_and_memory_of_a_process_that_another_started_are_seen() -> None:
    code = _CHILD + "\nprint('done', flush=True)\nimport sys; sys.stdin.read()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"
    with subprocess.Popen([sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline() == b"done\n"
            first, second = tree(process.pid)
            assert first == process.pid
            assert 0.28 <= processor_seconds(process.pid) < 3
            assert peak_mib(second) > 60 > peak_mib(first)
        finally:
            process.stdin.close()
