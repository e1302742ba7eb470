"""The catalogue of a hub with broken repositories, or of one that does not answer."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from app.hub.catalogue import Catalogue, known_models
from app.hub.client import HubClient
from app.hub.failures import Patience
from tests.hub.looking import by_id, refreshed
from tests.hub_server.faults import Claim, Endure, Refuse, Say
from tests.hub_server.repositories import Endless
from tests.hub_server.server import HubServer
from tests.hub_server.small import METADATA, model_files


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


def test_a_cancelled_refresh_ends(hub: HubServer, catalogue: Catalogue) -> None:
    hub.faults = [Refuse("*", status=429, headers={"Retry-After": "20"})]
    cancel = threading.Event()
    thread = catalogue.refresh_soon(cancel)
    cancel.set()
    thread.join(10)
    assert not thread.is_alive() and catalogue.notice == ""


def test_a_hub_that_is_out_of_reach_costs_a_notice(tmp_path: Path) -> None:
    client = HubClient("http://127.0.0.1:9", Patience(pause=0.01))
    catalogue = Catalogue(client, tmp_path)
    catalogue.refresh()
    assert catalogue.notice.startswith("The hub is out of reach: no connection to 127.0.0.1:9")
    assert {entry.id for entry in catalogue.entries()} == set(known_models())
