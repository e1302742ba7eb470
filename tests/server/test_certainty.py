"""However a job ends, and however the server does: nothing goes on, nothing stays behind, the caller hears why."""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from tests.fixtures.specs import endpoint_spec
from tests.server.harp import begin, call, fetch, upload
from tests.server.running import RunningServer, run_server
from tests.serving import site

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="counts processes as Linux has them")
MODULE = "tests.server.sinners"
SECOND = 1.0
PATIENCE = 6 * SECOND
"""What takes a second on a quiet machine may take so long on a busy one."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    home = tmp_path_factory.mktemp("home")
    with run_server(home, "--workers", "1", "--job-timeout", "6", "--memory", "1", module=MODULE) as running:
        ready(running, home / "song.wav")
        yield running
    assert not any("Traceback" in line for line in running.lines), "\n".join(running.lines)


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "song.wav"
    path.write_bytes(b"not decoded")
    return path


def ready(server: RunningServer, song: Path) -> None:
    """Wait until jobs start at once: a busy machine takes long to import torch for the first."""
    song.write_bytes(b"not decoded")
    base = server.model("test/well_behaved")
    assert call(base, "process", [upload(base, song)])[0] == "complete"


def work_of(server: RunningServer) -> Path:
    return Path(psutil.Process(server.process.pid).environ()["HARPIST_HOME"]) / "work"


def wait_for(happened: Callable[[], bool], seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def busy_worker(server: RunningServer) -> psutil.Process:
    """Wait for a worker that computes."""
    found: list[psutil.Process] = []

    def computes() -> bool:
        before = {process: spent(process) for process in workers(server)}
        time.sleep(0.2)
        found.extend(process for process, then in before.items() if spent(process) - then > 0.03)
        return bool(found)

    wait_for(computes, 30)
    return found[0]


def spent(process: psutil.Process) -> float:
    """Return the processor time of a process (s), 0 once it is gone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return float(process.cpu_times().user)
    return 0.0


def workers(server: RunningServer) -> list[psutil.Process]:
    """What the fork server has started."""
    children = psutil.Process(server.process.pid).children()
    return [worker for child in children for worker in child.children()]


def traces(server: RunningServer) -> list[Path]:
    """What jobs have left on disk, but for results."""
    work = work_of(server)
    return [*work.glob("workers/*/*/in/*"), *work.glob("workers/*/*/out/*"), *work.glob("jobs/*/.unfinished.*")]


@pytest.mark.parametrize("sin", ["python_loop", "native_loop", "torch_kernel"])
@pytest.mark.parametrize("end", ["cancel", "vanish"])
def test_computing_that_nobody_wants_is_gone(server: RunningServer, song: Path, sin: str, end: str) -> None:
    base = server.model(f"test/{sin}")
    event = begin(base, "process", [upload(base, song)])
    with httpx.stream("GET", event, timeout=60) as stream:
        assert stream.status_code == 200
        worker = busy_worker(server)
        if end == "cancel":
            begun = time.monotonic()
            assert call(base, "cancel", [])[0] == "complete"
        begun = time.monotonic()
        if end == "cancel":
            wait_for(lambda: not worker.is_running())
    if end == "vanish":
        wait_for(lambda: not worker.is_running())
    print(f"{sin}, {end}: gone after {time.monotonic() - begun:.2f} s")
    wait_for(lambda: not traces(server))
    good = server.model("test/well_behaved")
    assert call(good, "process", [upload(good, song)])[0] == "complete", "its place is free"


@pytest.mark.slow  # six seconds; one of a second: tests/jobs/test_service.py
def test_computing_beyond_its_deadline_is_gone(server: RunningServer, song: Path) -> None:
    base = server.model("test/native_loop")
    event = begin(base, "process", [upload(base, song)])
    worker = busy_worker(server)
    assert fetch(event) == ("error", {"error": "The job was stopped: longer than 6 s."})
    assert not worker.is_running()
    wait_for(lambda: not traces(server))


