"""Weights of endpoints, from the tests' hub with the real client: what comes, what is refused, what is shared."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import AccessError, BusyError, HubError, JobCancelledError, ModelRunError, NotFoundError, TooLargeError
from app.hub.client import HubClient
from app.hub.licences import AcceptedLicences
from app.hub.lock import locked
from app.hub.meter import Transfer
from app.hub.permissions import Permissions
from app.hub.weights_install import WeightOptions, install_weights
from app.hub.weights_store import WeightStore
from app.weights import BRANCH, HubWeights
from tests.hub_server.faults import Cut, Say, Slow
from tests.hub_server.server import HubServer
from tests.hub_server.small import WEIGHTS

FILES = {"model.safetensors": WEIGHTS, "sub/config.json": b"{}", "other.json": b"[1]", "README.md": b"# no"}


@pytest.fixture
def store(tmp_path: Path) -> WeightStore:
    return WeightStore(tmp_path / "home" / "weights")


@pytest.fixture
def weights(hub: HubServer) -> HubWeights:
    hub.add("owner/w", FILES, tags=()).large = (".safetensors",)
    return stated(hub, "model.safetensors", "sub/config.json")


def stated(hub: HubServer, *names: str, repo: str = "owner/w") -> HubWeights:
    sums = {name: hashlib.sha256(FILES[name]).hexdigest() for name in names}
    return HubWeights(repo, hub.commit(repo), names, sums, "mit", sum(len(FILES[name]) for name in names))


def files(store: WeightStore) -> list[str]:
    paths = (path.relative_to(store.folder) for path in store.folder.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in paths if path.parts[0] != ".locks")


def never() -> float:
    raise AssertionError("it was tried")


def test_what_is_stated_comes_and_nothing_else(
    hub: HubServer, client: HubClient, store: WeightStore, weights: HubWeights
) -> None:
    seen: list[Transfer] = []
    record = install_weights(client, store, "a/b", (weights,), lambda: 3.5, WeightOptions(report=seen.append))
    assert record == store.get("a/b") == store.all()[0]
    assert (record.speed, record.size, record.have((weights,))) == (3.5, len(WEIGHTS) + 2, True)
    folder = Path(store.folders((weights,))["owner/w"])
    assert sorted(path.name for path in folder.rglob("*")) == ["config.json", "model.safetensors", "sub"]
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert seen[-1].done == seen[-1].total == record.size
    assert not record.have((replace(weights, revision="f" * 40),))
    hub.requests.clear()
    install_weights(client, store, "a/b", (weights,), lambda: 1.0)
    assert hub.requests == [], "all of it was here"


def test_files_that_two_use_lie_here_once_and_stay_while_one_does(
    hub: HubServer, client: HubClient, store: WeightStore, weights: HubWeights
) -> None:
    install_weights(client, store, "a/b", (weights,), lambda: 0.0)
    hub.requests.clear()
    more = stated(hub, "model.safetensors", "other.json")
    install_weights(client, store, "a/c", (more,), lambda: 0.0)
    assert not hub.asked("model.safetensors") and len([name for name in files(store) if "safetensors" in name]) == 1
    assert store.remove("a/b", (weights,)) == 2
    assert store.get("a/c") is not None and store.get("a/b") is None
    assert store.remove("a/c", (more,)) == len(WEIGHTS) + 3
    assert files(store) == [] and not (store.folder / "files" / "owner").exists()
    with pytest.raises(NotFoundError, match="a/c is not installed"):
        store.remove("a/c", (more,))


def test_a_broken_connection_and_a_second_try_go_on(
    hub: HubServer, client: HubClient, store: WeightStore, weights: HubWeights
) -> None:
    hub.faults = [Cut("/cdn/*", times=1, after=150_000)]
    install_weights(client, store, "a/b", (weights,), lambda: 0.0)
    assert [request.headers.get("range") for request in hub.asked("/cdn/")] == [None, "bytes=150000-"]


def test_a_wrong_content_is_thrown_away(
    hub: HubServer, client: HubClient, store: WeightStore, weights: HubWeights
) -> None:
    hub.faults = [Say("/cdn/*", content=b"x", pad=True)]
    with pytest.raises(HubError, match=r"model\.safetensors arrived with a wrong checksum"):
        install_weights(client, store, "a/b", (weights,), never)
    hub.faults = []
    for name, sentence in (
        ("model.safetensors", "The hub has another model.safetensors in owner/w than the endpoint states"),
        ("sub/config.json", "The hub has another sub/config.json in owner/w than the endpoint states"),
    ):
        other = replace(weights, sha256={**weights.sha256, name: "0" * 64})
        with pytest.raises(HubError, match=sentence):
            install_weights(client, store, "a/b", (other,), never)
    assert not [name for name in files(store) if "config" in name] and store.all() == ()
    # What was damaged here since is brought again.
    install_weights(client, store, "a/b", (weights,), lambda: 0.0)
    place = store.files(weights) / "model.safetensors"
    place.write_bytes(WEIGHTS[:-1])
    assert store.get("a/b") is None
    place.write_bytes(b"x" + WEIGHTS[1:])
    install_weights(client, store, "a/b", (weights,), lambda: 0.0)
    assert place.read_bytes() == WEIGHTS


def test_where_no_commit_is_known_the_checksums_tell(
    hub: HubServer, client: HubClient, store: WeightStore, weights: HubWeights
) -> None:
    known = replace(weights, revision=BRANCH)
    install_weights(client, store, "a/b", (known,), lambda: 0.0)
    assert (store.files(known) / "model.safetensors").read_bytes() == WEIGHTS
    assert store.get("a/b") is not None
    # The repository has moved on, and what is stated is not what it has now.
    other = replace(known, sha256={**known.sha256, "sub/config.json": "0" * 64})
    with pytest.raises(HubError, match=r"The hub has another sub/config\.json in owner/w than the endpoint states"):
        install_weights(client, store, "c/d", (other,), never)


def test_where_no_checksum_is_known_the_commit_tells(
    hub: HubServer, client: HubClient, store: WeightStore, weights: HubWeights
) -> None:
    known = replace(weights, sha256={"sub/config.json": weights.sha256["sub/config.json"]})
    record = install_weights(client, store, "a/b", (known,), lambda: 0.0)
    assert record == store.get("a/b") and record.have((known,)) and record.have((weights,))
    assert not record.have((replace(known, sha256={"model.safetensors": "0" * 64}),))
    assert not record.have((replace(known, files=("sub/config.json",)),))
    # It is held to from now on: what was damaged since is brought again, and what comes wrong is not taken.
    place = store.files(known) / "model.safetensors"
    place.write_bytes(b"x" + WEIGHTS[1:])
    hub.faults = [Say("/cdn/*", content=b"x", pad=True)]
    with pytest.raises(HubError, match=r"model\.safetensors arrived with a wrong checksum"):
        install_weights(client, store, "a/b", (known,), never)
    hub.faults = []
    hub.requests.clear()
    install_weights(client, store, "a/b", (known,), lambda: 0.0)
    assert place.read_bytes() == WEIGHTS and hub.asked("/cdn/")
    hub.requests.clear()
    install_weights(client, store, "a/c", (known,), lambda: 0.0)
    assert hub.requests and not hub.asked("/cdn/"), "it is here, says its checksum"


def test_a_small_file_without_a_checksum_is_none(
    hub: HubServer, client: HubClient, store: WeightStore, weights: HubWeights
) -> None:
    with pytest.raises(HubError, match=r"The hub tells no sha256 of sub/config\.json in owner/w; the endpoint has to"):
        install_weights(client, store, "a/b", (replace(weights, sha256={}),), never)
    gone = replace(weights, files=("gone.json",), sha256={})
    with pytest.raises(HubError, match=r"There is no gone\.json in owner/w at"):
        install_weights(client, store, "a/b", (gone,), never)
    assert files(store) == []


def test_what_may_not_come_is_refused_before_it_does(
    hub: HubServer, client: HubClient, store: WeightStore, weights: HubWeights
) -> None:
    def refused(kind: type[Exception], sentence: str, item: HubWeights, **options: object) -> None:
        with pytest.raises(kind, match=sentence):
            install_weights(client, store, "a/b", (item,), never, WeightOptions(**options))  # type: ignore[arg-type]

    refused(AccessError, "owner/w may not be installed", weights, permissions=Permissions(deny=("owner/*",)))
    refused(TooLargeError, "The weights of a/b have 400 kB; this server installs at most 1 kB", weights, largest=1000)
    gone = replace(weights, files=("gone.json",), sha256={"gone.json": "0" * 64})
    refused(HubError, r"There is no gone\.json in owner/w at", gone)
    refused(HubError, "owner/w has no such revision", replace(weights, revision="0" * 40))
    hub.repositories["owner/w"].gated = True
    refused(HubError, "owner/w is gated: ask for access on its page", weights)
    assert not hub.asked("/cdn/") and [name for name in files(store) if not name.endswith(".part")] == []


def test_a_cancel_keeps_what_came_and_a_failed_trial_keeps_it_out(
    hub: HubServer, client: HubClient, store: WeightStore, weights: HubWeights
) -> None:
    hub.faults = [Slow("/cdn/*", seconds=0.02, block=20_000)]
    cancel = threading.Event()

    def report(transfer: Transfer) -> None:
        if transfer.done > 100_000:
            cancel.set()

    with pytest.raises(JobCancelledError):
        install_weights(client, store, "a/b", (weights,), never, WeightOptions(report=report, cancel=cancel))
    (part,) = files(store)
    assert part.endswith(".part") and (store.folder / part).stat().st_size > 100_000
    hub.faults = []

    def fails() -> float:
        raise ModelRunError("It does not work.")

    with pytest.raises(ModelRunError):
        install_weights(client, store, "a/b", (weights,), fails)
    assert store.all() == () and len(files(store)) == 2
    store.tidy()
    assert len(files(store)) == 2, "somebody may go on"
    for name in files(store):
        os.utime(store.folder / name, (0, time.time() - 8 * 86400))
    store.tidy()
    assert files(store) == []


def test_tidying_keeps_what_is_used_and_what_is_under_way(
    client: HubClient, store: WeightStore, weights: HubWeights
) -> None:
    install_weights(client, store, "a/b", (weights,), lambda: 0.0)
    store.tidy(keep_days=-1)
    assert store.get("a/b") is not None
    with locked(store.lock("owner/w"), None, threading.Event()):
        with pytest.raises(BusyError):
            store.remove("a/b", (weights,))
        assert store.get("a/b") is not None


@pytest.mark.parametrize("text", ["", "[]", "{", '{"version": 1}', '{"id": "a/b", "repositories": [{}]}', "\0"])
def test_a_record_that_makes_no_sense_is_none(store: WeightStore, text: str) -> None:
    store.record("a/b").parent.mkdir(parents=True)
    store.record("a/b").write_text(text)
    assert store.get("a/b") is None and store.all() == ()


def test_a_record_names_no_file_elsewhere(client: HubClient, store: WeightStore, weights: HubWeights) -> None:
    install_weights(client, store, "a/b", (weights,), lambda: 0.0)
    record = store.record("a/b")
    record.write_text(record.read_text().replace("sub/config.json", "../../../../config.json"))
    assert store.get("a/b") is None


def test_a_licence_is_asked_for_once(tmp_path: Path, hub: HubServer, weights: HubWeights) -> None:
    paid = replace(weights, repo="owner/paid", licence="cc-by-nc-4.0")
    licences = AcceptedLicences(tmp_path / "a" / "accepted.json")
    assert licences.asked((weights, paid)) == (paid,)
    licences.accept((weights, paid))
    assert licences.asked((weights, paid)) == ()
    assert AcceptedLicences(tmp_path / "a" / "accepted.json").asked((paid,)) == ()
    # Another licence than the one that was read is another question.
    assert licences.asked((replace(paid, licence="cc-by-nc-nd-4.0"),))
    (tmp_path / "a" / "accepted.json").write_text("[")
    assert licences.asked((paid,)) == (paid,)


@pytest.mark.parametrize("hidden", ["private", "gated"])
def test_a_token_opens_a_private_or_gated_repository(
    hub: HubServer,
    client: HubClient,
    store: WeightStore,
    weights: HubWeights,
    monkeypatch: pytest.MonkeyPatch,
    hidden: str,
) -> None:
    setattr(hub.repositories["owner/w"], hidden, True)
    hub.repositories["owner/w"].readers.add("alice")
    for token in ("", "hf_bob"):
        monkeypatch.setenv("HF_TOKEN", token)
        with pytest.raises(HubError, match="owner/w"):
            install_weights(client, store, "a/b", (weights,), never)
    assert files(store) == []
    monkeypatch.setenv("HF_TOKEN", "hf_alice")
    install_weights(client, store, "a/b", (weights,), lambda: 1.0)
    assert store.get("a/b") and all(request.status < 400 for request in hub.asked("/cdn/")), "no token went to the CDN"
    monkeypatch.delenv("HF_TOKEN")
    hub.requests.clear()
    again = install_weights(client, store, "a/c", (weights,), lambda: 1.0)
    assert again.repositories == store.get("a/b").repositories and not hub.requests, "what is here needs no token"  # type: ignore[union-attr]
