"""Files that cross in blocks: whole and the same, or not at all."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from app.backends.ray_cluster.blocks import BLOCK, Arriving, digest_of, read_block
from app.errors import WorkerError


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, 2 * BLOCK + 5])
def test_a_file_arrives_as_it_was(size: int, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(random.Random(size).randbytes(size))
    arriving = Arriving(target, size, digest_of(source))
    for offset in range(0, max(size, 1), BLOCK):
        assert not target.exists()
        arriving.take(read_block(source, offset))
    assert arriving.finish() == target
    assert target.read_bytes() == source.read_bytes()
    assert sorted(tmp_path.iterdir()) == [source, target]


@pytest.mark.parametrize("content", [b"abcd", b"ab", b"abX"], ids=["longer", "shorter", "changed"])
def test_another_file_than_was_announced_is_refused(content: bytes, tmp_path: Path) -> None:
    arriving = Arriving(tmp_path / "target", 3, hashlib.sha256(b"abc").hexdigest())
    with pytest.raises(WorkerError, match="changed on its way"):
        arriving.take(content)
        arriving.finish()
    arriving.drop()
    assert list(tmp_path.iterdir()) == []
