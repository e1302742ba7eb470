"""A worker under attack from within: every system call that would reach out is refused, honest work goes on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import site
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.errors import ModelRunError, WorkerError
from app.workers.messages import Load, Run
from app.workers.process import WorkerProcess
from app.workers.sandbox import landlock, syscalls
from app.workers.sandbox.terms import Sandbox, enter

pytestmark = pytest.mark.skipif(
    bool(landlock.missing() or syscalls.missing()), reason="this machine has not every layer"
)
SECRETS = {
    "HF_TOKEN": "hf_do_not_tell",
    "HTTPS_PROXY": "http://me:do_not_tell@proxy",
    "AWS_SECRET_ACCESS_KEY": "do_not_tell",
    "HARPIST_HOME": "/do_not_tell",
}


def run_in_worker(name: str, sandbox: Sandbox, folder: Path, **arguments: str) -> list[dict[str, Any]]:
    async def main() -> list[dict[str, Any]]:
        worker = await WorkerProcess.launch(sandbox)
        try:
            await worker.load(Load(f"tests.fixtures.endpoints.{name}:Model", arguments, "cpu", 2), 60)
            return await worker.run(Run("one", [], str(folder), {}), lambda fraction: None, 60)
        finally:
            await worker.kill()

    return asyncio.run(main())


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the probe told; everything that it went for is found as it was, or the test fails here."""
    base = tmp_path_factory.mktemp("machine")
    others = {name: base / name for name in ("other-worker/in", "other-worker/out", "jobs", "in", "out")}
    for folder in others.values():
        folder.mkdir(parents=True)
    song, given = others["jobs"] / "song.wav", others["in"] / "mine.wav"
    for path in (song, given, others["other-worker/in"] / "theirs.wav", others["other-worker/out"] / "theirs.wav"):
        path.write_bytes(b"unreleased")
    packages = site.getsitepackages()[0]
    with contextlib.ExitStack() as stack:
        places = (Path.home(), "/dev/shm", packages)
        private, shared, library = (
            stack.enter_context(tempfile.NamedTemporaryFile(dir=place, suffix=".py")).name for place in places
        )
        written = [str(song), str(given), private, shared, library]
        written += [str(folder / "theirs.wav") for name, folder in others.items() if "other" in name]
        before = {path: (Path(path).read_bytes(), Path(path).stat()) for path in written}
        folders = [str(song.parent), str(given.parent), str(Path.home()), tempfile.gettempdir(), "/dev/shm", packages]
        targets = {
            "server": os.getpid(),
            "read": [
                *(path for path in written if path not in (str(given), library)),
                *(f"/proc/{os.getpid()}/{name}" for name in ("environ", "maps", "cmdline", "mem", "status", "fd/0")),
                *("/etc/passwd", "/etc/hostname", "/proc/1/environ", "/proc/net/tcp", "/proc/mounts", "/dev/tty"),
                *("/dev/kmsg", "/proc/version", str(Path(__file__).parents[3] / ".git" / "config")),
            ],
            "list": ["/", "/proc", "/etc", *(path for path in folders if path not in (packages, str(given.parent)))],
            "write": written,
            "make": folders,
        }
        for name, value in SECRETS.items():
            os.environ[name] = value
        try:
            sandbox = Sandbox((str(given.parent),), (str(others["out"]),), 0, 1 << 30)
            (output,) = run_in_worker("native_probe", sandbox, others["out"], targets=json.dumps(targets))
        finally:
            for name in SECRETS:
                del os.environ[name]
        for path, (content, status) in before.items():
            now = Path(path).stat()
            assert Path(path).read_bytes() == content
            assert (now.st_mode, now.st_uid, now.st_mtime_ns, now.st_nlink) == (
                *(status.st_mode, status.st_uid, status.st_mtime_ns, status.st_nlink),
            )
    yield json.loads(Path(output["file"]).read_text())


def test_every_attempt_is_refused(told: dict[str, Any]) -> None:
    worked = [name for name, answer in told["answers"].items() if not answer]
    assert worked == []
    assert len(told["answers"]) > 150


def test_they_are_refused_by_the_sandbox_and_not_by_chance(told: dict[str, Any]) -> None:
    """An attempt with a wrong argument would fail everywhere and prove nothing."""
    expected = {"EPERM", "EACCES", "ENOSYS", "EXDEV", "EFBIG", "EROFS", "EINVAL" if os.getuid() else "EPERM"}
    others = {name: answer for name, answer in told["answers"].items() if answer not in expected}
    assert others == {}


def test_a_pair_of_sockets_of_its_own_is_left_to_it(told: dict[str, Any]) -> None:
    """Where it is refused, JUCE takes whatever number stood there for one, and writes into that file."""
    assert told["seen"]["pair"] == "through"


def test_no_secret_of_the_server_is_in_the_worker(told: dict[str, Any]) -> None:
    seen = told["seen"]
    assert "PATH=" in seen["environment"]
    assert "do_not_tell" not in json.dumps(seen)
    assert seen["arguments"] == sys.argv[:1]
    assert seen["variables"]["HOME"] == seen["variables"]["TMPDIR"] == seen["folder"]
    assert Path(seen["folder"]).name == "out"


def test_it_holds_its_pipe_and_no_privilege(told: dict[str, Any]) -> None:
    assert len(told["seen"]["files"]) == 5, "standard streams, pipe, and the listing itself"
    assert {line.split()[1] for line in told["seen"]["rights"]} == {"0000000000000000"}


def test_the_fork_server_has_no_secret_either(told: dict[str, Any]) -> None:
    from multiprocessing import forkserver

    number = vars(forkserver)["_forkserver"]._forkserver_pid
    environment = Path(f"/proc/{number}/environ").read_text()
    assert "PATH=" in environment
    assert "do_not_tell" not in environment


def test_honest_work_goes_on(tmp_path: Path) -> None:
    import numpy as np
    import soundfile

    given, made = tmp_path / "in", tmp_path / "out"
    given.mkdir()
    made.mkdir()
    soundfile.write(given / "in.wav", np.linspace(-0.5, 0.5, 4410), 44100)
    sandbox = Sandbox((str(given),), (str(made),), 4 << 30, 1 << 30)
    (output,) = run_in_worker("honest_work", sandbox, made, source=str(given / "in.wav"))
    work = json.loads(Path(output["file"]).read_text())
    assert work == {**work, "product": 700.0, "threads": 2, "samples": 4410, "convolved": True, "temporary": "out"}
    assert work["zone"] is True
    assert soundfile.info(made / "copy.flac").frames == 4410


def test_a_file_beyond_the_limit_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelRunError, match="wrote more than 3 MiB into one file"):
        run_in_worker("file_bomb", Sandbox((), (str(tmp_path),), 0, 3 << 20), tmp_path)
    assert (tmp_path / "bomb").stat().st_size <= 3 << 20


def test_permits_give_back_what_they_name(tmp_path: Path) -> None:
    sandbox = Sandbox((), (str(tmp_path),), permits=("network", "processes"))
    (output,) = run_in_worker("reaches_out", sandbox, tmp_path)
    assert json.loads(Path(output["file"]).read_text()) == {"program": 0, "socket": True, "outside": False}


def test_a_sandbox_that_does_not_close_runs_nothing(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match="could not close the sandbox around the model"):
        run_in_worker("honest_work", Sandbox((), (str(tmp_path / ("x" * 300)),)), tmp_path)


def test_a_layer_that_is_gone_since_the_start_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syscalls, "missing", lambda: "the system library libseccomp is not installed")
    with pytest.raises(OSError, match="system calls: the system library"):
        enter(Sandbox(expects=("files", "system calls")))