@pytest.mark.parametrize(
    ("sin", "sentence"),
    [
        ("segfault", "The model crashed (segmentation fault)."),
        ("exits", "The model ended its process (exit code 3)."),
        ("memory_bomb", "The model ran out of memory (1.0 GB allowed); a shorter region may work."),
        ("raises_path", "The model failed: RuntimeError: cannot open (a file): no such file; and more"),
    ],
)
def test_the_caller_hears_why_in_one_sentence(server: RunningServer, song: Path, sin: str, sentence: str) -> None:
    base = server.model(f"test/{sin}")
    assert call(base, "process", [upload(base, song)]) == ("error", {"error": sentence})


def test_clients_that_vanish_in_mid_upload_leave_nothing(server: RunningServer, song: Path) -> None:
    process = psutil.Process(server.process.pid)
    folder = work_of(server) / "uploads"
    before = set(folder.iterdir()), process.num_fds(), process.memory_info().rss
    address = urlsplit(server.url)
    head = (
        f"POST /models/test/well_behaved/gradio_api/upload HTTP/1.1\r\nHost: {address.netloc}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000000\r\n\r\n"
        '--x\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n\r\n'
    ).encode() + b"\0" * 100_000
    for _ in range(4):
        clients = [socket.create_connection((address.hostname, address.port), timeout=10) for _ in range(50)]
        for client in clients:
            client.sendall(head)
        for client in clients:
            client.close()
    wait_for(lambda: set(folder.iterdir()) == before[0], 30)
    wait_for(lambda: process.num_fds() <= before[1] + 3, 30)
    assert process.memory_info().rss - before[2] < 64 * 2**20
    base = server.model("test/well_behaved")
    assert call(base, "process", [upload(base, song)])[0] == "complete"


def test_an_order_to_end_lets_jobs_end(tmp_path: Path, song: Path) -> None:
    with run_server(tmp_path / "home", "--workers", "1", "--grace", "60", module=MODULE) as server:
        ready(server, song)
        base, waits = server.model("test/three_seconds"), server.model("test/minute")
        event = begin(base, "process", [upload(base, song)])
        waiting = begin(waits, "process", [upload(waits, song)])
        given = upload(waits, song)
        answers: list[tuple[str, object]] = []
        reader = threading.Thread(target=lambda: answers.append(fetch(event)), daemon=True)
        reader.start()
        wait_for(lambda: bool(list(work_of(server).glob("workers/*/*/in/*"))), 30)
        processes = psutil.Process(server.process.pid).children(recursive=True)
        server.process.send_signal(signal.SIGTERM)
        assert fetch(waiting) == ("error", {"error": "The server was stopped."})
        refused = httpx.post(f"{waits}/gradio_api/call/process", json={"data": [given]}, timeout=10)
        kind, answer = fetch(f"{waits}/gradio_api/call/process/{refused.json()['event_id']}")
        assert (kind, answer) == ("error", {"error": "The server is shutting down; try again later."})
        reader.join(20)
        kind, (output,) = answers[0]
        assert kind == "complete"
        assert httpx.get(output["url"], timeout=10).status_code == 200, "the result can be fetched"
        assert server.process.wait(20) == 0
        wait_for(lambda: not any(process.is_running() for process in processes))
        assert not list((tmp_path / "home" / "work" / "workers").iterdir())
        assert not any("Traceback" in line for line in server.lines), "\n".join(server.lines)


@pytest.mark.slow
def test_a_second_order_ends_at_once(tmp_path: Path, song: Path) -> None:
    with run_server(tmp_path / "home", "--grace", "60", module=MODULE) as server:
        ready(server, song)
        base, good = server.model("test/native_loop"), server.model("test/well_behaved")
        event, given = begin(base, "process", [upload(base, song)]), upload(good, song)
        worker = busy_worker(server)
        server.process.send_signal(signal.SIGTERM)
        wait_for(lambda: call(good, "process", [given])[0] == "error")
        assert worker.is_running()
        server.process.send_signal(signal.SIGTERM)
        assert fetch(event) == ("error", {"error": "The server was stopped."})
        wait_for(lambda: not worker.is_running())
        assert server.process.wait(15) == 0
        assert not list((tmp_path / "home" / "work" / "workers").iterdir())


