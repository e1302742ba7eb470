"""The catalogue against the tests' hub: three lists become one, and only what changed is asked for."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from app.hub.catalogue import CURATED, Catalogue, known_models
from app.hub.client import HubClient
from app.hub.entry import Entry, join_installed
from app.hub.ids import ModelReference, is_model_id
from app.hub.install import install
from app.hub.installed import Installed
from tests.hub.looking import by_id, refreshed
from tests.hub_server.faults import Held, Slow
from tests.hub_server.server import HubServer
from tests.hub_server.small import METADATA, README, WEIGHTS, model_files


def test_an_entry_tells_everything(hub: HubServer, catalogue: Catalogue) -> None:
    repository = hub.repositories["owner/name"]
    repository.downloads, repository.likes = 120, 7
    repository.card["license"] = "apache-2.0"
    entry = refreshed(catalogue)["owner/name"]
    assert entry == Entry(
        id="owner/name",
        commit=hub.commit("owner/name"),
        kind="Effect",
        name="name",
        domains=("music",),
        tags=("drums", "bass"),
        short_description="Takes a mix apart.",
        long_description="Takes a mix of drums and bass apart.",
        sample_rate=44100,
        labels=("Drums", "Bass"),
        size=len(WEIGHTS) + len(METADATA) + len(README),
        likes=7,
        downloads=120,
        licence="apache-2.0",
        changed="2024-03-01",
    )


def test_tagged_curated_and_known_models_are_one_list(hub: HubServer, client: HubClient, tmp_path: Path) -> None:
    for name in ("a/curated", "b/known", "c/neither"):
        hub.add(name, model_files(effect_type="labeler"), tags=())
    hub.add(CURATED, {"models.json": '["a/curated", "owner/name", "gone/away", "../etc", 5,\n]'}, tags=())
    catalogue = Catalogue(client, tmp_path, known=("b/known", "owner/name"))
    assert list(by_id(catalogue)) == ["b/known", "owner/name"], "before anything was asked"
    entries = refreshed(catalogue)
    assert list(entries) == ["a/curated", "b/known", "gone/away", "owner/name"]
    assert entries["a/curated"].kind == entries["b/known"].kind == "Analyzer"
    assert entries["gone/away"].warnings[0].startswith("gone/away was not found, or is private")


def test_what_is_known_without_a_network_can_be_installed() -> None:
    ids = known_models()
    assert "hugggof/demucs_extra" in ids and len(set(ids)) == len(ids) >= 11
    assert all(is_model_id(model_id) for model_id in ids)


def test_a_second_refresh_asks_only_for_what_changed(hub: HubServer, catalogue: Catalogue) -> None:
    hub.add(CURATED, {"models.json": "[]"}, tags=())
    hub.add("a/other", model_files())
    refreshed(catalogue)
    hub.repositories["a/other"].downloads = 5
    hub.repositories["owner/name"].push({"README.md": "changed"})
    hub.requests.clear()
    entries = refreshed(catalogue)
    assert entries["a/other"].downloads == 5
    paths = sorted((request.path.split("/resolve/")[0], request.status) for request in hub.requests)
    assert paths == [
        *[("/api/models", 200)] * 2,  # by the tag of models, and by that of what was learnt
        (f"/api/models/owner/name/revision/{hub.commit('owner/name')}", 200),
        (f"/{CURATED}", 304),
        ("/owner/name", 304),
    ]


def test_is_there_at_once_and_without_a_network(
    hub: HubServer, client: HubClient, catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = refreshed(catalogue)
    hub.requests.clear()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    again = Catalogue(client, tmp_path / "cache", known=())
    assert by_id(again) == entries
    again.refresh()
    assert again.notice.startswith("The hub is not asked for the list of models, since HF_HUB_OFFLINE is set")
    assert by_id(again) == entries and hub.requests == []


def test_another_hubs_cache_is_not_shown(hub: HubServer, catalogue: Catalogue, tmp_path: Path) -> None:
    refreshed(catalogue)
    assert Catalogue(HubClient("http://127.0.0.1:9"), tmp_path / "cache", known=()).entries() == ()


def test_a_private_model_is_listed_for_its_readers(
    hub: HubServer, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, kind in (("a/private", "private"), ("a/gated", "gated")):
        setattr(hub.add(name, model_files()), kind, True)
        hub.repositories[name].readers.add("alice")
    entries = refreshed(catalogue)
    assert "a/private" not in entries
    assert entries["a/gated"].gated and entries["a/gated"].warnings[0].startswith("a/gated is gated: ask for access")
    monkeypatch.setenv("HF_TOKEN", "hf_alice")
    entries = refreshed(catalogue)
    assert entries["a/private"].private and entries["a/private"].kind == entries["a/gated"].kind == "Effect"


def test_a_model_that_is_gone_is_no_longer_listed(hub: HubServer, catalogue: Catalogue) -> None:
    hub.add("a/other", model_files())
    assert set(refreshed(catalogue)) == {"a/other", "owner/name"}
    del hub.repositories["a/other"]
    assert set(refreshed(catalogue)) == {"owner/name"}


def test_fresh_data_comes_in_while_the_old_is_shown(hub: HubServer, client: HubClient, tmp_path: Path) -> None:
    told: list[int] = []
    catalogue = Catalogue(client, tmp_path, lambda: told.append(len(catalogue.entries())), known=())
    for number in range(20):
        hub.add(f"a/model-{number}", model_files())
    the_list, the_models = Held("/api/models"), Held("/api/models/*")
    hub.faults = [the_list, the_models]
    thread = catalogue.refresh_soon()
    assert catalogue.entries() == (), "nobody waits"
    the_list.until.set()
    while not told:
        threading.Event().wait(0.005)
    assert catalogue.refreshing and catalogue.refresh_soon() is None, "one at a time"
    the_models.until.set()
    thread.join(30)
    assert not catalogue.refreshing and catalogue.notice == ""
    assert told[-1] == 21 and catalogue.generation == len(told) > 2
    assert all(entry.kind == "Effect" for entry in catalogue.entries())


def test_metadata_is_asked_for_in_parallel(hub: HubServer, catalogue: Catalogue) -> None:
    for number in range(40):
        hub.add(f"a/model-{number}", model_files())
    lock, now, most = threading.Lock(), [0], [0]

    class Counted(Slow):
        def apply(self, answer):  # type: ignore[no-untyped-def]
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            threading.Event().wait(0.03)
            with lock:
                now[0] -= 1
            return answer

    hub.faults = [Counted("*/metadata.json")]
    refreshed(catalogue)
    assert 2 <= most[0] <= 8


def test_what_is_installed_is_marked_and_listed(
    hub: HubServer, client: HubClient, catalogue: Catalogue, installed: Installed
) -> None:
    hub.add("a/private", model_files(), tags=())
    first = install(client, installed, ModelReference("owner/name"))
    other = install(client, installed, ModelReference("a/private"))
    catalogue.refresh()
    entries = {entry.id: entry for entry in join_installed(catalogue.entries(), installed)}
    assert entries["owner/name"].installed == first.commit and not entries["owner/name"].has_update
    assert entries["a/private"].installed == other.commit and entries["a/private"].kind == "Effect"
    assert entries["a/private"].size == other.size and entries["a/private"].licence == "mit"
    hub.repositories["owner/name"].push({"README.md": "new"})
    catalogue.refresh()
    entries = {entry.id: entry for entry in join_installed(catalogue.entries(), installed)}
    assert entries["owner/name"].has_update and not entries["a/private"].has_update


def test_the_cache_holds_no_more_than_is_shown(hub: HubServer, catalogue: Catalogue, tmp_path: Path) -> None:
    refreshed(catalogue)
    record = json.loads((tmp_path / "cache" / "catalogue.json").read_text())
    assert record["models"][0]["text"] == METADATA and record["models"][0]["model"]["files"] == []
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["catalogue.json"]
