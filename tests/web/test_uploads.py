import os
import time
from pathlib import Path

import pytest

from app.config import Settings
from app.endpoint import TrackFile
from app.errors import AccessError
from app.web.uploads import UploadStore, safe_name


@pytest.fixture
def store(tmp_path) -> UploadStore:
    return UploadStore(Settings(home=tmp_path / "home", keep=10.0, max_upload=1))


def put(store: UploadStore, name: str = "a.wav") -> Path:
    path = store.place(name)
    path.write_bytes(b"sound")
    return path


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Take 1 – Möwe.wav", "Take 1 – Möwe.wav"),
        ("../../etc/passwd", "passwd"),
        ("C:\\songs\\take.wav", "take.wav"),
        ("a\x00b\nc?.wav", "a_b_c_.wav"),
        ("..", "file"),
        ("", "file"),
        (".bashrc", "bashrc"),
        ("\ud800.wav", "_.wav"),
        ("name" * 100 + ".flac", ("name" * 100)[:175] + ".flac"),
        ("é" * 200 + ".wav", "é" * 88 + ".wav"),
        ("x." + "y" * 300, ("x." + "y" * 300)[:180]),
    ],
)
def test_names_are_kept_as_far_as_they_are_safe(name, safe):
    assert safe_name(name) == safe
    assert len(safe.encode()) <= 180


def test_every_file_lies_in_a_folder_that_nobody_can_guess(store):
    first, second = put(store), put(store)
    assert first.parent != second.parent and len(first.parent.name) == 32
    assert store.resolve(str(first)) == TrackFile(first.resolve(), "a.wav")
    assert store.resolve(store.relative(first)).path == first.resolve()
    assert store.relative(first) == f"uploads/{first.parent.name}/a.wav"


def test_no_other_path_is_a_clients_to_name(store, tmp_path):
    inside = put(store)
    outside = tmp_path / "secret.wav"
    outside.write_bytes(b"secret")
    workers = store.work / "workers" / "run-1" / "1" / "in"
    workers.mkdir(parents=True)
    (workers / "1.wav").write_bytes(b"another caller's")
    (store.work / "link.wav").symlink_to(outside)
    (store.work / "folder").symlink_to(tmp_path)
    (store.work / "loop").symlink_to(store.work / "loop")
    os.mkfifo(store.work / "pipe")
    refused = [
        str(outside),
        "../../secret.wav",
        f"{inside}/../../../../../secret.wav",
        "link.wav",
        "workers/run-1/1/in/1.wav",
        "folder/secret.wav",
        "loop",
        "pipe",
        "",
        ".",
        "uploads",
        str(inside.parent),
        "uploads/none/a.wav",
        "/etc/passwd",
        "/dev/zero",
        "\x00",
        "x" * 10_000,
        "http://example.org/a.wav",
        "file:///etc/passwd",
        "~/.ssh/id_rsa",
        "\ud800",
    ]
    for path in refused:
        with pytest.raises(AccessError, match="names no file that was uploaded") as caught:
            store.resolve(path)
        assert str(store.work) not in caught.value.message
    (store.work / "again.wav").symlink_to(inside)
    assert store.resolve("again.wav").path == inside.resolve()


def age(path: Path, minutes: float) -> None:
    then = time.time() - 60 * minutes
    for item in (*path.rglob("*"), path):
        os.utime(item, (then, then))


def test_files_go_after_their_last_use(store):
    old, used, held, new = (put(store) for _ in range(4))
    for path in (old, used, held):
        age(path.parent, 11)
    jobs = store.work / "jobs" / "1"
    jobs.mkdir(parents=True)
    cache = store.work / "0123abcd"
    cache.mkdir()
    (cache / "page.wav").write_bytes(b"sound")
    stray = store.work / "stray.tmp"
    stray.write_bytes(b"x")
    workers = store.work / "workers"
    workers.mkdir()
    for path in (jobs, cache, workers, store.work / "jobs", store.work / "uploads", stray):
        age(path, 11) if path != store.work / "uploads" else os.utime(path, (1, 1))
    age(held.parent, 11)
    age(old.parent, 11)
    store.resolve(str(used))
    os.utime(new.parent)
    os.utime(new)
    with store.hold([store.resolve(str(held)), None]):
        age(held.parent, 11)
        store.sweep(time.time() - 600)
        assert held.exists()
    assert not old.exists() and not old.parent.exists()
    assert used.exists() and new.exists() and jobs.exists() and workers.exists()
    assert not cache.exists() and not stray.exists()
    store.sweep(time.time() - 600)
    assert not held.exists()


def test_an_empty_or_missing_folder_is_no_trouble(store):
    store.sweep(time.time())
