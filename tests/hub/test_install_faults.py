"""Installing from a hub that breaks off, lies, is busy, or has more than fits."""

from __future__ import annotations

import pytest

from app.errors import (
    HubError,
    TooLargeError,
)
from app.hub.client import HubClient
from app.hub.ids import ModelReference
from app.hub.install import InstallOptions, install
from app.hub.installed import Installed
from tests.hub.folders import content, left
from tests.hub_server.faults import Claim, Cut, Endure, Refuse, Say
from tests.hub_server.repositories import Endless
from tests.hub_server.server import HubServer
from tests.hub_server.small import METADATA, WEIGHTS, model_files

NAME = ModelReference("owner/name")
CDN = "/cdn/owner/name/*"


@pytest.mark.parametrize("tenth", range(11))
def test_a_download_cut_at_every_tenth_goes_on(
    hub: HubServer, client: HubClient, installed: Installed, tenth: int
) -> None:
    after = len(WEIGHTS) * tenth // 10
    hub.faults = [Cut(CDN, times=1, after=after)]
    install(client, installed, NAME)
    assert content(installed) == WEIGHTS
    asked = hub.asked("/cdn/")
    assert sum(request.sent for request in asked) <= len(WEIGHTS) + 65_536
    if 0 < tenth < 10:
        assert asked[1].headers["range"].startswith("bytes=") and asked[1].status == 206


def test_a_download_that_gets_a_little_further_each_time_ends(
    hub: HubServer, client: HubClient, installed: Installed
) -> None:
    hub.faults = [Cut(CDN, after=70_000)]
    install(client, installed, NAME)
    assert content(installed) == WEIGHTS


def test_a_download_that_gets_nowhere_is_given_up_and_goes_on_later(
    hub: HubServer, client: HubClient, installed: Installed
) -> None:
    hub.faults = [Cut(CDN, times=1, after=200_000), Cut(CDN, after=0)]
    with pytest.raises(HubError, match=r"The connection to the hub broke while it sent model.pt of owner/name"):
        install(client, installed, NAME)
    assert installed.all() == () and installed.get("owner/name") is None
    hub.faults = []
    hub.requests.clear()
    install(client, installed, NAME)
    assert content(installed) == WEIGHTS
    assert sum(request.sent for request in hub.asked("/cdn/")) <= 210_000
    assert not hub.asked("metadata.json"), "that was here already"


def test_a_network_that_is_gone_for_half_a_minute_is_waited_for(
    hub: HubServer, client: HubClient, installed: Installed
) -> None:
    hub.faults = [Cut(CDN, times=1, after=200_000), Refuse(CDN, times=2, status=503), Cut(CDN, times=3, after=0)]
    install(client, installed, NAME)
    assert content(installed) == WEIGHTS
    first, *gone, last = hub.asked("/cdn/")
    assert (first.sent, len(gone), last.headers["range"]) == (200_000, 5, "bytes=200000-")


def test_a_hub_that_sends_no_parts_is_asked_for_the_whole(
    hub: HubServer, client: HubClient, installed: Installed
) -> None:
    hub.faults = [Cut(CDN, times=1, after=200_000), Refuse(CDN, times=1, status=503)]
    original = hub.repositories["owner/name"].head.files["model.pt"]
    hub.faults.append(Say(CDN, content=original.data))

    def as_whole(fault: Say) -> None:
        apply = fault.apply

        def whole(answer):  # type: ignore[no-untyped-def]
            answer.status, answer.headers = 200, {k: v for k, v in answer.headers.items() if k != "Content-Range"}
            return apply(answer)

        fault.apply = whole  # type: ignore[method-assign]

    as_whole(hub.faults[-1])
    install(client, installed, NAME)
    assert content(installed) == WEIGHTS


def test_a_wrong_checksum_is_never_installed(hub: HubServer, client: HubClient, installed: Installed) -> None:
    hub.faults = [Say(CDN, content=b"PK\x03\x04 something else", pad=True)]
    with pytest.raises(HubError, match=r"^model.pt arrived with a wrong checksum, and was thrown away; try again"):
        install(client, installed, NAME)
    assert "model.pt" not in " ".join(left(installed)) and installed.all() == ()


