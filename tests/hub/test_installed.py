"""What is on this machine: found, moved, damaged, removed."""

from __future__ import annotations

import json
import shutil
import threading
import time
from pathlib import Path

import pytest

from app.errors import BusyError, NotFoundError
from app.hub.client import HubClient
from app.hub.ids import ModelReference
from app.hub.install import install
from app.hub.installed import Installed
from app.hub.record import read_record
from tests.hub_server.faults import Slow
from tests.hub_server.server import HubServer
from tests.hub_server.small import model_files

NAME = ModelReference("owner/name")


def test_nothing_is_installed_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    empty = Installed(tmp_path / "none")
    assert empty.all() == () and empty.get("owner/name") is None and empty.get("../..") is None
    empty.tidy()
    with pytest.raises(NotFoundError, match="owner/name is not installed"):
        empty.remove("owner/name")
    with pytest.raises(NotFoundError, match="is not installed"):
        empty.remove("../../etc")


def test_the_folder_can_be_moved(hub: HubServer, client: HubClient, installed: Installed, tmp_path: Path) -> None:
    model = install(client, installed, NAME)
    record = (installed.home("owner/name") / "installed.json").read_text()
    assert str(tmp_path) not in record
    shutil.move(installed.folder, tmp_path / "elsewhere")
    moved = Installed(tmp_path / "elsewhere")
    assert moved.all() == (model,) and (moved.files(model) / "model.pt").is_file()
    assert installed.all() == ()


def test_is_found_in_any_case(hub: HubServer, client: HubClient, installed: Installed) -> None:
    model = install(client, installed, NAME)
    assert installed.get("Owner/NAME") == model


@pytest.mark.parametrize(
    "damage",
    [
        lambda home, commit: (home / "installed.json").unlink(),
        lambda home, commit: (home / "installed.json").write_text("{"),
        lambda home, commit: (home / "installed.json").write_text("[]"),
        lambda home, commit: (home / "installed.json").write_bytes(b"\xff\xfe"),
        lambda home, commit: (home / commit / "model.pt").unlink(),
        lambda home, commit: (home / commit / "model.pt").write_bytes(b"short"),
        lambda home, commit: shutil.rmtree(home / commit),
    ],
)
def test_a_damaged_model_is_not_installed_and_can_be_installed_anew(
    hub: HubServer, client: HubClient, installed: Installed, damage
) -> None:
    model = install(client, installed, NAME)
    damage(installed.home("owner/name"), model.commit)
    assert installed.all() == () and installed.get("owner/name") is None
    again = install(client, installed, NAME)
    assert again.files == model.files and installed.all() == (again,)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "owner/other"},
        {"commit": "../../../../etc"},
        {"version": 99},
        {"files": [{"name": "../../secret", "size": 1, "sha256": ""}]},
        {"files": []},
    ],
)
def test_a_record_that_is_not_ours_is_none(
    hub: HubServer, client: HubClient, installed: Installed, change: dict[str, object]
) -> None:
    install(client, installed, NAME)
    path = installed.home("owner/name") / "installed.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    assert read_record(path.parent) is None


def test_removing_frees_the_space(hub: HubServer, client: HubClient, installed: Installed) -> None:
    model = install(client, installed, NAME)
    installed.profile(model).write_text("{}")
    assert installed.remove("OWNER/name") >= model.size
    assert installed.all() == () and not installed.home("owner/name").exists()
    with pytest.raises(NotFoundError):
        installed.remove("owner/name")
    install(client, installed, NAME)
    assert installed.all() != ()


def test_a_half_removed_or_half_installed_model_can_be_removed(
    hub: HubServer, client: HubClient, installed: Installed
) -> None:
    model = install(client, installed, NAME)
    (installed.home("owner/name") / "installed.json").unlink()
    (installed.files(model) / "metadata.json").unlink()
    assert installed.remove("owner/name") > 0
    assert not installed.home("owner/name").exists()


def test_what_is_being_installed_is_not_removed(hub: HubServer, client: HubClient, installed: Installed) -> None:
    hub.faults = [Slow("/cdn/*", seconds=0.02, block=20_000)]
    thread = threading.Thread(target=install, args=(client, installed, NAME))
    thread.start()
    while not hub.asked("/cdn/"):
        time.sleep(0.01)
    with pytest.raises(BusyError, match="is being installed or changed"):
        installed.remove("owner/name")
    installed.tidy(keep_days=0)
    thread.join(20)
    assert len(installed.all()) == 1


def test_what_nobody_needs_is_swept_away(hub: HubServer, client: HubClient, installed: Installed) -> None:
    model = install(client, installed, NAME)
    installed.profile(model).write_text("{}")
    home = installed.home("owner/name")
    (home / ("a" * 40)).mkdir()
    (home / ("a" * 40) / "model.pt").write_bytes(b"old")
    (home / f"profile-{'a' * 40}.json").write_text("{}")
    (home / ".installed.json.123").write_text("half")
    half = installed.home("owner/half")
    (half / ".incoming" / ("b" * 40)).mkdir(parents=True)
    (half / ".incoming" / ("b" * 40) / "model.pt.part").write_bytes(b"recent")
    removed = installed.home("other/removed")
    (removed / model.commit).mkdir(parents=True)
    (removed / model.commit / "model.pt").write_bytes(b"left")
    installed.tidy()
    assert sorted(path.name for path in home.iterdir()) == sorted(
        ["installed.json", model.commit, f"profile-{model.commit}.json"]
    )
    assert (half / ".incoming" / ("b" * 40) / "model.pt.part").exists(), "it may go on"
    assert not removed.exists()
    installed.tidy(keep_days=-1)
    assert not half.exists() and installed.all() == (model,)


def test_reading_300_is_quick(hub: HubServer, client: HubClient, installed: Installed) -> None:
    hub.add("owner/small", model_files())
    install(client, installed, ModelReference("owner/small"))
    for number in range(300):
        home = installed.home(f"many/model-{number}")
        shutil.copytree(installed.home("owner/small"), home)
        path = home / "installed.json"
        path.write_text(path.read_text().replace("owner/small", f"many/model-{number}"))
    start = time.monotonic()
    assert len(installed.all()) == 301
    assert time.monotonic() - start < 5


def test_files_that_are_no_models_are_passed_over(tmp_path: Path) -> None:
    for name in ("models--owner--name/blobs", "owner/name.git", "owner/..name", ".locks/x", "owner/empty"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "file").write_text("")
    assert Installed(tmp_path).all() == ()


def test_other_models_do_not_mind(hub: HubServer, client: HubClient, installed: Installed) -> None:
    hub.add("owner/other", model_files())
    install(client, installed, NAME)
    other = install(client, installed, ModelReference("owner/other"))
    installed.remove("owner/name")
    assert installed.all() == (other,)
