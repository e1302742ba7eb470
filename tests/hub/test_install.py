"""Installing from the tests' hub with the real client, faults included."""

from __future__ import annotations

import hashlib
import threading
import time
from pathlib import Path

import pytest

from app.errors import (
    AccessError,
    HarpistError,
    HubError,
    JobCancelledError,
    ModelFormatError,
    ModelRunError,
    TooLargeError,
)
from app.hub.client import HubClient
from app.hub.ids import ModelReference
from app.hub.install import InstallOptions, install
from app.hub.installed import Installed
from app.hub.meter import Transfer
from app.hub.permissions import Permissions
from tests.hub_server.faults import Claim, Cut, Endure, Refuse, Say, Slow
from tests.hub_server.repositories import Endless
from tests.hub_server.server import HubServer
from tests.hub_server.small import METADATA, README, WEIGHTS, model_files

NAME = ModelReference("owner/name")
CDN = "/cdn/owner/name/*"


def content(installed: Installed, model_id: str = "owner/name") -> bytes:
    return (installed.files(installed.get(model_id)) / "model.pt").read_bytes()


def left(installed: Installed) -> list[str]:
    """Every file in the hub's folder but the locks."""
    paths = (path.relative_to(installed.folder) for path in installed.folder.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in paths if path.parts[0] != ".locks")


def test_a_model_is_installed_at_a_commit(hub: HubServer, client: HubClient, installed: Installed) -> None:
    hub.repositories["owner/name"].push({"../../escape": "no", "sub/model.pt": "no", "training.log": "no", "..": "no"})
    commit = hub.commit("owner/name")
    model = install(client, installed, NAME)
    assert model == installed.get("owner/name") == installed.all()[0]
    assert (model.commit, model.licence, model.revision, model.warnings) == (commit, "mit", "", ())
    assert content(installed) == WEIGHTS
    assert model.size == len(WEIGHTS) + len(METADATA) + len(README)
    weights = next(file for file in model.files if file.name == "model.pt")
    assert weights.sha256 == hashlib.sha256(WEIGHTS).hexdigest()
    files = [f"owner/name/{commit}/{name}" for name in ("README.md", "metadata.json", "model.pt")]
    assert left(installed) == [*files, "owner/name/installed.json"]
    assert all(not path.is_symlink() for path in installed.folder.rglob("*"))


def test_what_is_installed_does_not_change(hub: HubServer, client: HubClient, installed: Installed) -> None:
    first = install(client, installed, NAME)
    hub.repositories["owner/name"].push({"model.pt": b"better"})
    assert installed.get("owner/name") == first
    second = install(client, installed, NAME)
    assert second.commit != first.commit and content(installed) == b"better"
    assert installed.files(first).is_dir(), "a job may still run it"
    installed.tidy()
    assert not installed.files(first).exists() and content(installed) == b"better"
    install(client, installed, ModelReference("owner/name", first.commit))
    assert content(installed) == WEIGHTS and installed.get("owner/name").pinned


def test_an_installed_commit_is_not_brought_again(hub: HubServer, client: HubClient, installed: Installed) -> None:
    model = install(client, installed, NAME)
    hub.repositories["owner/name"].tags["v1"] = model.commit
    hub.requests.clear()
    assert install(client, installed, NAME) == model
    assert install(client, installed, ModelReference("owner/name", "v1")).revision == "v1"
    assert installed.get("owner/name").revision == "v1"
    assert not hub.asked("/resolve/")


def test_progress_is_told_in_bytes(hub: HubServer, client: HubClient, installed: Installed) -> None:
    hub.faults = [Slow(CDN, seconds=0.03, block=40_000)]
    seen: list[Transfer] = []
    install(client, installed, NAME, InstallOptions(report=seen.append))
    done = [step.done for step in seen]
    total = len(WEIGHTS) + len(METADATA) + len(README)
    assert done == sorted(done) and done[-1] == total and {step.total for step in seen} == {total}
    assert len(done) >= 4 and any(step.speed > 10_000 and step.left is not None for step in seen[1:-1])


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
        (Say(CDN, content=WEIGHTS[:50]), "sends only 200 of the 400000 bytes of model.pt"),
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


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"README.md": README}, "is not an audacitorch model: it has no model.pt and no metadata.json"),
        ({"Model.pt": WEIGHTS, "metadata.json": METADATA}, "it has no model.pt"),
        ({"sub/model.pt": WEIGHTS, "metadata.json": METADATA}, "it has no model.pt"),
    ],
)
def test_a_repository_without_a_model_is_refused(
    hub: HubServer, client: HubClient, installed: Installed, files: dict[str, bytes | str], sentence: str
) -> None:
    hub.add("owner/other", files)
    with pytest.raises(HubError, match=sentence):
        install(client, installed, ModelReference("owner/other"))
    assert left(installed) == []


