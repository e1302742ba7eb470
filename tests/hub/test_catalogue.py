"""The catalogue against the tests' hub: three lists become one, and a broken repository is one warning."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from app.hub.catalogue import CURATED, Catalogue, known_models
from app.hub.client import HubClient
from app.hub.entry import Entry, join_installed
from app.hub.failures import Patience
from app.hub.ids import ModelReference, is_model_id
from app.hub.install import install
from app.hub.installed import Installed
from tests.hub_server.faults import Claim, Endure, Refuse, Say, Slow
from tests.hub_server.repositories import Endless
from tests.hub_server.server import HubServer
from tests.hub_server.small import METADATA, README, WEIGHTS, model_files


@pytest.fixture
def catalogue(hub: HubServer, client: HubClient, tmp_path: Path) -> Catalogue:
    return Catalogue(client, tmp_path / "cache", known=())


def by_id(catalogue: Catalogue) -> dict[str, Entry]:
    return {entry.id: entry for entry in catalogue.entries()}


def refreshed(catalogue: Catalogue) -> dict[str, Entry]:
    catalogue.refresh()
    assert catalogue.notice == ""
    return by_id(catalogue)


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
        ("/api/models", 200),
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


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1}', '{"version": 1, "models": [5]}', "\x00"])
def test_a_damaged_cache_is_made_anew(hub: HubServer, catalogue: Catalogue, tmp_path: Path, text: str) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "catalogue.json").write_text(text)
    assert catalogue.entries() == ()
    assert list(refreshed(catalogue)) == ["owner/name"]


@pytest.mark.parametrize(
    ("files", "warning"),
    [
        ({"model.pt": b"x"}, "There is no metadata.json in this repository."),
        ({"metadata.json": METADATA}, "There is no model.pt in this repository."),
        (
            {"model.pt": b"x", "metadata.json": "{"},
            "The model's metadata.json is not JSON; one JSON object is expected.",
        ),
        ({"model.pt": b"x", "metadata.json": '{"sample_rate": -1}'}, "The model's sample_rate is “-1”;"),
        ({"model.pt": b"x", "metadata.json": Endless(100_000_000)}, "The hub sends more than 256 kB of metadata.json"),
        ({"model.pt": b"x", "metadata.json": b"\xff\xfe{}"}, "The model's metadata.json is not JSON;"),
    ],
)
def test_a_broken_repository_is_one_warning(
    hub: HubServer, catalogue: Catalogue, files: dict[str, bytes | str], warning: str
) -> None:
    hub.add("broken/one", files)
    entries = refreshed(catalogue)
    (found,) = entries["broken/one"].warnings
    assert found.startswith(warning)
    assert entries["owner/name"].warnings == ("No licence is stated.",), "the others do not mind"


def test_slips_in_metadata_are_warnings(hub: HubServer, catalogue: Catalogue) -> None:
    hub.add("a/slips", {"model.pt": b"x", "metadata.json": METADATA[:-1] + ",}"})
    entry = refreshed(catalogue)["a/slips"]
    assert entry.kind == "Effect" and "metadata.json has a trailing comma." in entry.warnings


@pytest.mark.parametrize(
    "fault",
    [
        Refuse("*/revision/*", status=500),
        Say("*/revision/*", content=b"nonsense"),
        Refuse("*/metadata.json", status=500),
        Claim("*/metadata.json", headers={"Content-Length": "9"}),
        Refuse("*/metadata.json", status=403),
        Endure("*/metadata.json"),
    ],
)
def test_a_fault_with_one_model_stays_with_it(hub: HubServer, catalogue: Catalogue, fault: Refuse) -> None:
    hub.add("a/other", model_files())
    fault.path = fault.path.replace("*", "*a/other*", 1)
    hub.faults = [fault]
    entries = refreshed(catalogue)
    assert len(entries["a/other"].warnings) == 1 and entries["a/other"].commit
    assert entries["owner/name"].kind == "Effect"
    hub.faults = []
    assert refreshed(catalogue)["a/other"].kind == "Effect", "what is not known is asked for again"


def test_a_passing_fault_takes_nothing_away(hub: HubServer, catalogue: Catalogue) -> None:
    before = refreshed(catalogue)["owner/name"]
    hub.repositories["owner/name"].push({"metadata.json": METADATA.replace("mix", "song")})
    hub.faults = [Refuse("*/metadata.json", status=500)]
    assert refreshed(catalogue)["owner/name"] == before
    hub.faults = []
    assert refreshed(catalogue)["owner/name"].short_description == "Takes a song apart."


@pytest.mark.parametrize(
    ("fault", "notice"),
    [
        (Refuse("/api/models", status=500), "The hub has a fault of its own (500) with the list of models"),
        (Refuse("*", status=429, headers={"Retry-After": "600"}), "The hub takes no more requests from here for now"),
        (Say("/api/models", content=b"{}"), "The hub's answer about the list of models makes no sense."),
        (Refuse("*/revision/*", status=429, headers={"Retry-After": "600"}), "The hub takes no more requests"),
    ],
)
def test_a_hub_that_says_nothing_leaves_all_as_it_was(
    hub: HubServer, catalogue: Catalogue, fault: Refuse, notice: str
) -> None:
    before = refreshed(catalogue)
    hub.repositories["owner/name"].push({"metadata.json": METADATA.replace("mix", "song")})
    for number in range(30):
        hub.add(f"a/new-{number}", model_files())
    hub.faults = [fault]
    hub.requests.clear()
    catalogue.refresh()
    assert catalogue.notice.startswith(notice)
    after = by_id(catalogue)
    assert after["owner/name"] == before["owner/name"]
    assert len(hub.requests) < 25, "it is not asked for every model"


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
    hub.faults = [Slow("/api/models/*", seconds=0.02, block=100_000)]
    thread = catalogue.refresh_soon()
    assert catalogue.entries() == (), "nobody waits"
    while not told:
        threading.Event().wait(0.005)
    assert catalogue.refreshing and catalogue.refresh_soon() is None, "one at a time"
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


def test_a_cancelled_refresh_ends(hub: HubServer, catalogue: Catalogue) -> None:
    hub.faults = [Refuse("*", status=429, headers={"Retry-After": "20"})]
    cancel = threading.Event()
    thread = catalogue.refresh_soon(cancel)
    cancel.set()
    thread.join(10)
    assert not thread.is_alive() and catalogue.notice == ""


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


def test_a_hub_that_is_out_of_reach_costs_a_notice(tmp_path: Path) -> None:
    client = HubClient("http://127.0.0.1:9", Patience(pause=0.01))
    catalogue = Catalogue(client, tmp_path)
    catalogue.refresh()
    assert catalogue.notice.startswith("The hub is out of reach: no connection to 127.0.0.1:9")
    assert {entry.id for entry in catalogue.entries()} == set(known_models())


def test_the_cache_holds_no_more_than_is_shown(hub: HubServer, catalogue: Catalogue, tmp_path: Path) -> None:
    refreshed(catalogue)
    record = json.loads((tmp_path / "cache" / "catalogue.json").read_text())
    assert record["models"][0]["text"] == METADATA and record["models"][0]["model"]["files"] == []
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["catalogue.json"]
