"""Which weights of an endpoint in Python are on this machine, and what it is offered with."""

from __future__ import annotations

from dataclasses import replace

from app.config import Settings
from app.endpoint import EndpointSpec
from app.hub.weights_record import InstalledWeights
from app.hub.weights_store import WeightStore
from app.registry import Registry
from app.weights import HubWeights


def open_store(settings: Settings) -> WeightStore:
    """Return where the weights of a server's endpoints lie."""
    return WeightStore(settings.home / "weights")


def offer_weights(registry: Registry, store: WeightStore) -> None:
    """Offer every endpoint that waits and whose weights are here and were tried; asks nobody."""
    for spec in registry.shelf.waiting():
        if record := ready(spec, store):
            registry.add(with_folders(spec, store, record))


def ready(spec: EndpointSpec, store: WeightStore) -> InstalledWeights | None:
    """Return the record of the weights that an endpoint needs at first; ``None`` where they are not those it states."""
    record = store.get(spec.id) if spec.weights else None
    return record if record is not None and record.have(spec.first_weights) else None


def with_folders(
    spec: EndpointSpec, store: WeightStore, record: InstalledWeights | None = None, *more: HubWeights
) -> EndpointSpec:
    """Return an endpoint with where its weights lie and, from their records, how large they are and how fast it is.

    Args:
        spec: what it states.
        store: where they lie; of other choices than those made at first, all that are here.
        record: of its own weights, if it was tried.
        more: weights of a choice that are here, and in no record yet.
    """
    every = store.all() if spec.further_weights else ()
    here = [*spec.first_weights, *more]
    here += [item for item in spec.further_weights if item not in more and any(one.have((item,)) for one in every)]
    known = {
        item.repo: sum(file.size for file in item.files)
        for one in (*every, *([record] if record else []))
        for item in one.repositories
    }
    weights = tuple(
        replace(item, size=known[item.repo] if item in here and item.repo in known else item.size)
        for item in spec.weights
    )
    return replace(spec, weights=weights, weights_at=store.folders(here), speed=record.speed if record else 0.0)


def remove_weights(registry: Registry, store: WeightStore, spec: EndpointSpec) -> int:
    """Take the weights of an endpoint or a part away, and the parts that no other endpoint here has.

    Returns:
        How many bytes that frees.

    Raises:
        BusyError: one of the repositories is being installed.
        NotFoundError: nothing is there of them.
    """
    freed = store.remove(spec.id, spec.first_weights)
    for item in spec.further_weights:
        others = [owner for owner, _ in registry.shelf.owners(item.repo) if owner.id != spec.id]
        if store.get(item.repo) and not any(ready(owner, store) for owner in others):
            freed += store.remove(item.repo, (item,))
    return freed
