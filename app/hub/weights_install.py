"""Brings an endpoint's weights here, whole and verified, or not at all; what another endpoint has already, once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone

from app.errors import HubError, TooLargeError
from app.hub.bringing import bring, check_room, size_of
from app.hub.client import HubClient
from app.hub.failures import cancelled
from app.hub.install import LARGEST_MODEL
from app.hub.lock import locked
from app.hub.meter import Meter, Transfer, bytes_in_words
from app.hub.permissions import Permissions
from app.hub.record import InstalledFile
from app.hub.remote import RemoteFile, RemoteModel, digest
from app.hub.weights_record import InstalledRepository, InstalledWeights, write_weights_record
from app.hub.weights_store import WeightStore
from app.weights import BRANCH, HubWeights
from app.whole_file import sync


def _ignore(_: Transfer) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class WeightOptions:
    """How a server installs weights.

    Attributes:
        permissions: which repositories it may install from.
        largest: the most bytes that the weights of one endpoint may have.
        report: takes the progress, several times a second, in the thread that installs.
        cancel: set by whoever wants the installation to end; what came so far is kept for the next time.
    """

    permissions: Permissions = Permissions()
    largest: int = LARGEST_MODEL
    report: Callable[[Transfer], None] = _ignore
    cancel: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class _Missing:
    """A file that is not here yet."""

    item: HubWeights
    remote: RemoteModel
    file: RemoteFile


def install_weights(
    client: HubClient,
    store: WeightStore,
    endpoint_id: str,
    weights: Sequence[HubWeights],
    tried: Callable[[], float],
    options: WeightOptions | None = None,
) -> InstalledWeights:
    """Install the weights of an endpoint, and return their record; blocks until they are there.

    Another installation that needs one of the same repositories waits. One that ended early, by an error, a cancel or a
    kill, goes on where it was.

    Args:
        client: asks the hub; not at all where every file is here and its checksum is stated.
        store: where they go.
        endpoint_id: whose they are.
        weights: what it states.
        tried: tries the endpoint once its files are here, and returns its speed (see :class:`InstalledWeights`); it
            raises to keep them from counting as installed.
        options: how.

    Raises:
        AccessError: a repository may not be installed from here.
        HubError: the hub does not give it, or something else than was stated; or the disk has no room for it.
        TooLargeError: they are larger than allowed.
        JobCancelledError: ``options.cancel`` was set.
        HarpistError: what ``tried`` raised.
    """
    options = options or WeightOptions()
    for item in weights:
        options.permissions.check(item.repo)
    with ExitStack() as locks:
        for item in sorted(weights, key=lambda one: one.repo.lower()):
            locks.enter_context(locked(store.lock(item.repo), lambda: None, options.cancel))
        try:
            weights = [_with_checksums(client, item, options) for item in weights]
            _bring_all(client, store, endpoint_id, weights, options)
            record = InstalledWeights(
                endpoint_id,
                datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
                tuple(_installed(store, item) for item in weights),
            )
            record = replace(record, speed=tried())
            write_weights_record(store.record(endpoint_id), record)
        except OSError as error:
            raise HubError(
                f"The weights of {endpoint_id} cannot be written to this server's disk: {error.strerror}."
            ) from error
    return record


def _with_checksums(client: HubClient, item: HubWeights, options: WeightOptions) -> HubWeights:
    """Return weights with the checksums that the hub tells of their commit, where they state none."""
    if not item.unstated:
        return item
    remote = _at_its_commit(client, item, item.unstated, options)
    told = {name: _there(remote, item, name).sha256 for name in item.unstated}
    if small := [name for name, checksum in told.items() if not checksum]:
        raise HubError(f"The hub tells no sha256 of {small[0]} in {item.repo}; the endpoint has to state it.")
    return replace(item, sha256={**item.sha256, **told})


def _bring_all(
    client: HubClient, store: WeightStore, endpoint_id: str, weights: Sequence[HubWeights], options: WeightOptions
) -> None:
    here, missing = 0, list[_Missing]()
    for item in weights:
        lacking = []
        for name in item.files:
            size = _verified(store, item, name, options.cancel)
            if size is None:
                lacking.append(name)
            else:
                here += size
        missing += _ask(client, item, lacking, options) if lacking else []
    total = here + sum(one.file.size for one in missing)
    if total > options.largest:
        raise TooLargeError(
            f"The weights of {endpoint_id} have {bytes_in_words(total)}; "
            f"this server installs at most {bytes_in_words(options.largest)}."
        )
    meter = Meter(total, options.report)
    if missing:
        store.folder.mkdir(parents=True, exist_ok=True)
        halves = sum(size_of(folder) for folder in {store.incoming(one.item) for one in missing})
        check_room(endpoint_id, total - here - halves, store.folder)
    for one in missing:
        _bring(client, store, one, meter.beyond(here), options.cancel)
        here += one.file.size
    meter.finish()


def _ask(client: HubClient, item: HubWeights, names: list[str], options: WeightOptions) -> list[_Missing]:
    """Ask the hub for the sizes of files, and compare what it has with what is stated."""
    remote = _at_its_commit(client, item, names, options)
    found = []
    for name in names:
        file = _there(remote, item, name)
        if file.sha256 and file.sha256 != item.sha256[name]:
            raise HubError(f"The hub has another {name} in {item.repo} than the endpoint states; it is not taken.")
        found.append(_Missing(item, remote, file))
    return found


def _at_its_commit(client: HubClient, item: HubWeights, names: Sequence[str], options: WeightOptions) -> RemoteModel:
    """Return what the hub tells of files."""
    remote = client.model(item.repo, item.revision, options.cancel, names)
    # It may have been renamed since, to a name that is not allowed.
    options.permissions.check(remote.id)
    if item.revision not in (remote.commit, BRANCH):
        raise HubError(f"The hub tells of another commit of {item.repo} than {item.revision[:12]}.")
    return remote


def _there(remote: RemoteModel, item: HubWeights, name: str) -> RemoteFile:
    """Return a file that is to be there."""
    file = remote.file(name)
    if file is None:
        raise HubError(f"There is no {name} in {item.repo} at {item.revision[:12]}.")
    return file


def _bring(
    client: HubClient, store: WeightStore, one: _Missing, report: Callable[[int], None], cancel: threading.Event
) -> None:
    incoming = store.incoming(one.item) / one.file.name
    incoming.parent.mkdir(parents=True, exist_ok=True)
    bring(client, one.remote, one.file, incoming, report, cancel)
    with incoming.open("rb") as content:
        same = digest(content) == one.item.sha256[one.file.name]
    if not same:
        incoming.unlink()
        raise HubError(f"The hub has another {one.file.name} in {one.item.repo} than the endpoint states; it is gone.")
    place = store.files(one.item) / one.file.name
    place.parent.mkdir(parents=True, exist_ok=True)
    incoming.replace(place)
    sync(place.parent)


def _verified(store: WeightStore, item: HubWeights, name: str, cancel: threading.Event) -> int | None:
    """Return the size of a file that is here and is what is stated; what is here and is not goes."""
    if cancel.is_set():
        raise cancelled()
    path = store.files(item) / name
    try:
        with path.open("rb") as content:
            if digest(content) == item.sha256[name]:
                return path.stat().st_size
    except OSError:
        return None
    path.unlink()
    return None


def _installed(store: WeightStore, item: HubWeights) -> InstalledRepository:
    folder = store.files(item)
    files = tuple(InstalledFile(name, (folder / name).stat().st_size, item.sha256[name]) for name in item.files)
    return InstalledRepository(item.repo, item.revision, item.licence, files)
