"""The real hub client against the tests' hub: what it tells, and what it says when the hub does not."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from app.errors import HubError, JobCancelledError
from app.hub.client import HubClient
from app.hub.failures import PassingError, Patience
from tests.hub_server.faults import Claim, Cut, Endure, Refuse, Say, Slow
from tests.hub_server.repositories import Endless
from tests.hub_server.server import HubServer
from tests.hub_server.small import METADATA, WEIGHTS, model_files


def test_tells_of_a_model(hub: HubServer, client: HubClient) -> None:
    repository = hub.repositories["owner/name"]
    repository.downloads, repository.likes = 12, 3
    repository.card["license"] = "mit"
    model = client.model("owner/name")
    assert (model.id, model.commit, model.downloads, model.likes) == ("owner/name", hub.commit("owner/name"), 12, 3)
    assert (model.licence, model.tags, model.changed) == ("mit", ("audacity",), "2024-03-01")
    assert [file.name for file in model.files] == ["metadata.json", "README.md", "model.pt"]
    assert model.file("model.pt").size == len(WEIGHTS) and model.file("model.pt").sha256
    assert model.size == sum(file.size for file in model.files)


def test_a_branch_a_tag_and_a_commit_are_a_commit(hub: HubServer, client: HubClient) -> None:
    repository = hub.repositories["owner/name"]
    first = repository.head.sha
    repository.tags["v1"] = first
    second = repository.push({"README.md": "changed"})
    repository.branches["some/branch"] = second
    assert client.model("owner/name").commit == second
    assert client.model("owner/name", "v1").commit == client.model("owner/name", first).commit == first
    assert client.model("owner/name", "some/branch").commit == second
    with pytest.raises(HubError, match=r"^owner/name has no such revision: owner/name at v9\.$"):
        client.model("owner/name", "v9")


def test_lists_a_tag_over_pages_and_leaves_out_what_has_no_usable_name(hub: HubServer, client: HubClient) -> None:
    hub.page = 2
    for name in ("a/one", "b/two", "../..", "c/..", "d/<script>", "e/ф", "f/three"):
        hub.add(name, model_files())
    hub.add("g/other", model_files(), tags=("music",))
    assert [model.id for model in client.models()] == ["owner/name", "a/one", "b/two", "f/three"]
    assert len(hub.asked("/api/models")) == 4


def test_follows_no_list_to_another_host(hub: HubServer, client: HubClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_alice")
    hub.faults = [Claim("/api/models", headers={"Link": f'<{hub.cdn}/api/models?cursor=0>; rel="next"'})]
    assert len(client.models()) == 1
    assert len(hub.asked("/api/models")) == 1


def test_a_small_file_is_asked_for_once(hub: HubServer, client: HubClient) -> None:
    answer = client.text("owner/name", "main", "metadata.json", 10_000)
    assert answer.text == METADATA
    assert client.text("owner/name", "main", "metadata.json", 10_000, answer.etag) is None
    hub.repositories["owner/name"].push({"metadata.json": "{}"})
    assert client.text("owner/name", "main", "metadata.json", 10_000, answer.etag).text == "{}"


def test_a_metadata_file_of_100_mb_is_not_read(hub: HubServer, client: HubClient) -> None:
    hub.repositories["owner/name"].push({"metadata.json": Endless(100_000_000)})
    with pytest.raises(HubError, match=r"sends more than 64 kB of metadata.json of owner/name; that much is not read"):
        client.text("owner/name", "main", "metadata.json", 65_536)
    assert hub.asked("metadata.json")[-1].sent < 20_000_000


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b"{}", b'{"id": "a/b"}', b"[" * 100_000, b"\xff\xfe"])
def test_an_answer_without_sense_is_one_sentence(hub: HubServer, client: HubClient, answer: bytes) -> None:
    hub.faults = [Say("/api/models/owner/name", content=answer)]
    with pytest.raises(HubError) as caught:
        client.model("owner/name")
    assert caught.value.message.startswith("The hub") and "\n" not in caught.value.message


@pytest.mark.parametrize("name", ["owner/../../etc", "../etc", "owner/na\nme", "owner/..", "", 5, None])
def test_a_name_in_an_answer_never_becomes_a_path(hub: HubServer, client: HubClient, name: object) -> None:
    record = {"id": name, "sha": hub.commit("owner/name"), "siblings": []}
    hub.faults = [Say("/api/models/owner/name", content=json.dumps(record).encode())]
    with pytest.raises(HubError, match="without a usable name"):
        client.model("owner/name")


def test_a_list_that_never_ends_is_given_up(hub: HubServer, client: HubClient) -> None:
    hub.faults = [Endure("/api/models")]
    with pytest.raises(HubError, match=r"sends more than 65536 kB of the list of models"):
        client.models()


def test_a_list_that_comes_too_slowly_is_given_up(hub: HubServer) -> None:
    hub.faults = [Slow("/api/models/owner/name", seconds=0.1, block=10)]
    with pytest.raises(PassingError, match=r"The hub takes longer than 0.5 s to send owner/name"):
        HubClient(patience=Patience(tries=1, deadline=0.5)).model("owner/name")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_fault_of_the_hub_is_tried_again(hub: HubServer, client: HubClient, status: int) -> None:
    hub.faults = [Refuse("/api/models/owner/name", times=2, status=status)]
    assert client.model("owner/name").id == "owner/name"
    hub.faults = [Refuse("/api/models/owner/name", status=status)]
    with pytest.raises(PassingError, match=rf"^The hub has a fault of its own \({status}\) with owner/name"):
        client.model("owner/name")


def test_a_broken_connection_is_tried_again(hub: HubServer, client: HubClient) -> None:
    hub.faults = [Cut("/api/models/owner/name", times=2, after=100)]
    assert client.model("owner/name").id == "owner/name"
    hub.faults = [Cut("/api/models/owner/name", after=100)]
    with pytest.raises(PassingError, match=r"^The connection to the hub broke while it sent owner/name\.$"):
        client.model("owner/name")


def test_waits_as_long_as_a_busy_hub_asks_for(hub: HubServer, client: HubClient) -> None:
    hub.faults = [Refuse("/api/models/owner/name", times=1, status=429, headers={"Retry-After": "1"})]
    start = time.monotonic()
    assert client.model("owner/name").id == "owner/name"
    assert time.monotonic() - start >= 1


@pytest.mark.parametrize("headers", [{"Retry-After": "300"}, {"RateLimit": '"api";r=0;t=300'}])
def test_says_how_long_a_busy_hub_wants_to_be_left(hub: HubServer, client: HubClient, headers: dict[str, str]) -> None:
    hub.faults = [Refuse("*", status=429, headers=headers)]
    with pytest.raises(PassingError, match=r"takes no more requests from here for now; try again in 300 s, or sign in"):
        client.model("owner/name")
    assert len(hub.requests) == 1


def test_a_wait_can_be_cancelled(hub: HubServer, client: HubClient) -> None:
    hub.faults = [Refuse("*", status=429, headers={"Retry-After": "20"})]
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    with pytest.raises(JobCancelledError):
        client.model("owner/name", cancel=cancel)


def test_private_and_gated_models_need_the_right_account(
    hub: HubServer, client: HubClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add("owner/private", model_files()).private = True
    hub.add("owner/gated", model_files()).gated = True
    for name in ("owner/private", "owner/gated"):
        hub.repositories[name].readers.add("alice")

    def complaint(model_id: str) -> str:
        with pytest.raises(HubError) as caught:
            client.text(model_id, "main", "metadata.json", 10_000)
        return caught.value.message

    sign_in = "sign in with HF_TOKEN or “hf auth login”"
    assert complaint("owner/private") == (
        f"owner/private was not found, or is private: check the name, or {sign_in} for a private one."
    )
    page = "https://huggingface.co/owner/gated"
    assert complaint("owner/gated") == f"owner/gated is gated: ask for access on its page, {page}; then {sign_in}."
    assert client.model("owner/gated").gated, "what is said of it is public"
    monkeypatch.setenv("HF_TOKEN", "hf_bob")
    assert complaint("owner/private").endswith("check the name, or the signed-in account may not see it.")
    assert complaint("owner/gated").endswith("; the signed-in account has no access yet.")
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    assert complaint("owner/gated").startswith("The hub refuses the token: sign in")
    monkeypatch.setenv("HF_TOKEN", "hf_alice")
    assert client.text("owner/private", "main", "metadata.json", 10_000) is not None
    assert client.text("owner/gated", "main", "metadata.json", 10_000) is not None


def test_a_login_is_used(hub: HubServer, client: HubClient, tmp_path: object) -> None:
    import huggingface_hub

    hub.add("owner/private", model_files()).private = True
    hub.repositories["owner/private"].readers.add("alice")
    Path(huggingface_hub.constants.HF_TOKEN_PATH).write_text("hf_alice")
    assert client.model("owner/private").private


def test_says_when_the_hub_is_out_of_reach() -> None:
    client = HubClient("http://127.0.0.1:9", Patience(pause=0.01))
    with pytest.raises(PassingError, match=r"^The hub is out of reach: no connection to 127.0.0.1:9, which a/b ") as it:
        client.model("a/b")
    assert it.value.everywhere


def test_asks_nothing_where_that_is_switched_off(
    hub: HubServer, client: HubClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(PassingError, match="The hub is not asked for owner/name, since HF_HUB_OFFLINE is set"):
        client.model("owner/name")
    assert hub.requests == []


def test_neither_a_start_nor_what_is_installed_imports_the_hubs_library() -> None:
    script = "import sys, app.sources; print([name for name in sys.modules if name in ('huggingface_hub', 'httpx2')])"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout.strip() == "[]"
