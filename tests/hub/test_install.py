"""Installing from the tests' hub with the real client."""

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
)
from app.hub.client import HubClient
from app.hub.ids import ModelReference
from app.hub.install import InstallOptions, install
from app.hub.installed import Installed
from app.hub.meter import Transfer
from app.hub.permissions import Permissions
from tests.hub.folders import content, left
from tests.hub_server.faults import Slow
from tests.hub_server.server import HubServer
from tests.hub_server.small import METADATA, README, WEIGHTS

NAME = ModelReference("owner/name")
CDN = "/cdn/owner/name/*"


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


def test_a_cancel_during_the_trial_keeps_what_came(hub: HubServer, client: HubClient, installed: Installed) -> None:
    def check(folder: Path) -> None:
        raise JobCancelledError("The installation was cancelled.")

    with pytest.raises(JobCancelledError):
        install(client, installed, NAME, InstallOptions(check=check))
    assert installed.all() == () and len(left(installed)) == 3
    hub.requests.clear()
    install(client, installed, NAME)
    assert not hub.asked("/resolve/")


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