def test_a_wrong_small_file_is_never_installed(hub: HubServer, client: HubClient, installed: Installed) -> None:
    hub.faults = [Say("*/metadata.json", content=METADATA.replace("44100", "48000").encode())]
    with pytest.raises(HubError, match=r"metadata.json arrived with a wrong checksum"):
        install(client, installed, NAME)
    assert installed.all() == ()


def test_a_broken_remainder_is_brought_anew(hub: HubServer, client: HubClient, installed: Installed) -> None:
    staging = installed.folder / "owner" / "name" / ".incoming" / hub.commit("owner/name")
    staging.mkdir(parents=True)
    (staging / "model.pt.part").write_bytes(b"x" * 100_000)
    (staging / "metadata.json").write_bytes(b"y" * len(METADATA))
    (staging / "README.md.part").write_bytes(b"z" * 10_000)
    install(client, installed, NAME)
    assert content(installed) == WEIGHTS


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Claim("*/model.pt", headers={"X-Linked-Size": str(10 * 1024**3)}), "two sizes or two checksums of model.pt"),
        (Claim("*/model.pt", headers={"X-Linked-ETag": f'"{"0" * 64}"'}), "two sizes or two checksums of model.pt"),
        (Endure(CDN), "sends more of model.pt than the 400000 bytes that it tells of"),
        (Say(CDN, content=WEIGHTS + b"more"), "sends more of model.pt than the 400000 bytes that it tells of"),
        (Say(CDN, content=WEIGHTS[:50]), "sends only 350 of the 400000 bytes of model.pt"),
        (Refuse(CDN, status=404), r"refuses model.pt of owner/name \(status 404\)"),
        (Refuse(CDN, status=500), r"has a fault of its own \(500\) with model.pt of owner/name"),
        (Refuse("*/model.pt", status=429, headers={"Retry-After": "900"}), "try again in 900 s"),
        (Say("*/metadata.json", content=b"{}"), r"sends only \d+ of the"),
    ],
)
def test_a_lying_or_failing_hub_costs_one_sentence(
    hub: HubServer, client: HubClient, installed: Installed, fault: Say, sentence: str
) -> None:
    hub.faults = [fault]
    with pytest.raises(HubError, match=sentence) as caught:
        install(client, installed, NAME)
    assert "\n" not in caught.value.message and str(installed.folder) not in caught.value.message
    assert installed.all() == ()


def test_what_passes_is_waited_for(hub: HubServer, client: HubClient, installed: Installed) -> None:
    hub.faults = [
        Refuse("/api/models/owner/name", times=2, status=500),
        Refuse("*/model.pt", times=1, status=429, headers={"Retry-After": "0"}),
        Refuse(CDN, times=2, status=503),
    ]
    install(client, installed, NAME)
    assert content(installed) == WEIGHTS


def test_10_gb_and_100_mb_are_refused_before_they_come(hub: HubServer, client: HubClient, installed: Installed) -> None:
    hub.add("owner/huge", {**model_files(), "model.pt": Endless(10 * 1024**3)})
    with pytest.raises(TooLargeError, match=r"^owner/huge has 10.7 GB; this server installs models of at most 4.29 GB"):
        install(client, installed, ModelReference("owner/huge"))
    hub.add("owner/long", {**model_files(), "metadata.json": Endless(100_000_000)})
    with pytest.raises(TooLargeError, match=r"metadata.json of owner/long has 100 MB; at most 1 MiB is taken"):
        install(client, installed, ModelReference("owner/long"))
    assert not hub.asked("/resolve/") and left(installed) == []


def test_says_when_there_is_no_room(hub: HubServer, client: HubClient, installed: Installed) -> None:
    hub.add("owner/huge", {**model_files(), "model.pt": Endless(9 * 10**15)})
    with pytest.raises(HubError, match=r"There is no room for owner/huge: it needs 9000 TB, and .* are free"):
        install(client, installed, ModelReference("owner/huge"), InstallOptions(largest=10**18))


def test_a_disk_that_fills_up_is_one_sentence(hub: HubServer, client: HubClient, installed: Installed) -> None:
    staging = installed.folder / "owner" / "name" / ".incoming" / hub.commit("owner/name")
    staging.mkdir(parents=True)
    (staging / "model.pt.part").symlink_to("/dev/full")
    with pytest.raises(HubError, match=r"^The disk is full: model.pt needs 400000 bytes\.$"):
        install(client, installed, NAME)
    install(client, installed, NAME)
    assert content(installed) == WEIGHTS
