"""What is shown to be pasted into HARP is asked as it is meant, by every version."""

from __future__ import annotations

import pytest

from app.harp.address import model_address
from tests.wire.clients import CLIENTS, Harp22, Harp30, Harp31, Harp40, HarpClient
from tests.wire.transport import HarpError, child_url

SERVERS = (
    "http://localhost:7860",
    "http://192.168.1.20:7860",
    "http://studio:7860",
    "http://studio.example.com",
    "https://studio.example.com",
    "https://studio.example.com:8443",
    "https://models.studio.example.com/harpist",
)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("kind", CLIENTS, ids=lambda kind: kind.version)
def test_every_version_reaches_the_address_that_is_shown(kind: type[HarpClient], server: str) -> None:
    address = model_address(server, "owner/name", is_root=True)
    assert child_url(kind.reached(address), "upload") == f"{server}/models/owner/name/upload"


def test_an_https_address_that_ends_with_localhost_is_lost_from_3_1_on() -> None:
    address = "https://studio.example.com/models/owner/name#localhost"
    assert all(kind.reached(address) == address for kind in (Harp22, Harp30))
    assert all(kind.reached(address) == f"http://{address}" for kind in (Harp31, Harp40))


def test_a_name_alone_is_refused() -> None:
    for kind in CLIENTS:
        with pytest.raises(HarpError):
            kind.reached("http://studio:7860/models/owner/name")
