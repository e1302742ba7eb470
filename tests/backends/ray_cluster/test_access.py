"""Who is let into a cluster: it asks for a token, and the server has the same one, or a sentence tells."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import psutil
import pytest

from app.backends.ray_cluster import access
from app.errors import SettingsError
from app.own_code import ROOT
from tests.backends.ray_cluster.on_nodes import OnNodes
from tests.proxies.programs import free_port
from tests.ray_head import Head, a_head

NO_TOKEN = "asks for no token: whoever reaches its ports may run any program"
OTHER_TOKEN = "did not let this server in: both need the same token"
NO_CLUSTER = "does not answer as a Ray cluster does"
LET_IN, REFUSED, UNKNOWN, NO_TOKEN_HERE = 0, 3, 4, 1


@pytest.mark.parametrize(
    ("stranger", "server", "may_be_open", "sentence"),
    [
        (REFUSED, LET_IN, False, ""),
        (REFUSED, REFUSED, False, OTHER_TOKEN),
        (REFUSED, NO_TOKEN_HERE, False, OTHER_TOKEN),
        (REFUSED, UNKNOWN, False, NO_CLUSTER),
        (NO_TOKEN_HERE, LET_IN, False, NO_CLUSTER),
        (UNKNOWN, LET_IN, False, NO_CLUSTER),
        (LET_IN, LET_IN, False, NO_TOKEN),
        (LET_IN, LET_IN, True, ""),
    ],
)
def test_only_a_cluster_that_keeps_strangers_out_is_joined(
    stranger: int, server: int, may_be_open: bool, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a real cluster answers is seen below."""
    monkeypatch.setattr(access, "_ask", lambda address, **environment: stranger if environment else server)
    with pytest.raises(SettingsError, match=sentence) if sentence else nullcontext():
        access.check_access("127.0.0.1:6379", may_be_open=may_be_open)


@pytest.mark.slow
def test_another_program_is_no_cluster() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        code, said = status(address)
    assert code == 1
    assert said == f"harpist: What is at {address} {NO_CLUSTER}: it may be another program, or only starting.\n"


@pytest.fixture(scope="module")
def closed() -> Iterator[Head]:
    with tempfile.TemporaryDirectory(prefix="h", dir="/tmp") as name, a_head(Path(name)) as made:
        yield made


def status(address: str, **environment: str | None) -> tuple[int, str]:
    """Return how ``harpist cluster status`` ends with this environment, and what it says."""
    given = {**os.environ, "RAY_AUTH_MODE": None, **environment}
    ran = subprocess.run(
        [sys.executable, "-m", "app", "cluster", "status", "--ray-address", address],
        env={name: value for name, value in given.items() if value is not None},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.slow
def test_the_right_token_opens(closed: Head) -> None:
    code, said = status(closed.address)
    assert (code, said.splitlines()[0]) == (0, f"Ray cluster at {closed.address}: 1 node")


@pytest.mark.slow
@pytest.mark.parametrize("token", ["0" * 64, None], ids=["another", "none"])
def test_without_the_right_token_one_sentence_tells(closed: Head, token: str | None, tmp_path: Path) -> None:
    code, said = status(closed.address, RAY_AUTH_TOKEN=token, HOME=str(tmp_path))
    assert code == 1 and "Traceback" not in said
    assert f"The Ray cluster at {closed.address} {OTHER_TOKEN}" in said
    assert len(said.strip().splitlines()) == 1


@pytest.mark.slow
def test_an_open_cluster_is_refused_unless_that_is_meant() -> None:
    with tempfile.TemporaryDirectory(prefix="h", dir="/tmp") as name, a_head(Path(name), mode="disabled") as head:
        code, said = status(head.address)
        assert code == 1 and len(said.strip().splitlines()) == 1
        assert f"The Ray cluster at {head.address} {NO_TOKEN}" in said
        assert "Start it with RAY_AUTH_MODE=token" in said
        code, said = status(head.address, RAY_AUTH_MODE="disabled")
        assert code == 0 and f"Ray cluster at {head.address}: 1 node" in said
        assert NO_TOKEN in said, "it is warned of"


@pytest.mark.slow
def test_all_ports_are_those_that_the_documents_name(tmp_path: Path) -> None:
    """A firewall cannot keep others from ports that are drawn by lot."""
    node, store, first = free_port(), free_port(), 21000
    workers = ("--min-worker-port", str(first), "--max-worker-port", str(first + 99))
    options = ("--node-manager-port", str(node), "--object-manager-port", str(store), *workers)
    text = (ROOT / "docs" / "cluster.md").read_text()
    assert all(option in text for option in options[::2])
    with (
        tempfile.TemporaryDirectory(prefix="h", dir="/tmp") as name,
        a_head(Path(name), options=options) as head,
        OnNodes(tmp_path / "home", head.address, ray_min=1, ray_max=1),
    ):
        listening = [
            connection.laddr.port
            for process in (*head.processes(), psutil.Process())
            for connection in process.net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN
        ]
    named = {int(head.address.rpartition(":")[2]), node, store, 44217, *range(first, first + 100)}
    assert len(listening) >= 5 and set(listening) <= named
