from __future__ import annotations

import json

import pytest

from app.errors import HubError
from app.hub.client import HubClient
from app.hub.ids import ModelReference
from app.hub.install import install
from app.hub.installed import Installed
from app.hub.updates import Change, find_update
from tests.hub_server.faults import Refuse
from tests.hub_server.server import HubServer
from tests.hub_server.small import RECORD, WEIGHTS

NAME = ModelReference("owner/name")


def test_an_update_says_what_it_changes(hub: HubServer, client: HubClient, installed: Installed) -> None:
    model = install(client, installed, NAME)
    assert find_update(client, installed, model) is None
    record = {**RECORD, "sample_rate": 48000, "labels": ["Drums", "Bass", "Vocals"], "multichannel": True}
    commit = hub.repositories["owner/name"].push({"metadata.json": json.dumps(record), "model.pt": WEIGHTS + b"more"})
    update = find_update(client, installed, model)
    assert (update.id, update.installed, update.commit) == ("owner/name", model.commit, commit)
    assert (update.changed, update.warning) == ("2024-03-02", "")
    assert update.changes == (
        Change("sample_rate", "44100", "48000"),
        Change("labels", "Drums, Bass", "Drums, Bass, Vocals"),
        Change("multichannel", "False", "True"),
        Change("licence", "mit", ""),
        Change("model.pt", "400000 bytes", "400004 bytes"),
    )
    assert installed.get("owner/name") == model, "nothing changes before its user says so"
    updated = install(client, installed, ModelReference("owner/name", model.revision))
    assert updated.commit == commit and find_update(client, installed, updated) is None


def test_a_branch_is_followed_and_a_commit_is_not(hub: HubServer, client: HubClient, installed: Installed) -> None:
    repository = hub.repositories["owner/name"]
    repository.branches["stable"] = first = repository.head.sha
    followed = install(client, installed, ModelReference("owner/name", "stable"))
    repository.push({"README.md": "new"})
    assert find_update(client, installed, followed) is None, "main moved, stable did not"
    repository.push({"README.md": "newer"}, branch="stable")
    assert find_update(client, installed, followed) is not None
    assert find_update(client, installed, install(client, installed, ModelReference("owner/name", first))) is None


def test_an_update_without_a_meaning_is_told_with_a_warning(
    hub: HubServer, client: HubClient, installed: Installed
) -> None:
    model = install(client, installed, NAME)
    hub.repositories["owner/name"].push({"metadata.json": "{"})
    update = find_update(client, installed, model)
    assert update.warning.startswith("The model's metadata.json is not JSON") and update.changes == ()


def test_a_model_that_was_taken_off_the_hub_stays(hub: HubServer, client: HubClient, installed: Installed) -> None:
    model = install(client, installed, NAME)
    hub.faults = [Refuse("/api/*", status=404, headers={"X-Error-Code": "RepoNotFound"})]
    with pytest.raises(HubError, match="was not found, or is private"):
        find_update(client, installed, model)
    assert installed.all() == (model,)