def test_a_killed_server_leaves_nothing_that_the_next_start_does_not_clear(tmp_path: Path, song: Path) -> None:
    home = tmp_path / "home"
    with run_server(home, module=MODULE) as server:
        ready(server, song)
        base = server.model("test/native_loop")
        begin(base, "process", [upload(base, song)])
        worker = busy_worker(server)
        processes = [worker, *psutil.Process(server.process.pid).children(recursive=True)]
        address = urlsplit(server.url)
        with socket.create_connection((address.hostname, address.port), timeout=10) as half:
            half.sendall(
                b"POST /gradio_api/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n"
                b"Content-Type: multipart/form-data; boundary=x\r\n\r\n"
                b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n\r\n' + b"\0" * 2_000_000
            )
            wait_for(lambda: bool(list(home.glob("work/uploads/*/.unfinished.*"))))
            server.process.kill()
            server.process.wait(10)
        begun = time.monotonic()
        wait_for(lambda: not any(process.is_running() for process in processes))
        print(f"kill -9 of the server: all gone after {time.monotonic() - begun:.2f} s")
    assert traces_in(home)
    with run_server(home, module=MODULE) as server:
        assert not traces_in(home)
        assert len(list(home.glob("work/jobs/*"))) == 1, "the result"
        assert len(list(home.glob("work/uploads/*"))) == 2, "the whole ones"


def traces_in(home: Path) -> list[Path]:
    return [*home.glob("work/*/*/.unfinished.*"), *home.glob("work/workers/*/*/in/*")]


def test_a_full_disk_costs_sentences_only(tmp_path: Path, song: Path) -> None:
    home = tmp_path / "home"
    (home / "work").mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "none", home / "work"], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk can be mounted by root only")
    try:
        with site(home, [endpoint_spec("well_behaved")], device="cpu") as server:
            base = f"{server.url}/models/test/well_behaved"
            given = upload(base, song)
            kind, answer = call(base, "process", [given])
            assert kind == "complete", answer
            filler = home / "work" / "filler"
            with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
                while True:
                    file.write(b"\0" * 65536)
            kind, answer = call(base, "process", [given])
            assert kind == "error"
            assert "disk" in answer["error"]
            assert "/" not in answer["error"]
            refused = httpx.post(f"{base}/gradio_api/upload", files={"files": ("a.wav", b"\0" * 100_000)}, timeout=20)
            assert "disk is full" in refused.text
            assert httpx.get(f"{server.url}/health", timeout=5).status_code == 200
            filler.unlink()
            given = upload(base, song)
            assert call(base, "process", [given])[0] == "complete", "there is room again"
    finally:
        subprocess.run(["umount", "-l", home / "work"], check=True)
        shutil.rmtree(home, ignore_errors=True)


@pytest.mark.slow
def test_a_killed_fork_server_costs_the_running_job_only(tmp_path: Path, song: Path) -> None:
    with run_server(tmp_path / "home", "--workers", "1", module=MODULE) as server:
        ready(server, tmp_path / "first.wav")
        base = server.model("test/native_loop")
        event = begin(base, "process", [upload(base, song)])
        worker = busy_worker(server)
        parent = worker.parent()
        assert parent is not None and parent.pid != server.process.pid
        parent.kill()
        assert fetch(event) == ("error", {"error": "The model’s process was lost; try again."})
        wait_for(lambda: not worker.is_running())
        good = server.model("test/well_behaved")
        for _ in range(2):
            assert call(good, "process", [upload(good, song)])[0] == "complete", "a fork server came in its place"
        wait_for(lambda: not traces(server))
        assert not any("Traceback" in line for line in server.lines), "\n".join(server.lines)
