"""What a worker has given up, as the kernel tells it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from app.workers.messages import Load
from app.workers.process import WorkerProcess
from app.workers.sandbox.terms import Sandbox

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def test_a_worker_is_confined() -> None:
    async def main() -> None:
        worker = await WorkerProcess.launch(Sandbox(memory=3 * 2**30))
        assert worker.pid is not None
        proc = Path(f"/proc/{worker.pid}")
        try:
            await worker.load(Load("tests.fixtures.endpoints.well_behaved:Model", {}, "cpu", 1), 60)
            limits = (proc / "limits").read_text().splitlines()
            data = next(line for line in limits if line.startswith("Max data size"))
            soft, hard = (int(number) for number in data.split()[3:5])
            # Counted from what the fork server holds, which is torch's libraries above all.
            assert soft == hard and 64 * 2**20 < soft - 3 * 2**30 < 2 * 2**30
            assert (proc / "oom_score_adj").read_text().strip() == "1000"
            assert os.getsid(worker.pid) == worker.pid
            assert [str((proc / "fd" / str(fd)).readlink()) for fd in (0, 1, 2)] == ["/dev/null"] * 3
            others = [str(fd.readlink()) for fd in (proc / "fd").iterdir() if fd.name not in ("0", "1", "2")]
            assert [target.partition(":")[0] for target in others] == ["socket"], "more than its own pipe"
        finally:
            await worker.kill()

    asyncio.run(main())
