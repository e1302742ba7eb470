"""Whatever a process answers, it takes bounded time and memory here."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from app.errors import DeadlineError, WorkerCrashError
from app.plugins.answers import LONGEST, answer_of

HOLDS_THE_PIPE = """
import os, time
print("told", flush=True)
if os.fork() == 0:
    os.setsid()
    open({file!r}, "w").write(str(os.getpid()))
    time.sleep(60)
"""


def answer(code: str, seconds: float = 60.0) -> tuple[bytes, int]:
    return answer_of([sys.executable, "-c", code], Path.cwd(), os.environ, seconds, "It took too long.")


def test_an_answer_and_an_exit_status_come_back() -> None:
    assert answer("import sys; print('told'); print('aside', file=sys.stderr); sys.exit(3)") == (b"told\n", 3)


def test_a_flood_ends_early_and_is_not_kept() -> None:
    with pytest.raises(WorkerCrashError, match="answered with more than 4 MiB, and was ended"):
        answer("import os\nwhile True:\n    os.write(1, bytes(1 << 20))")
    assert len(answer(f"import os; os.write(1, bytes({LONGEST}))")[0]) == LONGEST


@pytest.mark.parametrize("code", ["import time; time.sleep(60)", "import os, time; os.close(1); time.sleep(60)"])
def test_one_that_does_not_end_is_ended(code: str) -> None:
    began = time.monotonic()
    with pytest.raises(DeadlineError, match="It took too long"):
        answer(code, 1.0)
    assert time.monotonic() - began < 30


@pytest.mark.skipif(not hasattr(os, "setsid"), reason="there are no sessions here")
def test_a_process_that_left_its_group_holds_nobody_up(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    began = time.monotonic()
    with pytest.raises(DeadlineError, match="It took too long"):
        answer(HOLDS_THE_PIPE.format(file=str(file)), 5.0)
    assert time.monotonic() - began < 30
    if file.exists():
        os.kill(int(file.read_text()), 9)
