from __future__ import annotations

from pathlib import Path

import pytest

from app.hub.catalogue import Catalogue
from app.hub.client import HubClient
from app.hub.ids import ModelReference
from app.hub.install import install
from app.hub.installed import Installed
from app.installs.gallery import BUNDLED, FOLDER, HUB, Card, Gallery, tagged
from app.installs.offer import is_free, offer_installed
from app.plugins.trained import TrainedFolders
from app.registry import Registry
from tests.fixtures.specs import endpoint_spec
from tests.hub_server.server import HubServer, serve_hub
from tests.hub_server.small import METADATA, README, RECORD, model_files


def write_model(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, content in model_files().items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


class Shelf:
    """A gallery over a hub with four models, of which two are installed and one of these was tried."""

    def __init__(self, hub: HubServer, home: Path) -> None:
        for name in ("untried", "other"):
            hub.add(f"owner/{name}", model_files(tags=[name]))
        without = README.replace("license: mit", "state: alpha")
        tried = hub.add("owner/tried", {**model_files(tags=["tried"]), "README.md": without})
        tried.likes, tried.card["license"] = 7, "mit"
        secret = hub.add("owner/secret", model_files())
        secret.private, secret.readers = True, {"alice"}
        client = HubClient(hub.url)
        self.installed = Installed(home / "hub")
        for name in ("tried", "untried"):
            install(client, self.installed, ModelReference(f"owner/{name}"))
        self.installed.profile(self.installed.get("owner/tried")).write_text("{}")
        self.registry = Registry()
        self.registry.add_folder("harpist/own", write_model(home / "own"), trusted=True)
        self.registry.add_folder("local/folder", write_model(home / "folder"))
        self.registry.add(endpoint_spec("well_behaved"))
        offer_installed(self.registry, self.installed, TrainedFolders(60.0))
        self.catalogue = Catalogue(client, home / "cache", known=())
        self.catalogue.refresh()
        self.gallery = Gallery(self.registry, self.installed, self.catalogue)

    def cards(self, *, private: bool = True, **problems: str) -> dict[str, Card]:
        told = {f"owner/{name}": text for name, text in problems.items()}
        cards = self.gallery.cards(self.installed.all(), told, private=private)
        return {card.entry.id: card for card in cards}


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    monkeypatch.setenv("HF_TOKEN", "hf_alice")
    with serve_hub() as hub:
        return Shelf(hub, tmp_path)


def test_every_source_is_told_and_endpoints_come_first(shelf: Shelf) -> None:
    cards = shelf.cards()
    assert [(card.entry.id, card.source, card.offered) for card in cards.values()] == [
        ("harpist/own", BUNDLED, True),
        ("local/folder", FOLDER, True),
        (endpoint_spec("well_behaved").id, FOLDER, True),
        ("owner/tried", HUB, True),
        ("owner/untried", HUB, False),
        ("owner/other", HUB, False),
        ("owner/secret", HUB, False),
    ]
    tried = cards["owner/tried"].entry
    assert (tried.installed, tried.likes, tried.labels) == (tried.commit, 7, tuple(RECORD["labels"]))
    assert tried.size == sum(len(content) for content in model_files(tags=["tried"]).values())
    assert cards["harpist/own"].entry.short_description == RECORD["short_description"]
    spec = endpoint_spec("well_behaved")
    assert cards[spec.id].entry.name == spec.card.name and cards[spec.id].entry.kind == "Effect"


def test_a_licence_that_only_the_hub_states_is_told_wherever_one_is(shelf: Shelf) -> None:
    entry, card = shelf.cards()["owner/tried"].entry, shelf.registry.get("owner/tried").card
    assert (entry.licence, card.licence) == ("mit", "mit")
    assert "Licence: mit." in card.description
    assert "No licence" not in " ".join((card.description, entry.long_description, *card.warnings, *entry.warnings))


def test_the_reason_why_a_model_is_not_offered_is_told(shelf: Shelf) -> None:
    assert "being tried" in shelf.cards()["owner/untried"].problem
    assert shelf.cards(untried="It failed.", other="Too large.")["owner/untried"].problem == "It failed."
    assert shelf.cards(other="Too large.")["owner/other"].problem == "Too large."


def test_what_only_the_operators_token_sees_is_shown_to_no_visitor(shelf: Shelf) -> None:
    assert "owner/secret" in shelf.cards(private=True)
    assert "owner/secret" not in shelf.cards(private=False)


def test_a_model_that_breaks_costs_its_own_card_only(shelf: Shelf) -> None:
    (shelf.installed.files(shelf.installed.get("owner/tried")) / "metadata.json").write_text("{" * len(METADATA))
    card = shelf.cards()["owner/tried"]
    assert not card.offered and card.problem.startswith("The model's metadata.json is not JSON")


def test_cards_are_found_by_their_tags(shelf: Shelf) -> None:
    assert [card.entry.id for card in tagged(shelf.cards().values(), "Untried")] == ["owner/untried"]
    assert len(tagged(shelf.cards().values(), "")) == 7


def test_names_of_what_came_with_the_server_are_taken(shelf: Shelf) -> None:
    names = ("Harpist/Own", "owner/tried", "owner/new")
    assert [is_free(shelf.registry, shelf.installed, name) for name in names] == [False, True, True]
