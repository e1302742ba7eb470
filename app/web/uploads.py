"""The upload store: where files that clients sent lie, under which names, for how long, and who may read what."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import secrets
import shutil
import time
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.config import Settings
from app.endpoint import TrackFile
from app.errors import AccessError, GoneError, InUseError
from app.jobs.unfinished import Unfinished
from app.web.access.owners import Owners

_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\ud800-\udfff<>:"/\\|?*]+')
_LONGEST_NAME = 180
_MOST_DELETED = 20_000
"""Folders of which it is known that they were deleted, and did not just expire."""
_WORKERS = "workers"
"""Where worker processes keep their own files, which are nobody's to name."""


def safe_name(name: str) -> str:
    r"""Return a client's file name without folders and without what a file system refuses, at most 180 bytes.

    >>> safe_name("C:\\songs\\take 1?.wav")
    'take 1_.wav'
    >>> safe_name("../../.wav")
    'wav'
    """
    base = re.split(r"[/\\]", name)[-1]
    base = _UNSAFE.sub("_", base).strip(" .") or "file"
    stem, dot, suffix = base.rpartition(".")
    if not dot or len(suffix.encode()) > 16:
        stem, dot, suffix = base, "", ""
    room = _LONGEST_NAME - len((dot + suffix).encode())
    return stem.encode()[:room].decode(errors="ignore") + dot + suffix


class UploadStore:
    """Files that clients sent, each in an unguessable folder of its own under ``<work>/uploads``.

    A file goes ``settings.keep`` minutes after its last use. A page's own uploads and its cache, which lie beside
    that folder, go by the same rule; the jobs' folders are the job service's.

    Attributes:
        work: the folder whose files clients may name and fetch.
        largest: the most bytes that one file may have.
        tells_apart: whether people have files of their own.
    """

    def __init__(self, settings: Settings) -> None:
        self.work = settings.work
        self.largest = settings.max_upload * 1024 * 1024
        self._folder = self.work / "uploads"
        self._keep = settings.keep * 60.0
        self._unfinished = Unfinished(self.work)
        self._held: Counter[Path] = Counter()
        self._owners = Owners()
        self._deleted: OrderedDict[str, None] = OrderedDict()
        self.tells_apart = settings.asks_who
        self._sweeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Make the folder and start clearing what is old, or was left half sent by a server that was killed."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._unfinished.open(self._folder)
        self._sweeper = asyncio.create_task(self._sweep_for_ever())

    async def close(self) -> None:
        """Stop clearing."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.wait({self._sweeper})
        self._unfinished.close()

    def place(self, name: str) -> Path:
        """Return where to write a new file of that name: a new folder that nobody can guess.

        Until :meth:`complete`, the folder counts as half sent.
        """
        folder = self._folder / secrets.token_hex(16)
        folder.mkdir(mode=0o700, parents=True)
        try:
            self._unfinished.begin(folder)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return folder / safe_name(name)

    def complete(self, path: Path) -> None:
        """Note that the whole file is there."""
        self._unfinished.end(path.parent)

    def own(self, folder: Path, owner: str) -> None:
        """Note whose the files of a folder under ``work`` are, where the server tells people apart.

        A folder that a page's upload went to is named by its content: it may belong to several.
        """
        if self.tells_apart:
            self._owners.note(folder, owner)

    def check_owner(self, path: str, owner: str) -> None:
        """Refuse a path to somebody else's file.

        Raises:
            AccessError: it is one.
        """
        self._owners.check(path, owner)

    def resolve(self, path: str, owner: str = "") -> TrackFile:
        """Return the file that a client named, by the path that it was given.

        Args:
            path: absolute, or relative to ``work``.
            owner: the client, as :meth:`own` was told of it.

        Raises:
            AccessError: not a file that this server holds for this client.
        """
        self.check_owner(path, owner)
        refusal = AccessError(
            "The path names no file that was uploaded to this server, or one that has expired; send it again."
        )
        try:
            root = self.work.resolve()
            real = (root / path).resolve(strict=True)
            if not real.is_file() or not real.is_relative_to(root) or real.is_relative_to(root / _WORKERS):
                raise refusal
            os.utime(real.parent)
        except (OSError, ValueError, RuntimeError):
            if any(part in self._deleted for part in re.split(r"[/\\]", path)):
                raise GoneError("This file was deleted.") from None
            raise refusal from None
        return TrackFile(real, real.name)

    def give_up(self, folder: Path, owner: str) -> Path | None:
        """Let go of files that somebody wants deleted.

        Args:
            folder: in which they lie.
            owner: who wants that, and may have them.

        Returns:
            The folder to delete; ``None`` where somebody else has sent the same, so that it stays theirs.

        Raises:
            AccessError: it is no folder of somebody's own.
            InUseError: a job works on it.
        """
        root = self.work.resolve()
        if folder in (root, root / "uploads", root / "jobs"):
            raise AccessError("This file lies among everybody's; it goes with time.")
        if self._held[folder]:
            raise InUseError("A job works on this file; cancel it, or wait for its end, before you delete the file.")
        if self._owners.leave(folder, owner):
            return None
        self._deleted[folder.name] = None
        while len(self._deleted) > _MOST_DELETED:
            self._deleted.popitem(last=False)
        return folder

    def relative(self, path: Path) -> str:
        """Return a file's path under ``work``, with slashes: what clients are told instead of the server's paths.

        Raises:
            ValueError: the file lies elsewhere.
        """
        return path.resolve().relative_to(self.work.resolve()).as_posix()

    @contextlib.contextmanager
    def hold(self, tracks: Iterable[TrackFile | None]) -> Iterator[None]:
        """Keep files from expiring while a job may still read them."""
        folders = [track.path.parent for track in tracks if track is not None]
        self._held.update(folders)
        try:
            yield
        finally:
            self._held.subtract(folders)
            self._held = +self._held

    async def _sweep_for_ever(self) -> None:
        while True:
            self.sweep(time.time() - self._keep)
            await asyncio.sleep(min(60.0, self._keep / 4))

    def sweep(self, expired: float) -> None:
        """Remove what was last used before ``expired`` (Unix time, s), earlier runs' files too."""
        root = self.work.resolve()
        candidates = [*_entries(root), *_entries(root / "uploads")]
        for entry in candidates:
            if entry in (root / "uploads", root / "jobs", root / _WORKERS) or self._held[entry]:
                continue
            with contextlib.suppress(OSError):
                if _last_use(entry) < expired:
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _last_use(entry: Path) -> float:
    """Return when a folder or one of its files was last written or asked for (Unix time, s)."""
    return max([entry.stat().st_mtime, *(item.stat().st_mtime for item in _entries(entry))])
