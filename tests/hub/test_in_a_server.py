"""A model of the hub that is named at start-up: installed once, and from then on there without a network."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.config import Settings
from app.errors import HarpistError, HubError, NotFoundError
from app.registry import Registry
from app.sources import add_model
from tests.hub_server.server import HubServer
from tests.hub_server.small import METADATA

ROOT = Path(__file__).parent.parent.parent
SCRIPT = """
import sys
from pathlib import Path
from app.config import Settings
from app.registry import Registry
from app.sources import add_model
registry = Registry()
print(add_model(registry, Settings(home=Path(sys.argv[1])), sys.argv[2]), registry.get("owner/name").card.name)
print([name for name in sys.modules if name in ("huggingface_hub", "httpx2", "torch")])
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.mark.parametrize("text", ["owner/name", "owner/name@v1", "https://huggingface.co/owner/name/tree/v1"])
def test_an_id_a_revision_and_an_address_are_installed(hub: HubServer, settings: Settings, text: str) -> None:
    repository = hub.repositories["owner/name"]
    repository.tags["v1"] = first = repository.head.sha
    second = repository.push({"metadata.json": METADATA.replace("mix", "song")})
    registry = Registry()
    assert add_model(registry, settings, text) == "owner/name"
    commit = second if text == "owner/name" else first
    assert registry.get("owner/name").arguments["folder"] == str(settings.home / "hub" / "owner" / "name" / commit)


def test_is_the_same_commit_at_the_next_start(hub: HubServer, settings: Settings) -> None:
    add_model(first := Registry(), settings, "owner/name")
    hub.repositories["owner/name"].push({"metadata.json": "{"})
    hub.requests.clear()
    add_model(second := Registry(), settings, "owner/name")
    assert first.get("owner/name") == second.get("owner/name")
    assert hub.requests == []


@pytest.mark.parametrize("environment", [{"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}])
def test_needs_neither_a_network_nor_the_hubs_library(
    hub: HubServer, settings: Settings, environment: dict[str, str]
) -> None:
    add_model(Registry(), settings, "owner/name")
    command = [sys.executable, "-c", SCRIPT, str(settings.home), "owner/name"]
    environment = {**os.environ, **environment}
    result = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True
    ).stdout.splitlines()
    assert result == ["owner/name name", "[]"]


def test_what_cannot_be_had_is_one_sentence(
    hub: HubServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = Registry()
    with pytest.raises(NotFoundError, match="neither a folder with a model nor OWNER/NAME on the hub"):
        add_model(registry, settings, "no/such/model")
    with pytest.raises(HubError, match="owner/missing was not found, or is private"):
        add_model(registry, settings, "owner/missing")
    hub.repositories["owner/name"].push({"metadata.json": "{"})
    with pytest.raises(HarpistError, match=r"metadata\.json is not JSON"):
        add_model(registry, settings, "owner/name")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(HubError, match="HF_HUB_OFFLINE is set"):
        add_model(registry, settings, "owner/name")
    assert registry.ids() == ()
