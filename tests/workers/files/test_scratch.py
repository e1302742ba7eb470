"""A worker's own folders: what comes in, what is taken out, and what is refused, tried in the worker's place."""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.errors import AudioFileError, ModelRunError, WorkerError
from app.workers.files import disk_usage, handover, scratch
from app.workers.files.disk_usage import usage
from app.workers.files.scratch import Scratch, ScratchRoot
from app.workers.messages import Run
from app.workers.sandbox.terms import Sandbox

FOREIGN = "not a file of its own job"


class Bench:
    """A scratch with a job in it, and the worker's hands."""

    def __init__(self, home: Path, quota: int = 1 << 20) -> None:
        self.home = home
        self.root = ScratchRoot(home / "workers", quota)
        self.scratch: Scratch = self.root.new(lambda error: None)
        self.sandbox = self.scratch.make(Sandbox(readable=(str(home / "model"),), memory=7))
        self.input = home / "upload.wav"
        self.input.write_bytes(b"the caller's")
        self.job = home / "jobs" / "1"
        self.job.mkdir(parents=True)
        self.inside = self.bring("1")
        self.made = Path(self.inside.folder)

    def bring(self, job: str, *names: str) -> Run:
        tracks: list[Any] = [[str(self.home / name), name] for name in names or ("upload.wav",)]
        return self.scratch.bring_in(Run(job, [*tracks, None], str(self.job), {"wet": 1.0}))

    def take(self, *paths: object) -> list[Path]:
        records = [{"file": str(path), "label": "x", "notice": ""} for path in paths]
        return [Path(record["file"]) for record in self.scratch.take_out("1", records, self.job)]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.scratch.remove()
    made.root.close()
    assert list((tmp_path / "workers").iterdir()) == []


def test_a_worker_reads_its_input_and_writes_beside_it(bench: Bench) -> None:
    (path, name), none = bench.inside.tracks[0], bench.inside.tracks[1]
    assert (name, none, bench.inside.controls) == ("upload.wav", None, {"wet": 1.0})
    readable, writable = bench.sandbox.readable, bench.sandbox.writable
    assert Path(path).is_relative_to(readable[-1]) and bench.made.is_relative_to(writable[0])
    assert not Path(readable[-1]).is_relative_to(writable[0]) and len(writable) == 1
    assert (bench.sandbox.memory, bench.sandbox.file_size) == (7, 1 << 20)
    assert Path(path).read_bytes() == b"the caller's"
    assert bench.input.samefile(path), "it is not copied"
    for folder in (readable[-1], writable[0], bench.made):
        assert Path(folder).stat().st_mode & 0o077 == 0


def test_a_result_is_moved_and_nothing_stays(bench: Bench) -> None:
    (bench.made / "sub").mkdir()
    for name in ("a.wav", "sub/a.wav", "left.wav"):
        (bench.made / name).write_bytes(name.encode())
    (bench.made / "a.wav").chmod(0o4777)
    number = (bench.made / "a.wav").stat().st_ino
    first, second = bench.take(bench.made / "a.wav", bench.made / "sub" / "a.wav")
    assert (first, second) == (bench.job / "a.wav", bench.job / "a-2.wav")
    assert (first.read_bytes(), second.read_bytes()) == (b"a.wav", b"sub/a.wav")
    assert first.stat().st_ino == number, "it is not copied"
    assert first.stat().st_mode & 0o7777 == 0o644
    bench.scratch.clear("1")
    assert not bench.made.exists() and not Path(bench.inside.tracks[0][0]).exists()  # type: ignore[index]
    assert usage([Path(bench.sandbox.writable[0]).parent]) == (pytest.approx(0, abs=20_000), 3)
    assert bench.input.read_bytes() == b"the caller's"


def test_labels_pass_untouched(bench: Bench) -> None:
    records: list[Any] = [{"labels": []}, 3, None, {"file": 5}]
    assert bench.scratch.take_out("1", records, bench.job) == records


