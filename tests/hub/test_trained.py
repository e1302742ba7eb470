"""Something learnt on the hub: found, installed, tried in the sandbox, kept, updated; and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.errors import HarpistError, HubError, ModelFormatError, SettingsError
from app.hub.catalogue import Catalogue
from app.hub.client import HubClient
from app.hub.entry import join_installed
from app.hub.ids import ModelReference
from app.hub.install import InstallOptions, install
from app.hub.installed import Installed
from app.hub.publish import prepare, publish
from app.hub.updates import find_update
from app.installs.offer import commit_of, offer_installed
from app.plugins.trained import FACTORY, TrainedFolders
from app.registry import Registry
from app.trained import CHAIN, ENCODER, parse_any, read_any
from tests.endpoints.deepafx.test_serving import learnt_by_nobody
from tests.hub_server.server import HubServer
from tests.hub_server.small import METADATA, WEIGHTS

ID = "alice/my-level"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    learnt_by_nobody(tmp_path / "mine")
    (tmp_path / "mine" / "checkpoint.pt").write_bytes(b"x")
    return tmp_path / "mine"


def test_from_a_training_to_an_endpoint_of_another_machine(
    hub: HubServer, folder: Path, installed: Installed, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_alice")
    publish(prepare(folder, ID, tag="v1"))
    sent = set(hub.repositories[ID].head.files) - {".gitattributes"}
    assert sent == {CHAIN, ENCODER, "README.md"}
    catalogue.refresh()
    (entry,) = (entry for entry in catalogue.entries() if entry.id == ID)
    assert (entry.name, entry.kind, entry.licence, entry.warnings) == ("Test", "Effect", "mit", ())

    learnt, client, registry = TrainedFolders(120.0), HubClient(), Registry()

    def check(came: Path) -> None:
        learnt.tried(ID, came, installed.home(ID) / f"profile-{came.name}.json")

    model = install(client, installed, ModelReference(ID), InstallOptions(check=check))
    assert {file.name for file in model.files} == sent and model.licence == "mit"
    offer_installed(registry, installed, learnt)
    spec = registry.get(ID)
    assert spec.factory == FACTORY and spec.card.author == "alice" and not spec.trusted and spec.keeps_length
    assert spec.arguments["folder"] == str(installed.files(model))
    assert [Path(path).name for path in spec.reads] == [CHAIN, ENCODER]
    assert commit_of(registry, installed, ID) == model.commit
    assert [item.installed for item in join_installed((entry,), installed)] == [model.commit]

    changed = (folder / CHAIN).read_text().replace('"Test"', '"Told"')
    (folder / CHAIN).write_text(changed)
    publish(prepare(folder, ID), update=True)
    update = find_update(client, installed, model)
    assert update is not None and [(c.what, c.before, c.after) for c in update.changes] == [("name", "Test", "Told")]
    # A description that was kept holds for its own chain alone.
    assert learnt.kept(ID, folder, installed.profile(model)) is None


def test_only_numbers_and_words_are_taken_and_a_model_stays_a_model(
    hub: HubServer, folder: Path, installed: Installed, client: HubClient
) -> None:
    files = {name: (folder / name).read_bytes() for name in (CHAIN, ENCODER, "README.md")}
    hub.add("bob/more", {**files, "plugin.so": b"\x7fELF", "setup.py": b"raise SystemExit"})
    more = install(client, installed, ModelReference("bob/more"))
    assert {path.name for path in installed.files(more).iterdir()} == set(files)
    hub.add("bob/both", {**files, "model.pt": WEIGHTS, "metadata.json": METADATA})
    both = install(client, installed, ModelReference("bob/both"))
    assert {file.name for file in both.files} == {"model.pt", "metadata.json", "README.md"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{}", "no list “plugin” of 1 to 32 effects"),
        (b"[" * 5000, "is not JSON"),
        (b'{"plugin": [{"uri": 3}]}', "has no “uri” that can name one"),
        (b'{"plugin": [' + b",".join([b'{"uri": "x"}'] * 33) + b"]}", "no list “plugin” of 1 to 32"),
    ],
)
def test_a_chain_without_a_plain_meaning_is_refused_before_the_rest_came(
    hub: HubServer, folder: Path, installed: Installed, client: HubClient, content: bytes, said: str
) -> None:
    hub.add("bob/odd", {CHAIN: content, ENCODER: WEIGHTS, "README.md": "# Odd"})
    with pytest.raises(ModelFormatError, match=said):
        install(client, installed, ModelReference("bob/odd"))
    assert not hub.asked(ENCODER) and not installed.home("bob/odd").exists()


def test_half_of_it_is_no_model(hub: HubServer, installed: Installed, client: HubClient) -> None:
    hub.add("bob/half", {CHAIN: b"{}", "README.md": "# Half"})
    with pytest.raises(HubError, match="is not an audacitorch model"):
        install(client, installed, ModelReference("bob/half"))


def test_a_stranger_names_no_file_of_this_machine(folder: Path) -> None:
    (folder / CHAIN).write_text(json.dumps({"format": 1, "plugin": [{"uri": "/etc/some.vst3"}]}))
    with pytest.raises(SettingsError, match="names a plugin by a path, which only a folder of your own may"):
        TrainedFolders(60.0).tried("bob/odd", folder)
    with pytest.raises(SettingsError, match="no sandbox here"):
        TrainedFolders(60.0, "no sandbox here").tried("bob/odd", folder)


def test_what_fails_its_trial_says_why_without_a_path(folder: Path) -> None:
    (folder / ENCODER).write_bytes(b"nothing")
    with pytest.raises(HarpistError, match=r"“encoder\.safetensors” is no safetensors file") as refused:
        TrainedFolders(120.0).tried("bob/odd", folder)
    assert str(folder) not in refused.value.message


def test_a_folder_lacks_something_to_publish(folder: Path) -> None:
    text = (folder / "README.md").read_text()
    (folder / "README.md").write_text(text.replace("harpist, ", ""))
    with pytest.raises(ModelFormatError, match="lacks the tag “harpist”"):
        prepare(folder, ID)
    (folder / ENCODER).unlink()
    with pytest.raises(ModelFormatError, match=r"lacks encoder\.safetensors; a result is written by a training"):
        prepare(folder, ID)


def test_names_of_strangers_are_one_line(folder: Path) -> None:
    data = json.loads((folder / CHAIN).read_text())
    assert read_any(folder).name == "Test"
    assert parse_any(json.dumps({**data, "name": "a\n\x1b[31mb " + "c" * 200, "licence": 3})).name.startswith(
        "a [31mb c"
    )
    assert parse_any(METADATA).sample_rate == 44100
