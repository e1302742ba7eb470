"""Installations in processes of their own, through ``HF_ENDPOINT``: killed at any moment, and two at once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.hub.client import HubClient
from app.hub.ids import ModelReference
from app.hub.install import install
from app.hub.installed import Installed
from tests.hub_server.faults import Slow
from tests.hub_server.server import HubServer
from tests.hub_server.small import WEIGHTS

ROOT = Path(__file__).parent.parent.parent
NAME = ModelReference("owner/name")
SCRIPT = """
import sys
from pathlib import Path
from app.hub.client import HubClient
from app.hub.ids import parse_reference
from app.hub.install import InstallOptions, install
from app.hub.installed import Installed

def check(folder):
    print("tried", flush=True)
    if sys.argv[3:] == ["stay"]:
        input()

options = InstallOptions(check=check)
print(install(HubClient(), Installed(Path(sys.argv[1])), parse_reference(sys.argv[2]), options).commit)
"""


def start(installed: Installed, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SCRIPT, str(installed.folder), "owner/name", *arguments]
    environment = {**os.environ, "HOME": str(installed.folder)}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("fraction", [0.2, 0.8])
def test_a_kill_in_mid_download_is_resumed(
    hub: HubServer, client: HubClient, installed: Installed, fraction: float
) -> None:
    hub.faults = [Slow("/cdn/*", seconds=0.02, block=8_000)]
    part = installed.home("owner/name") / ".incoming" / hub.commit("owner/name") / "model.pt.part"
    with start(installed) as process:
        while not part.exists() or part.stat().st_size < fraction * len(WEIGHTS):
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
        process.wait()
    assert installed.all() == ()
    here = part.stat().st_size
    assert here < len(WEIGHTS)
    hub.faults = []
    hub.requests.clear()
    model = install(client, installed, NAME)
    assert (installed.files(model) / "model.pt").read_bytes() == WEIGHTS
    assert [request.headers["range"] for request in hub.asked("/cdn/")] == [f"bytes={here}-"]


def test_a_kill_while_the_model_is_tried_keeps_it_out_and_keeps_the_bytes(
    hub: HubServer, client: HubClient, installed: Installed
) -> None:
    with start(installed, "stay") as process:
        assert process.stdout.readline() == "tried\n"
        process.kill()
        process.wait()
    assert installed.all() == ()
    hub.requests.clear()
    install(client, installed, NAME)
    assert not hub.asked("/resolve/"), "all of it was here"
    assert len(installed.all()) == 1


def test_two_processes_at_once_are_one(hub: HubServer, installed: Installed) -> None:
    hub.faults = [Slow("/cdn/*", seconds=0.05, block=20_000)]
    with start(installed) as first, start(installed) as second:
        answers = [process.communicate(timeout=60)[0].splitlines() for process in (first, second)]
    commit = hub.commit("owner/name")
    assert sorted(answers) == [[commit], ["tried", commit]]
    assert len(hub.asked("/cdn/")) == 1
