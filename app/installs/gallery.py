"""What the manager shows: every endpoint of this server, and every model of the hub that could be one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from app.audacitorch.profile import ModelProfile, read_profile
from app.endpoint import EndpointSpec
from app.errors import HarpistError
from app.harp.controls import AudioTrack, LabelTrack, TextTrack
from app.hub.catalogue import Catalogue
from app.hub.entry import ANALYZER, EFFECT, Entry, described, with_hub_facts
from app.hub.installed import Installed
from app.hub.record import InstalledModel
from app.installs.offer import commit_of
from app.installs.weights import WeightFacts, WeightInstalls
from app.registry import Registry
from app.trained import read_any

BUNDLED = "bundled"
FOLDER = "folder"
HUB = "hub"


@dataclass(frozen=True)
class Card:
    """One model in the gallery.

    Attributes:
        entry: what is told of it; ``installed`` says that it is on this machine, by its commit if it is of the hub.
        source: :data:`BUNDLED`, :data:`FOLDER` or :data:`HUB`.
        offered: whether it is an endpoint.
        pinned: whether its user asked for one commit, of which there are no updates.
        problem: why it is not offered, or ``""``.
        speed: seconds of sound that it processes in a second on this machine's processor; 0 where nobody measured.
        memory: bytes that it needs for ten seconds of sound; 0 where nobody counted.
        weights: what is to be told of the weights and libraries of an endpoint in Python; ``None`` where it has none.
    """

    entry: Entry
    source: str
    offered: bool = False
    pinned: bool = False
    problem: str = ""
    speed: float = 0.0
    memory: int = 0
    weights: WeightFacts | None = None


class Gallery:
    """Puts the cards together; what was read of an endpoint is kept until the endpoint changes.

    Args:
        registry: the endpoints.
        installed: the models of the hub on this machine.
        catalogue: what the hub has.
        weights: knows the endpoints in Python that have weights.
    """

    def __init__(
        self, registry: Registry, installed: Installed, catalogue: Catalogue, weights: WeightInstalls | None = None
    ) -> None:
        self._weights = weights
        self._registry = registry
        self._installed = installed
        self._catalogue = catalogue
        self._described: dict[str, tuple[EndpointSpec, Entry]] = {}
        self._profiles: dict[str, tuple[str, ModelProfile | None]] = {}

    def cards(
        self, installed: Iterable[InstalledModel], problems: dict[str, str], *, private: bool
    ) -> tuple[Card, ...]:
        """Return every model, endpoints first; reads files, so it is for a thread.

        Args:
            installed: the models of the hub on this machine.
            problems: id → why a model is not offered.
            private: whether the visitor may see what only the operator's token sees on the hub.
        """
        known = {entry.id: entry for entry in self._catalogue.entries()}
        there = {model.id: model for model in installed}
        cards = []
        for endpoint_id in self._registry.ids():
            model = there.pop(endpoint_id, None) if self._commit(endpoint_id) else None
            cards.append(self._endpoint(endpoint_id, model, known.pop(endpoint_id, None)))
        for spec in self._registry.shelf.waiting():
            known.pop(spec.id, None)
            cards.append(self._waiting(spec, problems.get(spec.id, "")))
        for part in self._weights.parts() if self._weights else ():
            known.pop(part.id, None)
            cards.append(self._waiting(part, problems.get(part.id, "")))
        for model in there.values():
            if model.id not in self._registry.ids():
                entry = self._of_hub(model, known.pop(model.id, Entry(model.id, name=model.id.split("/")[1])))
                problem = problems.get(model.id, "It is being tried; it is offered once that went well.")
                cards.append(Card(entry, HUB, pinned=model.pinned, problem=problem))
        cards += [
            Card(entry, HUB, problem=problems.get(entry.id, ""))
            for entry in known.values()
            if private or not entry.private
        ]
        return tuple(cards)

    def _commit(self, endpoint_id: str) -> str:
        return commit_of(self._registry, self._installed, endpoint_id)

    def _endpoint(self, endpoint_id: str, model: InstalledModel | None, known: Entry | None) -> Card:
        source = HUB if self._commit(endpoint_id) else BUNDLED if self._registry.is_trusted(endpoint_id) else FOLDER
        known = known if source == HUB else None
        try:
            entry = self._entry(endpoint_id, self._registry.get(endpoint_id))
        except HarpistError as error:
            entry = known or Entry(endpoint_id, name=endpoint_id.split("/")[1])
            return Card(replace(entry, installed=self._commit(endpoint_id) or source), source, problem=error.message)
        if known is not None:
            entry = with_hub_facts(entry, known)
        if model is not None:
            entry = replace(entry, size=model.size, licence=model.licence, installed=model.commit)
        entry = replace(entry, installed=entry.installed or source)
        profile = None if model is None else self._profile(model)
        weights = self._facts(endpoint_id)
        if weights is not None and weights.size:
            entry = replace(entry, size=weights.size)
        return Card(
            entry,
            source,
            offered=True,
            pinned=model is not None and model.pinned,
            speed=profile.speed if profile else weights.speed if weights else 0.0,
            memory=profile.memory if profile else 0,
            weights=weights,
        )

    def _waiting(self, spec: EndpointSpec, problem: str) -> Card:
        """Return the card of an endpoint that cannot run here yet, or of a part of one."""
        weights = self._facts(spec.id)
        installed = BUNDLED if weights and weights.installed and not weights.lacking else ""
        entry = replace(entry_of(spec, None), size=weights.size if weights else 0, installed=installed)
        lacking = weights.lacking if weights else ""
        return Card(entry, BUNDLED if spec.trusted else FOLDER, problem=lacking or problem, weights=weights)

    def _facts(self, endpoint_id: str) -> WeightFacts | None:
        spec = None if self._weights is None else self._weights.find(endpoint_id)
        return None if spec is None or self._weights is None else self._weights.facts(spec)

    def _profile(self, model: InstalledModel) -> ModelProfile | None:
        known = self._profiles.get(model.id)
        if known is None or known[0] != model.commit or known[1] is None:
            profile = read_profile(self._installed.profile(model), self._installed.files(model))
            known = self._profiles[model.id] = (model.commit, profile)
        return known[1]

    def _entry(self, endpoint_id: str, spec: EndpointSpec) -> Entry:
        before = self._described.get(endpoint_id)
        if before is None or before[0] is not spec:
            before = self._described[endpoint_id] = (spec, entry_of(spec, self._registry.folder(endpoint_id)))
        return before[1]

    def _of_hub(self, model: InstalledModel, known: Entry) -> Entry:
        entry = replace(known, size=model.size, licence=model.licence, installed=model.commit)
        try:
            return described(entry, read_any(self._installed.files(model)))
        except HarpistError as error:
            return replace(entry, warnings=(error.message,))


def entry_of(spec: EndpointSpec, folder: Path | None) -> Entry:
    """Describe an endpoint by its model's metadata, and by its card, which knows what was measured."""
    terms = [item.licence for item in spec.first_weights if item.non_commercial]
    sound = any(isinstance(output, AudioTrack) for output in spec.outputs)
    labels = any(isinstance(output, (LabelTrack, TextTrack)) for output in spec.outputs)
    entry = Entry(
        spec.id,
        kind=ANALYZER if labels and not sound else EFFECT,
        name=spec.card.name,
        tags=tuple(tag for tag in spec.card.tags if ":" not in tag),
        long_description=spec.card.description,
        licence=", ".join(dict.fromkeys((spec.card.licence, *terms))) if terms else spec.card.licence,
    )
    if folder is not None:
        entry = replace(described(entry, read_any(folder)), kind=entry.kind, size=_size(folder))
    return replace(entry, warnings=tuple(dict.fromkeys((*spec.card.warnings, *entry.warnings))))


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


def tagged(cards: Iterable[Card], tag: str) -> tuple[Card, ...]:
    """Return the cards that carry a tag; all of them where it is empty."""
    return tuple(card for card in cards if not tag or tag.lower() in (text.lower() for text in card.entry.tags))