def test_metadata_without_a_meaning_is_refused_before_the_model_comes(
    hub: HubServer, client: HubClient, installed: Installed
) -> None:
    hub.add("owner/broken", {"model.pt": WEIGHTS, "metadata.json": "{not json"})
    with pytest.raises(ModelFormatError, match=r"metadata.json is not JSON"):
        install(client, installed, ModelReference("owner/broken"))
    assert left(installed) == [] and not hub.asked("/cdn/")


def test_a_model_that_fails_its_trial_is_kept_out(hub: HubServer, client: HubClient, installed: Installed) -> None:
    tried: list[bytes] = []

    def check(folder: Path) -> None:
        tried.append((folder / "model.pt").read_bytes())
        raise ModelRunError("The model returns no numbers.")

    with pytest.raises(ModelRunError, match="returns no numbers"):
        install(client, installed, NAME, InstallOptions(check=check))
    assert tried == [WEIGHTS] and left(installed) == []


def test_only_what_is_allowed_is_installed(hub: HubServer, client: HubClient, installed: Installed) -> None:
    for rules in (Permissions(deny=("OWNER/*",)), Permissions(allow=("other/*",))):
        with pytest.raises(AccessError, match="owner/name may not be installed on this server"):
            install(client, installed, NAME, InstallOptions(permissions=rules))
    assert hub.requests == []
    install(client, installed, NAME, InstallOptions(permissions=Permissions(allow=("owner/*",))))


def test_a_new_name_is_checked_too(hub: HubServer, client: HubClient, installed: Installed) -> None:
    hub.repositories["friendly/old"] = hub.repositories["owner/name"]
    rules = Permissions(deny=("owner/*",))
    with pytest.raises(AccessError, match="owner/name may not be installed"):
        install(client, installed, ModelReference("friendly/old"), InstallOptions(permissions=rules))


def test_a_gated_model_needs_an_account_with_access(
    hub: HubServer, client: HubClient, installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.repositories["owner/name"].gated = True
    hub.repositories["owner/name"].readers.add("alice")
    with pytest.raises(HubError, match="owner/name is gated: ask for access on its page"):
        install(client, installed, NAME)
    monkeypatch.setenv("HF_TOKEN", "hf_alice")
    install(client, installed, NAME)
    assert content(installed) == WEIGHTS
    assert all("authorization" not in request.headers for request in hub.asked("/cdn/"))


def test_a_cancel_ends_it_and_it_can_go_on(hub: HubServer, client: HubClient, installed: Installed) -> None:
    hub.faults = [Slow(CDN, seconds=0.05, block=20_000)]
    cancel = threading.Event()

    def stop(progress: Transfer) -> None:
        if progress.done > 100_000:
            cancel.set()

    with pytest.raises(JobCancelledError, match="was cancelled"):
        install(client, installed, NAME, InstallOptions(report=stop, cancel=cancel))
    assert installed.all() == ()
    hub.faults = []
    hub.requests.clear()
    install(client, installed, NAME)
    assert hub.asked("/cdn/")[0].headers["range"] >= "bytes=1"
    assert content(installed) == WEIGHTS


def test_two_installations_at_once_are_one(hub: HubServer, client: HubClient, installed: Installed) -> None:
    hub.faults = [Slow(CDN, seconds=0.02, block=20_000)]
    done: list[object] = []
    waited: list[Transfer] = []

    def run(report) -> None:  # type: ignore[no-untyped-def]
        try:
            done.append(install(client, installed, NAME, InstallOptions(report=report)))
        except HarpistError as error:
            done.append(error)

    first = threading.Thread(target=run, args=(lambda progress: None,))
    first.start()
    while not hub.asked("/cdn/"):
        time.sleep(0.01)
    second = threading.Thread(target=run, args=(waited.append,))
    second.start()
    first.join(20)
    second.join(20)
    assert done == [installed.get("owner/name")] * 2
    assert len(hub.asked("/cdn/")) == 1
    assert waited and waited[-1].done > 0, "whoever waits sees the other's progress"


def test_a_cancel_ends_waiting_for_another(hub: HubServer, client: HubClient, installed: Installed) -> None:
    hub.faults = [Slow(CDN, seconds=0.05, block=20_000)]
    thread = threading.Thread(target=install, args=(client, installed, NAME))
    thread.start()
    while not hub.asked("/cdn/"):
        time.sleep(0.01)
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    with pytest.raises(JobCancelledError):
        install(client, installed, NAME, InstallOptions(cancel=cancel))
    thread.join(20)
    assert content(installed) == WEIGHTS
