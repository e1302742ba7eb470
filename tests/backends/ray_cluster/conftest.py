"""A cluster of two nodes for the tests that need one, and a server's backend on it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.backends.ray_cluster.on_nodes import OnNodes
from tests.fixtures.specs import wav
from tests.ray_cluster import TwoNodes, two_nodes


@pytest.fixture(scope="session")
def cluster() -> Iterator[TwoNodes]:
    if find_spec("ray") is None:
        pytest.skip("requirements-ray.txt is not installed")
    with two_nodes() as made:
        yield made


@pytest.fixture(scope="module")
def nodes(cluster: TwoNodes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnNodes]:
    with OnNodes(tmp_path_factory.mktemp("home"), cluster.address) as made:
        yield made


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "upload.wav"
    path.write_bytes(wav(bytes(20_000)))
    return path
