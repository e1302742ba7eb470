"""Whether the hub has a newer commit of an installed model, and what its metadata would change."""

from __future__ import annotations

import threading
from dataclasses import dataclass, fields, replace

from app.audacitorch.metadata import LARGEST_FILE, ModelMetadata
from app.errors import HarpistError, HubError
from app.hub.client import HubClient
from app.hub.installed import Installed
from app.hub.record import InstalledModel
from app.hub.remote import METADATA
from app.trained import CHAIN, parse_any, read_any


@dataclass(frozen=True)
class Change:
    """One thing that an update changes, as words: ``sample_rate``, ``16000`` → ``44100``."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Update:
    """A newer commit of an installed model.

    Attributes:
        commit: the newer one; ``installed`` is the one on this machine.
        changed: its date, ``YYYY-MM-DD``.
        size: of its files, in bytes.
        changes: what differs in the metadata, and in the size of the model.
        warning: why its metadata makes no sense, or ``""``.
    """

    id: str
    installed: str
    commit: str
    changed: str
    size: int
    changes: tuple[Change, ...]
    warning: str = ""


def find_update(
    client: HubClient, installed: Installed, model: InstalledModel, cancel: threading.Event | None = None
) -> Update | None:
    """Return the newer commit on the branch or tag that a model came from; ``None`` where there is none.

    Raises:
        HubError: the hub does not tell.
    """
    if model.pinned:
        return None
    cancel = cancel or threading.Event()
    remote = client.model(model.id, model.revision, cancel)
    if remote.commit == model.commit:
        return None
    changes: tuple[Change, ...] = ()
    warning = ""
    name = METADATA if remote.file(METADATA) else CHAIN
    file = remote.file(name)
    try:
        answer = client.text(remote.id, remote.commit, name, LARGEST_FILE, cancel=cancel)
        if answer is None or file is None or not file.is_content(answer.data):
            raise HubError(f"{name} of {remote.id} arrived with a wrong checksum.")
        after = parse_any(answer.text)
        after = replace(after, licence=remote.licence or after.licence)
        changes = differences(read_any(installed.files(model)), after)
    except HarpistError as error:
        warning = error.message
    weights = {file.name: file.sha256 for file in model.files}
    for file in remote.files:
        if file.sha256 and weights.get(file.name) not in (None, file.sha256):
            changes += (Change(file.name, f"{_size(model, file.name)} bytes", f"{file.size} bytes"),)
    return Update(model.id, model.commit, remote.commit, remote.changed, remote.size, changes, warning)


def differences(before: ModelMetadata, after: ModelMetadata) -> tuple[Change, ...]:
    """Return what differs between two states of a model's metadata, in their order; warnings do not count."""
    return tuple(
        Change(item.name, _words(getattr(before, item.name)), _words(getattr(after, item.name)))
        for item in fields(ModelMetadata)
        if item.name != "warnings" and getattr(before, item.name) != getattr(after, item.name)
    )


def _size(model: InstalledModel, name: str) -> int:
    return next(file.size for file in model.files if file.name == name)


def _words(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
