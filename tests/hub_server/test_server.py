"""The tests' hub is one for the real client: its own API and its own download take it for the hub."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import HfApi, hf_hub_download, snapshot_download
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import close_session

from tests.hub_server.faults import Refuse
from tests.hub_server.server import HubServer, serve_hub
from tests.hub_server.small import WEIGHTS, model_files


@pytest.fixture(scope="module")
def hub() -> Iterator[HubServer]:
    with serve_hub() as server:
        server.page = 2
        for number in range(5):
            repository = server.add(f"owner/model-{number}", model_files())
            repository.downloads, repository.likes = 10 * number, 5 - number
        server.add("owner/other", model_files(), tags=())
        first = server.add("owner/history", {**model_files(), "model.pt": WEIGHTS})
        first.card["license"] = "mit"
        first.tags["v1"] = first.head.sha
        first.push({"metadata.json": "{}"}, "Shorter")
        server.add("owner/gated", model_files()).gated = True
        server.add("owner/private", model_files()).private = True
        for name in ("owner/gated", "owner/private"):
            server.repositories[name].readers.add("alice")
        yield server
        close_session()


@pytest.fixture
def api(hub: HubServer) -> HfApi:
    return HfApi(endpoint=hub.url, token=False)


def test_lists_by_tag_over_pages(api: HfApi) -> None:
    names = [model.id for model in api.list_models(filter="audacity")]
    assert len(names) == 7 and "owner/other" not in names and "owner/private" not in names
    assert "owner/private" in [model.id for model in api.list_models(token="hf_alice")]


def test_searches_and_sorts(api: HfApi) -> None:
    found = list(api.list_models(search="model-", sort="downloads", limit=3, full=True, cardData=True))
    assert [model.id for model in found] == ["owner/model-4", "owner/model-3", "owner/model-2"]
    assert found[0].downloads == 40 and found[0].likes == 1 and found[0].sha and found[0].card_data is not None
    assert found[0].last_modified.year == 2024


def test_tells_of_a_model_at_a_revision(api: HfApi, hub: HubServer) -> None:
    info = api.model_info("owner/history", revision="v1", files_metadata=True)
    weights = next(file for file in info.siblings if file.rfilename == "model.pt")
    assert weights.size == weights.lfs.size == len(WEIGHTS)
    assert weights.lfs.sha256 == hashlib.sha256(WEIGHTS).hexdigest()
    assert info.sha == hub.repositories["owner/history"].commits[0].sha != api.model_info("owner/history").sha
    assert "license:mit" in info.tags
    refs = api.list_repo_refs("owner/history")
    assert [ref.target_commit for ref in refs.tags] == [info.sha] and refs.branches[0].name == "main"
    assert [item.title for item in api.list_repo_commits("owner/history")] == ["Shorter", "Initial commit"]
    assert {item.path for item in api.list_repo_tree("owner/history")} == {"model.pt", "metadata.json", "README.md"}


def test_gives_files_through_the_cdn_and_in_parts(api: HfApi, hub: HubServer, tmp_path: Path) -> None:
    path = hf_hub_download("owner/history", "model.pt", endpoint=hub.url, cache_dir=tmp_path, token=False)
    assert Path(path).read_bytes() == WEIGHTS
    assert hub.asked("/cdn/owner/history")
    folder = Path(snapshot_download("owner/history", endpoint=hub.url, cache_dir=tmp_path, token="hf_alice"))
    assert sorted(item.name for item in folder.iterdir()) == ["README.md", "metadata.json", "model.pt"]
    assert all(request.status < 400 for request in hub.asked("/cdn/")), "no token went to the CDN"


def test_refuses_as_the_hub_does(api: HfApi) -> None:
    with pytest.raises(RepositoryNotFoundError):
        api.model_info("owner/missing")
    with pytest.raises(RepositoryNotFoundError):
        api.model_info("owner/private", token="hf_bob")
    assert api.model_info("owner/private", token="hf_alice").private
    with pytest.raises(RevisionNotFoundError):
        api.model_info("owner/history", revision="v9")
    with pytest.raises(EntryNotFoundError):
        api.hf_hub_download("owner/history", "missing.txt")
    assert api.model_info("owner/gated").gated == "manual", "its card is public"
    for token in (False, "hf_bob"):
        with pytest.raises(GatedRepoError):
            api.hf_hub_download("owner/gated", "README.md", token=token)


def test_knows_who_asks(api: HfApi) -> None:
    assert api.whoami(token="hf_alice")["name"] == "alice"
    with pytest.raises(HfHubHTTPError):
        api.whoami(token="hf_nobody")


def test_a_fault_passes(api: HfApi, hub: HubServer) -> None:
    hub.faults = [Refuse("/api/models/owner/history", times=1, status=500)]
    with pytest.raises(HfHubHTTPError):
        api.model_info("owner/history")
    assert api.model_info("owner/history").id == "owner/history"


def test_is_reached_through_hf_endpoint(hub: HubServer) -> None:
    script = "import huggingface_hub; print(huggingface_hub.HfApi().model_info('owner/history').sha)"
    environment = {"PATH": "", "HOME": "/nonexistent", "HF_ENDPOINT": hub.url}
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=True)
    assert result.stdout.strip() == hub.commit("owner/history")
