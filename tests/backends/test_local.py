"""The local backend: settings reach the workers, wrong results reach nobody, nothing outlives the server."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from app.backends.base import JobRequest
from app.backends.local import LocalBackend, shares_workers
from app.config import Settings
from app.endpoint import EndpointSpec, FileOutput, Outputs, TrackFile
from app.errors import DeadlineError, ModelFormatError, ModelRunError
from tests.fixtures.specs import LABELS, endpoint_spec, exists, sound


class Site:
    def __init__(self, home: Path, settings: Settings) -> None:
        self.backend = LocalBackend(settings)
        self.home = home
        self.track = sound(home)
        self.number = 0

    async def run(self, spec: EndpointSpec, progress: Callable[[float], None] = lambda fraction: None) -> Outputs:
        self.number += 1
        folder = self.home / f"job-{self.number}"
        folder.mkdir()
        request = JobRequest(f"job-{self.number}", spec, (self.track,), {"wet": 1.0}, folder)
        return await self.backend.run(request, lambda: None, progress)


def on_site(home: Path, use: Callable[[Site], Awaitable[Any]], loop: str = "asyncio", **settings: Any) -> None:
    async def main() -> None:
        site = Site(home, Settings(home=home, **{"workers": 1, "device": "cpu", **settings}))
        await site.backend.start()
        try:
            await use(site)
        finally:
            await site.backend.close()

    if loop == "asyncio":
        asyncio.run(main())
    else:
        new_loop = pytest.importorskip(loop).new_event_loop()
        try:
            new_loop.run_until_complete(main())
        finally:
            new_loop.close()


def told(outputs: Outputs) -> dict[str, Any]:
    assert isinstance(outputs[0], FileOutput)
    result: dict[str, Any] = json.loads(outputs[0].path.read_text())
    return result


@pytest.mark.parametrize(("setting", "keeping"), [("float", "scale"), ("clip", "clip")])
def test_what_becomes_of_loud_results_reaches_the_worker(setting: str, keeping: str, tmp_path: Path) -> None:
    """A caller that would call a WAV by the name of the FLAC that it sent gets a FLAC."""

    async def use(site: Site) -> None:
        soundfile.write(tmp_path / "in.flac", np.zeros(100), 44100)
        site.track = TrackFile(tmp_path / "in.flac", "in.flac")
        spec = replace(endpoint_spec("well_behaved"), keeps_length=True)
        assert told(await site.run(spec))["too_loud"] == setting
        (tmp_path / "early").mkdir()
        request = JobRequest("early", spec, (site.track,), {}, tmp_path / "early", keeps_ending=True)
        assert told(await site.backend.run(request, lambda: None, lambda fraction: None))["too_loud"] == keeping

    on_site(tmp_path, use, too_loud=setting)


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_settings_reach_the_worker(loop: str, tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        first = told(await site.run(endpoint_spec("well_behaved")))
        assert first["device"] == "cpu"
        assert first["threads"] == 3
        assert first["controls"] == {"wet": 1.0}
        computes = asyncio.Event()
        stuck = asyncio.create_task(site.run(endpoint_spec("native_loop"), lambda fraction: computes.set()))
        await asyncio.wait_for(computes.wait(), 30)
        begun = time.monotonic()
        stuck.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stuck
        assert time.monotonic() - begun < 5

    on_site(tmp_path, use, loop, threads=3)


def test_a_model_that_changes_under_its_id_is_loaded_anew(tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        pids = [
            told(await site.run(endpoint_spec("well_behaved", version=version)))["pid"] for version in ("1", "1", "2")
        ]
        assert pids[0] == pids[1] != pids[2]

    on_site(tmp_path, use)


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("outside", "not a file of its own job"),
        ("climbing", "not a file of its own job"),
        ("symlink", "not a file of its own job|Operation not permitted"),
        ("linked_folder", "not a file of its own job|Operation not permitted"),
        ("hard_link", "not a file of its own job|Operation not permitted"),
        ("folder", "not a file of its own job"),
        ("missing", "does not exist"),
        ("nul", "not a file of its own job"),
        ("nothing", "neither files nor labels nor text"),
        ("too_many", "returned 2 results where 1 are expected"),
        ("labels_for_file", "is not a file"),
        ("number", "returned int: no file, no labels and no text"),
        ("not_a_number", "neither a finite number nor text"),
        ("not_json", "neither a finite number nor text"),
    ],
)
def test_wrong_outputs_are_refused(how: str, sentence: str, tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        with pytest.raises(ModelRunError, match=sentence) as caught:
            await site.run(endpoint_spec("wrong_outputs", how=how))
        assert "/" not in caught.value.message
        assert Path(site.track.path).read_bytes() == b"not decoded"

    on_site(tmp_path, use)


def test_what_cannot_be_loaded_is_told_each_time(tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        for _ in range(2):
            with pytest.raises(ModelFormatError, match="not a TorchScript model"):
                await site.run(endpoint_spec("broken_setup"))
        with pytest.raises(DeadlineError, match=r"loading took longer than 0\.7 s"):
            await site.run(endpoint_spec("never_ready"))
        assert told(await site.run(endpoint_spec("well_behaved")))

    on_site(tmp_path, use, load_timeout=0.7)


def test_a_long_region_gets_longer(tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        soundfile.write(site.track.path, np.zeros(8000 * 2), 8000)
        with pytest.raises(DeadlineError, match=r"stopped: longer than 1\.5 s"):
            await site.run(endpoint_spec("python_loop"))

    on_site(tmp_path, use, job_timeout=0.5, job_timeout_per_minute=30.0)


@pytest.mark.parametrize(
    ("settings", "shared"),
    [
        ({}, True),
        ({"host": "127.0.0.1"}, True),
        ({"host": "::1", "public_url": "http://localhost:8000"}, True),
        ({"host": "0.0.0.0"}, False),
        ({"host": "10.0.0.7"}, False),
        ({"public_url": "https://music.example.org"}, False),
        ({"trusted_proxy": ("127.0.0.1",)}, False),
        ({"allow_host": ("studio.example.org",)}, False),
        ({"share_workers": "no"}, False),
        ({"host": "0.0.0.0", "share_workers": "yes"}, True),
    ],
)
def test_callers_share_workers_on_a_users_own_machine(settings: dict[str, Any], shared: bool) -> None:
    assert shares_workers(Settings(**settings)) is shared


def test_one_callers_sound_never_reaches_another(tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        async def heard(caller: str, **changes: Any) -> list[str]:
            site.number += 1
            folder = site.home / f"job {site.number}"
            folder.mkdir()
            spec = replace(endpoint_spec("remembers", endpoint_id=f"test/{changes}"), **changes)
            track = TrackFile(site.track.path, f"{caller} {site.number}.wav")
            request = JobRequest(f"job {site.number}", spec, (track,), {}, folder, caller=caller)
            names: list[str] = told(await site.backend.run(request, lambda: None, lambda fraction: None))["names"]
            return names

        assert await heard("a") == ["a 1.wav"]
        assert await heard("b") == ["b 2.wav"]
        assert await heard("a") == ["a 1.wav", "a 3.wav"]
        assert await heard("") == [" 4.wav"]
        assert await heard("") == [" 5.wav"]  # nobody is not the same caller as nobody
        assert await heard("a", trusted=True) == ["a 6.wav"]
        assert await heard("b", trusted=True) == ["a 6.wav", "b 7.wav"]

    on_site(tmp_path, use, share_workers="no")


def test_the_fork_server_may_be_killed(tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        first = told(await site.run(endpoint_spec("well_behaved")))
        os.kill(importlib.import_module("multiprocessing.forkserver")._forkserver._forkserver_pid, signal.SIGKILL)
        await asyncio.sleep(0.3)
        assert not exists(first["pid"])
        again = told(await site.run(endpoint_spec("well_behaved")))
        assert again["pid"] != first["pid"]

    on_site(tmp_path, use)


SERVER = """
import asyncio, sys, uuid
from pathlib import Path
from app.backends.base import JobRequest
from app.backends.local import LocalBackend, shares_workers
from app.config import Settings
from app.endpoint import TrackFile
from tests.fixtures.specs import endpoint_spec, LABELS

