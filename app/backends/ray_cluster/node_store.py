"""What a node keeps of endpoints: each file once, by its content; the least recently used goes first.

::

    <folder>/contents/<sha256>           files, each as it is on the server
    <folder>/bundles/<digest>/files/…    an endpoint's files under the paths that they have on the server, as hard links
    <folder>/bundles/<digest>/held       locked by whoever runs it; touched when it was last used
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from app.backends.ray_cluster.blocks import Arriving
from app.backends.ray_cluster.manifest import ContentFile, Manifest
from app.workers.files.run_folder import remove_tree

_YOUNG = 600.0
"""Seconds for which a file that no endpoint has yet is left alone: it may be on its way into one."""


class NodeStore:
    """A node's files of endpoints. Its methods read and write files: they belong on a thread.

    Args:
        folder: where they lie; made when missing.
        most: bytes that they may take; what is in use stays, also beyond that.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self._contents, self._bundles = folder / "contents", folder / "bundles"
        self._most = most
        for made in (self._contents, self._bundles):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)

    def lacks(self, manifest: Manifest) -> list[ContentFile]:
        """Return the files of an endpoint that are not here, each content once."""
        wanted = {file.sha256: file for file in manifest.files}
        return [file for file in wanted.values() if not self._has(file)]

    def arriving(self, file: ContentFile) -> Arriving:
        """Return what takes a file's blocks."""
        # Another process of this node may be fetching the same.
        unfinished = Arriving(self._contents / f"{file.sha256}.{os.getpid()}", file.size, file.sha256)
        unfinished.drop()
        return unfinished

    def keep(self, whole: Path, file: ContentFile) -> None:
        """Give a file that has arrived its place.

        Raises:
            OSError: it cannot be written.
        """
        whole.chmod(0o400)
        whole.replace(self._contents / file.sha256)

    @contextlib.contextmanager
    def holding(self, manifest: Manifest) -> Iterator[Path]:
        """Return the folder under which an endpoint's files lie; for the length of the block it stays.

        Raises:
            FileNotFoundError: one of the files is not here.
            OSError: it cannot be written.
        """
        bundle = self._bundles / manifest.digest
        with contextlib.ExitStack() as stack:
            while True:
                bundle.mkdir(mode=0o700, exist_ok=True)
                held = os.open(bundle / "held", os.O_RDWR | os.O_CREAT, 0o600)
                try:
                    _lock(held, shared=True)
                    if os.path.samestat(os.fstat(held), (bundle / "held").stat()):
                        break
                except FileNotFoundError:  # thrown out at this moment
                    os.close(held)
                    continue
                os.close(held)
            stack.callback(os.close, held)
            os.utime(held)
            for file in manifest.files:
                place = Path(f"{bundle / 'files'}{file.path}")
                if not place.exists():
                    place.parent.mkdir(parents=True, exist_ok=True)
                    with contextlib.suppress(FileExistsError):
                        os.link(self._contents / file.sha256, place)
            yield bundle / "files"

    def make_room(self, coming: int = 0) -> int:
        """Throw out what was not used for longest, until ``coming`` bytes fit; return how many endpoints went."""
        gone = 0
        bundles = sorted(self._bundles.iterdir(), key=_last_used)
        while self._taken() + coming > self._most and bundles:
            bundle = bundles.pop(0)
            numbers = {path.stat().st_ino for path in (bundle / "files").rglob("*") if path.is_file()}
            gone += _remove_unused(bundle)
            self._drop_orphans(numbers)
        return gone

    def _has(self, file: ContentFile) -> bool:
        try:
            return (self._contents / file.sha256).stat().st_size == file.size
        except OSError:
            return False

    def _taken(self) -> int:
        return sum(path.stat().st_size for path in self._contents.iterdir())

    def _drop_orphans(self, numbers: set[int]) -> None:
        """Remove files that no endpoint has any more: those with these inodes, and what is left from long ago."""
        for path in self._contents.iterdir():
            with contextlib.suppress(OSError):
                status = path.stat()
                old = time.time() - status.st_ctime > _YOUNG
                if status.st_nlink == 1 and (status.st_ino in numbers or old):
                    path.unlink()


def _last_used(bundle: Path) -> float:
    try:
        return (bundle / "held").stat().st_mtime
    except OSError:
        return 0.0


def _lock(descriptor: int, *, shared: bool) -> None:
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX | fcntl.LOCK_NB)


def _remove_unused(bundle: Path) -> int:
    """Remove an endpoint's folder unless somebody holds it; return how many went: 1 or 0."""
    try:
        held = os.open(bundle / "held", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        return 0
    try:
        _lock(held, shared=False)
        remove_tree(bundle)
        return 1
    except OSError:
        return 0
    finally:
        os.close(held)