def test_links_of_a_models_folder_are_followed_beforehand(tmp_path: Path) -> None:
    (tmp_path / "blob").write_bytes(b"x")
    (tmp_path / "model.pt").symlink_to(tmp_path / "blob")
    root = ScratchRoot(tmp_path / "workers")
    made = root.new(lambda error: None)
    sandbox = made.make(Sandbox(readable=(str(tmp_path / "model.pt"), str(tmp_path / "none"))))
    assert sandbox.readable[:2] == (str(tmp_path / "blob"), str(tmp_path / "none"))
    made.remove()
    root.close()


@pytest.mark.parametrize(
    "how", ["outside", "climbing", "symlink", "linked_folder", "hard_link", "folder", "pipe", "nul"]
)
def test_what_is_not_the_jobs_is_refused(how: str, bench: Bench) -> None:
    path = bench.made / "a.wav"
    if how == "outside":
        path = bench.input
    elif how == "climbing":
        path = bench.made / ".." / "1" / ".." / "a.wav"
        (bench.made.parent / "a.wav").write_bytes(b"x")
    elif how == "symlink":
        path.symlink_to(bench.input)
    elif how == "linked_folder":
        (bench.made / "sub").symlink_to(bench.home)
        path = bench.made / "sub" / "upload.wav"
    elif how == "hard_link":
        path.hardlink_to(bench.input)
    elif how == "folder":
        path.mkdir()
    elif how == "pipe":
        os.mkfifo(path)
    elif how == "nul":
        path = Path(f"{path}\0")
    with pytest.raises(ModelRunError, match=f"{FOREIGN}|does not exist") as caught:
        bench.take(path)
    assert str(bench.home) not in caught.value.message
    assert list(bench.job.iterdir()) == []
    assert bench.input.read_bytes() == b"the caller's"


def test_the_jobs_folder_may_be_no_link_itself(bench: Bench) -> None:
    bench.made.rmdir()
    bench.made.symlink_to(bench.home)
    with pytest.raises(ModelRunError, match=FOREIGN):
        bench.take(bench.made / "upload.wav")
    bench.scratch.clear("1")
    assert bench.input.read_bytes() == b"the caller's"


@pytest.mark.parametrize("path", ["a.wav", "\ud800"])
def test_what_is_not_there_is_refused(path: str, bench: Bench) -> None:
    with pytest.raises(ModelRunError, match="does not exist"):
        bench.take(bench.made / path)


def test_a_result_is_given_once(bench: Bench) -> None:
    (bench.made / "a.wav").write_bytes(b"x")
    with pytest.raises(ModelRunError, match="does not exist"):
        bench.take(bench.made / "a.wav", bench.made / "a.wav")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_what_can_still_be_written_is_refused(bench: Bench) -> None:
    path = bench.made / "a.wav"
    with path.open("w+b") as file:
        file.write(bytes(4096))
        file.flush()
        kept = mmap.mmap(file.fileno(), 4096)
    with kept, pytest.raises(ModelRunError, match="still has its result open for writing"):
        bench.take(path)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_a_lease_leaves_nothing_behind(bench: Bench) -> None:
    path = bench.made / "a.wav"
    path.write_bytes(b"x")
    reader = path.open("rb")
    (taken,) = bench.take(path)
    assert fcntl.fcntl(reader.fileno(), fcntl.F_GETLEASE) == fcntl.F_UNLCK
    with reader, taken.open("ab") as file:
        file.write(b"no signal ends this process")