async def main(home, hang):
    backend = LocalBackend(Settings(home=home, workers=2, device="cpu"))
    await backend.start()
    async def run(spec, progress=lambda fraction: None):
        folder = home / uuid.uuid4().hex
        folder.mkdir()
        track = TrackFile(home / "upload.wav", "a.wav")
        return await backend.run(JobRequest("1", spec, (track,), {}, folder), lambda: None, progress)
    outputs = await run(endpoint_spec("slow_setup", LABELS, seconds="0"))
    print(outputs[0].labels[0].label, flush=True)
    assert not {"torch", "numpy", "soundfile", "soxr"} & set(sys.modules)
    if hang:
        await run(endpoint_spec("native_loop"), lambda fraction: print("computes", flush=True))
    await backend.close()

if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2] == "hang"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("end", ["close", "kill"])
def test_no_process_outlives_the_server(end: str, tmp_path: Path) -> None:
    sound(tmp_path)
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    server = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path), "hang" if end == "kill" else ""],
        env=environment,
        stdout=subprocess.PIPE,
    )
    assert server.stdout is not None
    with server.stdout:
        worker = int(server.stdout.readline())
        if end == "kill":
            assert server.stdout.readline() == b"computes\n"
    family = descendants(server.pid)
    if end == "kill":
        assert worker in family
        assert len(family) >= 3  # the fork server, two workers
        server.kill()
    assert server.wait(60) == (-9 if end == "kill" else 0)
    deadline = time.monotonic() + 1
    while any(map(exists, {worker, *family})) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [pid for pid in {worker, *family} if exists(pid)] == []


def descendants(pid: int) -> set[int]:
    """Every process that a process started, and that those did."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    found, before = {pid}, 0
    while len(found) > before:
        before = len(found)
        found |= {child for child, parent in parents.items() if parent in found}
    return found - {pid}


def test_labels_come_back(tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        (labels,) = await site.run(endpoint_spec("slow_setup", LABELS, seconds="0"))
        assert not isinstance(labels, FileOutput)
        assert labels.labels[0].t == 0.0

    on_site(tmp_path, use)
