"""Which endpoints' weights are on this machine, and where: a file that several endpoints use lies here once.

In the folder ``weights`` of the server's home::

    endpoints/OWNER/NAME.json           the record: what is not in one is not installed
    files/OWNER/NAME/<commit>/FILE      the files of a repository; each is whole and verified, then only read
    files/OWNER/NAME/.incoming/<commit>/FILE.part   what is on its way here: resumable, never opened
    accepted.json                       the licences that were accepted (see :mod:`app.hub.licences`)

Reading it takes no network, and neither imports nor asks the hub's client.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from app.errors import BusyError, NotFoundError
from app.hub.installed import INCOMING
from app.hub.lock import locked
from app.hub.weights_record import InstalledWeights, read_weights_record
from app.weights import HubWeights

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*")
_NEVER = threading.Event()


class WeightStore:
    """The weights in one folder; it may be moved, and several threads and processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, endpoint_id: str) -> InstalledWeights | None:
        """Return the record of an endpoint's weights; ``None`` where one is missing, or a file of it."""
        found = read_weights_record(self.record(endpoint_id))
        if found is None or found.id != endpoint_id:
            return None
        try:
            for item in found.repositories:
                folder = self.repository(item.repo) / item.revision
                if any((folder / file.name).stat().st_size != file.size for file in item.files):
                    return None
        except OSError:
            return None
        return found

    def all(self) -> tuple[InstalledWeights, ...]:
        """Every record whose files are all here, by the endpoints' ids."""
        found = (self.get(endpoint_id) for endpoint_id in self._ids())
        return tuple(weights for weights in found if weights is not None)

    def folders(self, weights: Sequence[HubWeights]) -> dict[str, str]:
        """Return where the files of each repository lie, or will lie: a folder by repository."""
        return {item.repo: str(self.files(item)) for item in weights}

    def files(self, item: HubWeights) -> Path:
        """The folder of a repository's files at one commit."""
        return self.repository(item.repo) / item.revision

    def incoming(self, item: HubWeights) -> Path:
        """The folder of what is on its way here of a repository at one commit."""
        return self.repository(item.repo) / INCOMING / item.revision

    def repository(self, repo: str) -> Path:
        """The folder of all that is kept of a repository."""
        return self.folder / "files" / repo

    def record(self, endpoint_id: str) -> Path:
        """The file that says what an endpoint has here."""
        assert _ID.fullmatch(endpoint_id) and ".." not in endpoint_id
        return self.folder / "endpoints" / f"{endpoint_id}.json"

    def lock(self, repo: str) -> Path:
        """The file whose lock whoever changes a repository's files holds."""
        return self.folder / ".locks" / (repo.lower().replace("/", "--") + ".lock")

    def remove(self, endpoint_id: str, stated: Sequence[HubWeights] = ()) -> int:
        """Take an endpoint's weights away, finished or not, but for what others use; return how many bytes that frees.

        Args:
            endpoint_id: ``owner/name``.
            stated: what it states now, which may have come here and never been installed.

        Raises:
            BusyError: one of the repositories is being installed.
            NotFoundError: nothing is there of it.
        """
        record = self.record(endpoint_id)
        known = read_weights_record(record)
        there = {(item.repo, item.revision) for item in stated}
        there |= {(item.repo, item.revision) for item in known.repositories} if known else set()
        with ExitStack() as locks:
            for repo in sorted({repo for repo, _ in there}, key=str.lower):
                locks.enter_context(locked(self.lock(repo), None, _NEVER))
            was_there = record.exists()
            # From here on they are not installed, even if the rest is cut off; the next start sweeps that away.
            record.unlink(missing_ok=True)
            used = self._used()
            freed = sum(self._sweep(self.repository(repo) / revision, used) for repo, revision in there)
            freed += sum(self._sweep(self.repository(repo) / INCOMING / revision, used) for repo, revision in there)
            for repo, _ in there:
                _close_up(self.repository(repo))
            _close_up(record.parent)
        if not was_there and not freed:
            raise NotFoundError(f"{endpoint_id} is not installed.")
        return freed

    def tidy(self, *, keep_days: float = 7.0) -> None:
        """Remove what no endpoint uses and nobody touched for ``keep_days``; what is being installed is left alone."""
        oldest = time.time() - keep_days * 86400
        for repository in self._repositories():
            repo = f"{repository.parent.name}/{repository.name}"
            with suppress(BusyError), locked(self.lock(repo), None, _NEVER):
                self._sweep(repository, self._used(), oldest)
                _close_up(repository)

    def _used(self) -> set[Path]:
        """Every file that an endpoint's record names."""
        records = (read_weights_record(self.record(endpoint_id)) for endpoint_id in self._ids())
        return {
            self.repository(item.repo) / item.revision / file.name
            for weights in records
            if weights is not None
            for item in weights.repositories
            for file in item.files
        }

    def _sweep(self, folder: Path, used: set[Path], oldest: float = float("inf")) -> int:
        """Remove the files of a folder that nobody uses, and return how many bytes that frees."""
        freed = 0
        for path in list(folder.rglob("*")):
            with suppress(OSError):
                status = path.lstat()
                if not path.is_dir() and path not in used and status.st_mtime < oldest:
                    path.unlink()
                    freed += status.st_size
        return freed

    def _ids(self) -> Iterator[str]:
        top = self.folder / "endpoints"
        for path in sorted(top.glob("*/*.json")):
            if _ID.fullmatch(endpoint_id := f"{path.parent.name}/{path.stem}") and ".." not in endpoint_id:
                yield endpoint_id

    def _repositories(self) -> Iterator[Path]:
        yield from (path for path in sorted((self.folder / "files").glob("*/*")) if path.is_dir())


def _close_up(top: Path) -> None:
    """Remove a folder, its owner's and those below it as far as they hold nothing any more."""
    folders = [path for path in top.rglob("*") if path.is_dir()]
    for folder in (*sorted(folders, reverse=True), top, top.parent):
        with suppress(OSError):
            folder.rmdir()