@pytest.mark.parametrize("why", ["no leases", "another disk"])
def test_where_it_cannot_be_moved_a_copy_is_taken(why: str, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    path = bench.made / "a.wav"
    path.write_bytes(b"x" * 5_000_000 if why == "no leases" else b"x")
    bench.root.quota = 0
    if why == "no leases":
        monkeypatch.setattr(handover, "_writers", lambda descriptor: handover._Writers.UNKNOWN)
    else:
        monkeypatch.setattr(handover, "_rename", lambda source, target: False)
    size, number = path.stat().st_size, path.stat().st_ino
    (taken,) = bench.take(path)
    assert taken.stat().st_size == size and taken.stat().st_ino != number


def test_an_input_from_another_disk_is_copied(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: object, **rest: object) -> None:
        raise OSError(errno.EXDEV, "another disk")

    monkeypatch.setattr(scratch.os, "link", refuse)
    inside = bench.bring("2")
    path = Path(inside.tracks[0][0])  # type: ignore[index]
    assert path.read_bytes() == b"the caller's" and not bench.input.samefile(path)


def test_an_input_that_is_gone_is_told(bench: Bench) -> None:
    with pytest.raises(AudioFileError, match="no longer there"):
        bench.bring("2", "none.wav")
    bench.scratch.clear("2")


def test_names_are_made_plain(bench: Bench) -> None:
    names = ["..a\n.wav", "x" * 250 + ".wav", "a:b?.wav", "-ü.wav", "a.unheardofandverylongending"]
    for name in names:
        (bench.made / name).touch()
    taken = [path.name for path in bench.take(*(bench.made / name for name in names))]
    assert taken == ["a_.wav", "x" * 180 + ".wav", "a_b_.wav", "-ü.wav", "a.unheardofandverylongending"]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [(errno.ENOSPC, "The server’s disk is full; try again later."), (errno.EIO, "could not store the job’s files")],
)
def test_a_full_disk_is_told_and_leaves_no_half_file(
    fault: int, sentence: str, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*given: object, **rest: object) -> None:
        raise OSError(fault, "no")

    (bench.made / "a.wav").write_bytes(b"x")
    monkeypatch.setattr(handover, "_rename", lambda source, target: False)
    monkeypatch.setattr(handover.os, "read", fail)
    with pytest.raises(WorkerError, match=sentence):
        bench.take(bench.made / "a.wav")
    assert list(bench.job.iterdir()) == []
    monkeypatch.setattr(scratch.os, "link", fail)
    monkeypatch.setattr(scratch.shutil, "copyfile", fail)
    with pytest.raises(WorkerError, match=sentence):
        bench.bring("2")


def test_too_much_is_told_by_length_by_place_and_by_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_usage, "MOST_FILES", 50)
    made = Bench(tmp_path, quota=3 << 20)
    assert made.scratch.excess() == ""
    with (made.made / "sparse").open("wb") as file:
        file.truncate(4 << 20)
    assert made.scratch.excess() == "The model wrote more than 3 MiB, and was stopped."
    with pytest.raises(ModelRunError, match="more than 3 MiB"):
        made.take(made.made / "sparse")
    made.scratch.clear("1")
    assert made.scratch.excess() == ""
    folder = Path(made.sandbox.writable[0])
    with (folder / "allocated").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, 4 << 20)
        file.truncate(1)
    assert usage([folder])[0] < 3 << 20
    (folder / "allocated").unlink()
    for number in range(51):
        os.mkfifo(folder / str(number))
    assert made.scratch.excess() == "The model made more than 50 files, and was stopped."
    made.scratch.remove()
    made.root.close()


def test_nothing_is_made_once_it_was_removed(tmp_path: Path) -> None:
    root = ScratchRoot(tmp_path / "workers")
    made = root.new(lambda error: None)
    made.remove()
    with pytest.raises(WorkerError):
        made.make(Sandbox())
    with pytest.raises(WorkerError):
        made.bring_in(Run("1", [], "", {}))
    made.clear("1")
    root.close()
    assert not (tmp_path / "workers").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="processes that share a folder of one home")
def test_two_servers_of_one_home_leave_each_other_alone(tmp_path: Path) -> None:
    first = Bench(tmp_path)
    script = (
        "import sys; from pathlib import Path; from app.workers.files.scratch import ScratchRoot\n"
        "from app.workers.sandbox.terms import Sandbox\n"
        "ScratchRoot(Path(sys.argv[1])).new(print).make(Sandbox()); import os; os.kill(os.getpid(), 9)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    workers = tmp_path / "workers"
    assert subprocess.run([sys.executable, "-c", script, str(workers)], env=environment, check=False).returncode == -9
    assert len(list(workers.iterdir())) == 2
    third = ScratchRoot(workers)
    third.new(lambda error: None).make(Sandbox())
    assert len(list(workers.iterdir())) == 2
    assert Path(first.inside.tracks[0][0]).exists()  # type: ignore[index]
    third.close()
    first.root.close()
    assert list(workers.iterdir()) == []
