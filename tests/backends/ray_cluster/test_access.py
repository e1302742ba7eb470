"""Who is let into a cluster: it asks for a token, and the server has the same one, or a sentence tells."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ray_head import Head, a_head

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def closed() -> Iterator[Head]:
    with tempfile.TemporaryDirectory(prefix="h", dir="/tmp") as name, a_head(Path(name)) as made:
        yield made


def status(head: Head, **environment: str | None) -> tuple[int, str]:
    """Return how ``harpist cluster status`` ends with this environment, and what it says."""
    given = {**os.environ, "RAY_AUTH_MODE": None, **environment}
    ran = subprocess.run(
        [sys.executable, "-m", "app", "cluster", "status", "--ray-address", head.address],
        env={name: value for name, value in given.items() if value is not None},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


def test_the_right_token_opens(closed: Head) -> None:
    code, said = status(closed)
    assert (code, said.splitlines()[0]) == (0, f"Ray cluster at {closed.address}: 1 node")


@pytest.mark.parametrize("token", ["0" * 64, None], ids=["another", "none"])
def test_without_the_right_token_one_sentence_tells(closed: Head, token: str | None, tmp_path: Path) -> None:
    code, said = status(closed, RAY_AUTH_TOKEN=token, HOME=str(tmp_path))
    assert code == 1 and "Traceback" not in said
    assert f"The Ray cluster at {closed.address} did not let this server in: both need the same token" in said
    assert len(said.strip().splitlines()) == 1


def test_an_open_cluster_is_refused_unless_that_is_meant() -> None:
    with tempfile.TemporaryDirectory(prefix="h", dir="/tmp") as name, a_head(Path(name), "disabled") as head:
        code, said = status(head)
        assert code == 1 and len(said.strip().splitlines()) == 1
        assert f"The Ray cluster at {head.address} asks for no token: whoever reaches its ports" in said
        assert "Start it with RAY_AUTH_MODE=token" in said
        code, said = status(head, RAY_AUTH_MODE="disabled")
        assert code == 0 and f"Ray cluster at {head.address}: 1 node" in said
        assert "asks for no token: whoever reaches its ports may run any program" in said, "it is warned of"
