"""Endpoints with weights on the shelf and off it, without a server."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app import shelf
from app.config import Settings
from app.endpoint import EndpointSpec
from app.errors import AccessError, NotFoundError
from app.harp.controls import Dropdown
from app.hub.catalogue import Catalogue
from app.hub.client import HubClient
from app.hub.installed import Installed
from app.hub.permissions import Permissions
from app.hub.record import InstalledFile
from app.hub.weights_record import InstalledRepository, InstalledWeights, write_weights_record
from app.hub.weights_store import WeightStore
from app.installs.gallery import BUNDLED, Card, Gallery
from app.installs.offer import is_free
from app.installs.weights import WeightInstalls
from app.installs.weights_here import offer_weights, remove_weights
from app.registry import Registry
from app.shelf import check_choices, library_sentence
from app.weights import HubWeights
from tests.fixtures.specs import endpoint_spec

DATA = b"numbers"
WEIGHTS = HubWeights(
    "owner/w", "a" * 40, ("w.safetensors",), {"w.safetensors": hashlib.sha256(DATA).hexdigest()}, "cc-by-nc-4.0", 166
)
SPEC = replace(endpoint_spec("well_behaved", endpoint_id="harpist/stems"), weights=(WEIGHTS,), trusted=True)


MODEL = Dropdown("model", "Model", "Which one (no unit).", ("quick", "good"), "quick")
QUICK = replace(WEIGHTS, choice=("model", "quick"))
GOOD = replace(WEIGHTS, repo="owner/good", licence="mit", size=336_000_000, choice=("model", "good"))


class Shop:
    """A registry with one endpoint, and all that looks at it; the network is never asked."""

    def __init__(self, home: Path, **stated: Any) -> None:
        self.registry = Registry()
        self.registry.add(endpoint_spec("well_behaved", endpoint_id="test/other"))
        self.registry.add(replace(SPEC, **stated))
        self.store = WeightStore(home / "weights")
        client, service, permissions = HubClient("http://127.0.0.1:9"), SimpleNamespace(), Permissions(deny=("bad/*",))
        self.weights = WeightInstalls(
            self.registry, self.store, client, service, service, Settings(home=home), permissions
        )  # type: ignore[arg-type]
        self.gallery = Gallery(
            self.registry, Installed(home / "hub"), Catalogue(client, home / "cache", known=()), self.weights
        )

    def card(self) -> Card:
        cards = self.gallery.cards((), {}, private=True)
        return next(card for card in cards if card.entry.id == "harpist/stems")

    def put_there(self, weights: HubWeights = WEIGHTS, endpoint_id: str = "harpist/stems") -> None:
        place = self.store.files(weights) / "w.safetensors"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(DATA)
        files = (InstalledFile("w.safetensors", len(DATA), WEIGHTS.sha256["w.safetensors"]),)
        repository = InstalledRepository(weights.repo, "a" * 40, weights.licence, files)
        record = InstalledWeights(endpoint_id, "2026-01-01T00:00:00Z", (repository,), 2.5)
        write_weights_record(self.store.record(endpoint_id), record)


def test_it_waits_as_a_card_and_is_offered_once_its_weights_are_here(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    card = shop.card()
    assert (card.source, card.offered, card.entry.size, card.entry.installed) == (BUNDLED, False, 166, "")
    assert card.weights is not None and card.weights.asks.endswith("only: owner/w (cc-by-nc-4.0).")
    with pytest.raises(NotFoundError, match="harpist/stems needs its weights first: Install them on the page"):
        shop.registry.get("harpist/stems")
    assert not is_free(shop.registry, Installed(tmp_path / "hub"), "Harpist/Stems"), "no model may take its name"
    shop.put_there()
    offer_weights(shop.registry, shop.store)
    spec = shop.registry.get("harpist/stems")
    assert spec.weights_at == {"owner/w": str(shop.store.files(WEIGHTS))}
    assert (spec.speed, spec.weights_size) == (2.5, len(DATA)), "as they are, not as they were stated"
    card = shop.card()
    assert (card.source, card.offered, card.entry.size, card.speed) == (BUNDLED, True, len(DATA), 2.5)
    assert card.weights is not None and card.weights.installed and "cc-by-nc-4.0" in card.entry.licence


def test_other_weights_than_those_that_are_stated_now_do_not_count(tmp_path: Path) -> None:
    shop = Shop(tmp_path, weights=(replace(WEIGHTS, revision="b" * 40),))
    shop.put_there()
    offer_weights(shop.registry, shop.store)
    assert "harpist/stems" not in shop.registry.ids() and not shop.card().offered


def test_a_missing_library_is_a_line_with_its_command(tmp_path: Path) -> None:
    shop = Shop(tmp_path, needs=("json", "no_such_library"))
    shop.put_there()
    offer_weights(shop.registry, shop.store)
    problem = shop.card().problem
    assert "needs the library no_such_library" in problem and "pip install -r requirements-neural.txt" in problem
    spec = shop.weights.find("harpist/stems")
    assert spec is not None
    with pytest.raises(NotFoundError, match="no_such_library"):
        shop.weights.check(spec, accept=True)
    with pytest.raises(NotFoundError, match="no_such_library"):
        shop.registry.get("harpist/stems")


def test_what_is_installed_without_what_it_asks_for_has_a_command_of_its_own(tmp_path: Path) -> None:
    neural = "python -m pip install -r requirements-neural.txt"
    alone = "python -m pip install --no-deps -r requirements-roformer.txt"
    needed = ("no_such_library", "mel_band_roformer")

    def missing(spec: EndpointSpec, *names: str) -> str:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(shelf, "_is_installed", lambda name: name not in names)
            return library_sentence(replace(spec, needs=needed))

    assert missing(SPEC) == ""
    assert missing(SPEC, "mel_band_roformer").endswith(f"mel_band_roformer; this installs it: {alone}")
    assert missing(SPEC, *needed).endswith(f"this installs them: {neural}, then {alone}")
    assert missing(SPEC, "no_such_library").endswith(f"this installs it: {neural}")
    other = missing(replace(SPEC, trusted=False), *needed)
    assert other.endswith("this installs them: python -m pip install no_such_library mel_band_roformer")


def test_an_installation_is_refused_with_the_way_out(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    with pytest.raises(AccessError, match="give --accept-licence on the command line"):
        shop.weights.check(SPEC, accept=False)
    shop.weights.check(SPEC, accept=True)
    shop.weights.check(SPEC, accept=False)
    with pytest.raises(AccessError, match="bad/stems may not be installed"):
        shop.weights.check(replace(SPEC, id="bad/stems"), accept=True)


def ids(shop: Shop) -> list[str]:
    return [card.entry.id for card in shop.gallery.cards((), {}, private=True)]


def test_weights_of_a_choice_are_installed_on_their_own(tmp_path: Path) -> None:
    shop = Shop(tmp_path, inputs=(*SPEC.inputs, MODEL), weights=(QUICK, GOOD))
    assert shop.card().entry.size == 166 and ids(shop) == ["test/other", "harpist/stems"]
    part = shop.weights.find("Owner/Good")
    assert part is not None and part.controls[0].value == "good", "what it is tried with"
    with pytest.raises(
        NotFoundError, match="owner/good is for one more choice of harpist/stems: install harpist/stems"
    ):
        shop.weights.check(part, accept=True)
    shop.put_there()
    offer_weights(shop.registry, shop.store)
    spec = shop.registry.get("harpist/stems")
    check_choices(spec, {"model": "quick"})
    with pytest.raises(NotFoundError, match=r"“good” needs weights \(336 MB\) .* “harpist models install owner/good”"):
        check_choices(spec, {"model": "good"})
    assert ids(shop) == ["test/other", "harpist/stems", "owner/good"]
    card = shop.gallery.cards((), {}, private=True)[-1]
    assert (card.entry.size, card.entry.installed, card.offered) == (336_000_000, "", False)
    shop.weights.check(part, accept=False)
    shop.put_there(GOOD, "owner/good")
    offered = Registry()
    offered.add(replace(SPEC, inputs=(*SPEC.inputs, MODEL), weights=(QUICK, GOOD)))
    offer_weights(offered, shop.store)
    spec = offered.get("harpist/stems")
    check_choices(spec, {"model": "good"})
    assert spec.weights_size == len(DATA), "what stands there at first"
    assert [item.repo for item in spec.weights_for({"model": "good"})] == ["owner/good"]
    assert shop.gallery.cards((), {}, private=True)[-1].entry.installed
    assert remove_weights(shop.registry, shop.store, spec) == 2 * len(DATA) and not shop.store.all()


def test_what_another_endpoint_brought_is_a_choice_too(tmp_path: Path) -> None:
    shop = Shop(tmp_path, inputs=(*SPEC.inputs, MODEL), weights=(QUICK, GOOD))
    shop.put_there()
    shop.put_there(GOOD, "test/second")
    offer_weights(shop.registry, shop.store)
    check_choices(shop.registry.get("harpist/stems"), {"model": "good"})
    assert ids(shop) == ["test/other", "harpist/stems"]
    assert remove_weights(shop.registry, shop.store, shop.registry.get("harpist/stems")) == len(DATA)
