"""The tests' hub, and the real client that asks it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub.utils import close_session

from app.hub.catalogue import Catalogue
from app.hub.client import HubClient
from app.hub.failures import Patience
from app.hub.installed import Installed
from tests.hub_server.server import HubServer, serve_hub
from tests.hub_server.small import METADATA, README, WEIGHTS


@pytest.fixture(autouse=True)
def _nobody_is_signed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", str(tmp_path / "token"))


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A hub with one model, ``owner/name``."""
    with serve_hub() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        server.add("owner/name", {"model.pt": WEIGHTS, "metadata.json": METADATA, "README.md": README})
        yield server


@pytest.fixture(scope="session", autouse=True)
def _connections() -> Iterator[None]:
    """Close the client's connections at the end; making a session anew for every test would take most of its time."""
    yield
    close_session()


@pytest.fixture
def client(hub: HubServer) -> HubClient:
    """The real client, which does not wait as long between its tries."""
    return HubClient(patience=Patience(pause=0.003, timeout=5.0, deadline=5.0))


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    return Installed(tmp_path / "home" / "hub")


@pytest.fixture
def catalogue(hub: HubServer, client: HubClient, tmp_path: Path) -> Catalogue:
    return Catalogue(client, tmp_path / "cache", known=())
