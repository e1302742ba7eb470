"""A library built for speed is loaded, and what is computed beside it stays as it was."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
# What older compilers put into each library that is built with -ffast-math.
FAST = """
#include <xmmintrin.h>
__attribute__((constructor)) static void flush_to_zero(void) { _mm_setcsr(_mm_getcsr() | 0x8040); }
"""
LOADING = """
import contextlib, ctypes, sys
from endpoints.effects import floating_point
smallest = 5e-324
with floating_point.as_it_was() if sys.argv[2] == "kept" else contextlib.nullcontext():
    ctypes.CDLL(sys.argv[1])
print(smallest * 2 > 0)
"""


@pytest.mark.skipif(
    shutil.which("cc") is None or platform.machine() != "x86_64" or sys.platform != "linux",
    reason="needs a C compiler that makes such libraries: for x86 under Linux",
)
@pytest.mark.parametrize(("how", "counts"), [("kept", "True"), ("as it comes", "False")])
def test_the_smallest_numbers_stay(tmp_path: Path, how: str, counts: str) -> None:
    (tmp_path / "fast.c").write_text(FAST, encoding="ascii")
    library = tmp_path / "fast.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, tmp_path / "fast.c"], check=True)
    done = subprocess.run(
        [sys.executable, "-c", LOADING, library, how], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == counts
