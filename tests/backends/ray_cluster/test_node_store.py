"""What a node keeps of endpoints: each content once, the least recently used out first, nothing that is in use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.backends.ray_cluster.manifest import ContentFile, Manifest, Manifests
from app.backends.ray_cluster.node_store import NodeStore
from app.errors import WorkerError
from tests.fixtures.specs import endpoint_spec
from tests.killing import killed_at


def manifest(folder: Path, **files: bytes) -> Manifest:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    spec = endpoint_spec("well_behaved")
    return Manifests().of(type(spec)(**{**vars(spec), "reads": (str(folder),)}))


def bring(store: NodeStore, made: Manifest) -> int:
    """Bring what is lacking; returns how many files that were."""
    lacking = store.lacks(made)
    for file in lacking:
        arriving = store.arriving(file)
        arriving.take(Path(file.path).read_bytes())
        store.keep(arriving.finish(), file)
    return len(lacking)


def test_each_content_comes_once(tmp_path: Path) -> None:
    store = NodeStore(tmp_path / "node", 10_000)
    first = manifest(tmp_path / "a", model=b"same" * 10, again=b"same" * 10, card=b"one")
    second = manifest(tmp_path / "b", model=b"same" * 10, card=b"two")
    assert (bring(store, first), bring(store, first), bring(store, second)) == (2, 0, 1)
    with store.holding(first) as files:
        assert Path(f"{files}{tmp_path}/a/again").read_bytes() == b"same" * 10
        assert Path(f"{files}{tmp_path}/a/card").read_bytes() == b"one"
    assert bring(NodeStore(tmp_path / "node", 10_000), second) == 0, "the next process finds it"


def test_the_least_recently_used_goes_and_what_is_in_use_stays(tmp_path: Path) -> None:
    store = NodeStore(tmp_path / "node", 1000)
    made = [manifest(tmp_path / name, model=name.encode() * 400) for name in "abc"]
    for number, one in enumerate(made[:2]):
        bring(store, one)
        with store.holding(one):
            pass
        os.utime(tmp_path / "node" / "bundles" / one.digest / "held", (number, number))
    with store.holding(made[0]):
        assert store.make_room(400) == 1
        assert store.lacks(made[0]) == [] and len(store.lacks(made[1])) == 1, "the older one is held"
        assert store.make_room(900) == 0
    assert store.make_room(900) == 1
    assert list((tmp_path / "node" / "contents").iterdir()) == []


def test_what_is_gone_again_is_told(tmp_path: Path) -> None:
    store = NodeStore(tmp_path / "node", 1000)
    with pytest.raises(FileNotFoundError), store.holding(manifest(tmp_path / "a", model=b"1")):
        pass


def test_another_content_is_not_kept(tmp_path: Path) -> None:
    store = NodeStore(tmp_path / "node", 1000)
    file = ContentFile("/a", "0" * 64, 3)
    arriving = store.arriving(file)
    arriving.take(b"abc")
    with pytest.raises(WorkerError, match="changed on its way"):
        arriving.finish()
    assert store.lacks(Manifest((file,))) == [file]


def test_a_process_that_is_killed_leaves_no_half_file(tmp_path: Path) -> None:
    made = manifest(tmp_path / "a", model=b"abc" * 100)

    def work() -> None:
        bring(NodeStore(tmp_path / "node", 1000), made)

    step = 0
    while killed_at(step, work, ("ray_cluster/node_store.py", "ray_cluster/blocks.py")):
        step += 1
        store = NodeStore(tmp_path / "node", 1000)
        if not store.lacks(made):
            assert (tmp_path / "node" / "contents" / made.files[0].sha256).read_bytes() == b"abc" * 100
    assert step > 10
