"""The real hub client against a hub of the tests' own; in its own process, since it reads the address at import."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub_server.server import HubServer, serve_hub

SCRIPT = """
import sys
from pathlib import Path
from app.errors import HubError
from app.hub.client import download_model
try:
    print(download_model(sys.argv[1], Path(sys.argv[2]), *(sys.argv[3:] or [None])))
except HubError as error:
    print("refused:", error.message)
"""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubServer]:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "model.pt").write_bytes(b"weights")
    (folder / "metadata.json").write_text("{}")
    (folder / "training.log").write_text("not part of a model")
    with serve_hub() as server:
        server.add("owner/name", folder)
        yield server


def download(repo_id: str, cache: Path, endpoint: str, *revision: str, **environment: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT, repo_id, str(cache), *revision],
        env={
            "PATH": "",
            "HOME": str(cache),
            "HF_ENDPOINT": endpoint,
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_HUB_DOWNLOAD_TIMEOUT": "5",
            "HF_HUB_ETAG_TIMEOUT": "5",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return result.stdout.strip()


def test_brings_the_models_files_and_nothing_else(hub: HubServer, tmp_path: Path) -> None:
    folder = Path(download("owner/name", tmp_path / "cache", hub.url))
    assert (folder / "model.pt").read_bytes() == b"weights"
    assert (folder / "metadata.json").read_text() == "{}"
    assert not (folder / "training.log").exists()
    assert folder.name == hub.commit("owner/name"), "pinned to a commit"


def test_a_model_that_is_here_needs_no_network(hub: HubServer, tmp_path: Path) -> None:
    first = download("owner/name", tmp_path / "cache", hub.url)
    out_of_reach = "http://127.0.0.1:9"
    assert download("owner/name", tmp_path / "cache", out_of_reach) == first
    assert download("owner/name", tmp_path / "cache", out_of_reach, HF_HUB_OFFLINE="1") == first


@pytest.mark.parametrize(
    ("repo_id", "expected"),
    [
        ("owner/missing", "was not found, or is private"),
        ("owner/name/more", "is not a hub id: expected OWNER/NAME"),
        ("owner/..", "is not a hub id: expected OWNER/NAME"),
    ],
)
def test_says_why_a_model_cannot_be_had(hub: HubServer, tmp_path: Path, repo_id: str, expected: str) -> None:
    answer = download(repo_id, tmp_path / "cache", hub.url)
    assert answer.startswith("refused:")
    assert expected in answer


def test_explains_a_gated_model(hub: HubServer, tmp_path: Path) -> None:
    hub.gated.add("owner/name")
    assert "is gated: ask for access on its page" in download("owner/name", tmp_path / "cache", hub.url)


def test_says_when_the_hub_is_out_of_reach(tmp_path: Path) -> None:
    answer = download("owner/name", tmp_path / "cache", "http://127.0.0.1:9")
    assert answer == "refused: owner/name is not on this machine, and the hub is out of reach."


def test_refuses_a_repository_without_a_model(hub: HubServer, tmp_path: Path) -> None:
    folder = tmp_path / "dataset"
    folder.mkdir()
    (folder / "README.md").write_text("no model")
    hub.add("owner/dataset", folder)
    answer = download("owner/dataset", tmp_path / "cache", hub.url)
    assert answer == "refused: owner/dataset is not an audacitorch model: it has no model.pt and no metadata.json."
