"""Brings a model of the hub here, whole and verified, or not at all."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path

from app.audacitorch.metadata import LARGEST_FILE, read_metadata
from app.errors import HubError, JobCancelledError, TooLargeError
from app.hub.bringing import bring, check_room, size_of
from app.hub.client import HubClient
from app.hub.ids import ModelReference
from app.hub.installed import INCOMING, Installed
from app.hub.lock import locked
from app.hub.meter import Meter, Transfer, bytes_in_words
from app.hub.permissions import Permissions
from app.hub.record import InstalledFile, InstalledModel, write_record
from app.hub.remote import METADATA, MODEL, RemoteFile, RemoteModel, digest
from app.trained import CHAIN, NEEDED, effects_of, read_any
from app.whole_file import sync

Check = Callable[[Path], None]
"""Tries the model in a folder before it counts as installed; raises a HarpistError to keep it out."""

LARGEST_MODEL = 4 * 1024**3


def _accept(_: Path) -> None:
    """Take every model."""


def _ignore(_: Transfer) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class InstallOptions:
    """How a server installs.

    Attributes:
        permissions: which models it may install.
        largest: the most bytes that a model may have.
        check: tries a model, in the thread that installs it; it takes the folder, and raises to keep the model out.
        report: takes the progress, several times a second, in the thread that installs.
        cancel: set by whoever wants the installation to end; what came so far is kept for the next time.
    """

    permissions: Permissions = Permissions()
    largest: int = LARGEST_MODEL
    check: Check = _accept
    report: Callable[[Transfer], None] = _ignore
    cancel: threading.Event = field(default_factory=threading.Event)


def install(
    client: HubClient, installed: Installed, reference: ModelReference, options: InstallOptions | None = None
) -> InstalledModel:
    """Install a model, or another commit of it, and return its record; blocks until it is there.

    A second installation of the same model, by a thread or a process, waits for the first and finds its work done.
    An installation that ended early, by an error, a cancel or a kill, goes on where it was. The commit that was
    installed before stays on disk until :meth:`Installed.tidy`, since jobs may run it.

    Raises:
        AccessError: it may not be installed here.
        HubError: the hub does not give it, or the disk has no room for it.
        TooLargeError: it is larger than allowed.
        ModelFormatError: its metadata has no plain meaning.
        JobCancelledError: ``options.cancel`` was set.
        HarpistError: what ``options.check`` raised.
    """
    options = options or InstallOptions()
    options.permissions.check(reference.id)
    remote = client.model(reference.id, reference.revision, options.cancel)
    # It may have been renamed since, to a name that is not allowed.
    options.permissions.check(remote.id)
    _check_files(remote, options.largest)
    meter = Meter(remote.size, options.report)
    staging = installed.home(remote.id) / INCOMING / remote.commit

    def waiting() -> None:
        if here := size_of(staging):
            meter.update(here)

    with locked(installed.lock(remote.id), waiting, options.cancel):
        there = installed.get(remote.id)
        if there is not None and there.commit == remote.commit:
            # Another branch or tag may be followed from now on.
            if there.revision != reference.revision:
                there = replace(there, revision=reference.revision)
                write_record(installed.home(there.id), there)
            meter.finish()
            return there
        try:
            return _install(client, installed, remote, reference.revision, staging, meter, options)
        except OSError as error:
            raise HubError(f"{remote.id} cannot be written to this server's disk: {error.strerror}.") from error
        finally:
            for folder in (staging, staging.parent, installed.home(remote.id)):
                with suppress(OSError):
                    folder.rmdir()


def _install(
    client: HubClient,
    installed: Installed,
    remote: RemoteModel,
    revision: str,
    staging: Path,
    meter: Meter,
    options: InstallOptions,
) -> InstalledModel:
    home = installed.home(remote.id)
    staging.mkdir(parents=True, exist_ok=True)
    check_room(remote.id, remote.size - size_of(staging), staging)
    before = 0
    # The metadata comes first: a model without a plain meaning is refused before hundreds of megabytes came.
    for file in remote.files:
        bring(client, remote, file, staging / file.name, meter.beyond(before), options.cancel)
        before += file.size
        if file.name in (METADATA, CHAIN, "README.md"):
            _check_metadata(staging)
    meter.finish()
    metadata = read_any(staging)
    try:
        options.check(staging)
    except JobCancelledError:
        raise
    except Exception:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    licence = metadata.licence or remote.licence
    model = InstalledModel(
        id=remote.id,
        commit=remote.commit,
        revision=revision,
        installed=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        licence=licence,
        warnings=(*metadata.warnings, *(() if licence else ("No licence is stated.",))),
        files=tuple(_installed_file(file, staging) for file in remote.files),
    )
    folder = home / remote.commit
    # Left by an installation that was killed between this and the record, or damaged since.
    shutil.rmtree(folder, ignore_errors=True)
    staging.replace(folder)
    sync(home)
    write_record(home, model)
    shutil.rmtree(home / INCOMING, ignore_errors=True)
    return model


def _installed_file(file: RemoteFile, staging: Path) -> InstalledFile:
    with (staging / file.name).open("rb") as content:
        return InstalledFile(file.name, file.size, file.sha256 or digest(content))


def _check_files(remote: RemoteModel, largest: int) -> None:
    missing = [name for name in (MODEL, METADATA) if remote.file(name) is None]
    learnt = all(remote.file(name) for name in NEEDED)
    if missing and not learnt:
        raise HubError(f"{remote.id} is not an audacitorch model: it has no {' and no '.join(missing)}.")
    if remote.size > largest:
        raise TooLargeError(
            f"{remote.id} has {bytes_in_words(remote.size)}; "
            f"this server installs models of at most {bytes_in_words(largest)}."
        )
    for file in remote.files:
        if file.name in (METADATA, CHAIN, "README.md") and file.size > LARGEST_FILE:
            raise TooLargeError(f"{file.name} of {remote.id} has {bytes_in_words(file.size)}; at most 1 MiB is taken.")


def _check_metadata(staging: Path) -> None:
    """Refuse metadata without a plain meaning; nothing of it is kept.

    Raises:
        ModelFormatError: it has none.
    """
    if (staging / METADATA).exists() or (staging / CHAIN).exists():
        try:
            _ = read_metadata(staging) if (staging / METADATA).exists() else effects_of(staging)
        except Exception:
            shutil.rmtree(staging, ignore_errors=True)
            raise
