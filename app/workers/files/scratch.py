"""Folders of a worker's own, through which files come to it and go from it: it reaches no others.

::

    <root>/<run>/<number>/in/<job>/    the job's input files; the worker reads here
    <root>/<run>/<number>/out/<job>/   what it makes; it writes here, and nowhere else
    <root>/<run>/<number>/gone/        what the server took out of its reach

Input files come by hard link, since a copy of an hour of sound costs seconds; results go by rename.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import re
import secrets
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

from app.errors import AudioFileError, HarpistError, ModelRunError, WorkerError
from app.workers.files.disk_usage import excess
from app.workers.files.handover import locate_result, take_file
from app.workers.files.run_folder import RunFolder, remove_tree
from app.workers.messages import Run
from app.workers.sandbox.terms import Sandbox

_LOOK_EVERY = 0.5
"""Seconds between two looks at what the workers wrote."""

_LOG = logging.getLogger(__name__)
_FULL = (errno.ENOSPC, errno.EDQUOT)
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}")


class ScratchRoot:
    """The scratch folders of this process's workers; those of dead processes go when the first one is made.

    Args:
        folder: where they lie, with those of other processes.
        quota: bytes that one worker may keep on disk; 0 for no limit.
    """

    def __init__(self, folder: Path, quota: int = 0) -> None:
        self.quota = quota
        self._folder = folder
        self._run: RunFolder | None = None
        self._number = 0
        self._lock = threading.Lock()
        self._live: set[Scratch] = set()

    def new(self, exceeded: Callable[[HarpistError], None]) -> Scratch:
        """Return a worker's scratch, whose folders :meth:`Scratch.make` makes.

        ``exceeded`` is called, in the event loop of :meth:`watch`, when it holds more than it may.
        """
        self._number += 1
        scratch = Scratch(self, str(self._number), exceeded)
        self._live.add(scratch)
        return scratch

    def open(self) -> None:
        """Remove the folders of dead processes; without it, they go when the first worker is made."""
        self.place("")

    def place(self, name: str) -> Path:
        """Return where a worker's folders belong, under a folder that this process holds."""
        with self._lock:
            if self._run is None:
                self._run = RunFolder(self._folder)
            return self._run.path / name

    def forget(self, scratch: Scratch) -> None:
        """Watch over it no longer."""
        self._live.discard(scratch)

    async def watch(self) -> None:
        """Look at what the workers keep on disk, again and again, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            live = list(self._live)
            if not live:
                continue
            for scratch, sentence in zip(live, await asyncio.to_thread(_looked_at, live)):
                if sentence:
                    scratch.exceeded(ModelRunError(sentence))

    def close(self) -> None:
        """Remove everything; every worker must have ended."""
        with self._lock:
            if self._run is not None:
                self._run.close()
                self._run = None


class Scratch:
    """One worker's folders. Every method but :meth:`excess` waits for the one before it, and belongs on a thread.

    Attributes:
        exceeded: tells the worker's keeper that it must end.
        pid: the worker's process, once there is one.
    """

    def __init__(self, root: ScratchRoot, name: str, exceeded: Callable[[HarpistError], None]) -> None:
        self.exceeded = exceeded
        self.pid: int | None = None
        self._root = root
        self._name = name
        self._folder: Path | None = None
        self._removed = False
        self._lock = threading.Lock()

    def make(self, sandbox: Sandbox) -> Sandbox:
        """Make the folders, and return ``sandbox`` with access to them and to nothing through links.

        Raises:
            WorkerError: they cannot be made.
        """
        with self._lock:
            try:
                folder = self._made()
                for name in ("in", "out", "gone"):
                    (folder / name).mkdir(mode=0o700)
            except OSError as error:
                raise _unstorable(error) from error
            # Files of the hub's cache are links to where their content lies.
            readable = [os.path.realpath(path) for path in sandbox.readable]
            return replace(
                sandbox,
                readable=(*readable, str(folder / "in")),
                writable=(str(folder / "out"), *sandbox.writable),
                file_size=self._root.quota,
            )

    def bring_in(self, run: Run) -> Run:
        """Bring a job's input files to where the worker reads them; return the job with their paths there.

        Raises:
            AudioFileError: an input file is not there any more.
            WorkerError: the disk is full.
        """
        with self._lock:
            folder = self._open()
            inside = folder / "in" / run.job
            made = folder / "out" / run.job
            try:
                inside.mkdir(mode=0o700)
                made.mkdir(mode=0o700)
                tracks = [
                    None if track is None else [str(_brought(track[0], inside, number)), track[1]]
                    for number, track in enumerate(run.tracks, start=1)
                ]
            except FileNotFoundError:
                raise AudioFileError("The file is no longer there or cannot be read; send it again.") from None
            except OSError as error:
                raise _unstorable(error) from error
            return replace(run, tracks=tracks, folder=str(made))

    def take_out(self, job: str, records: Sequence[Any], folder: Path) -> list[Any]:
        """Move the files that ``records`` name (see :class:`app.workers.messages.Finished`) into ``folder``.

        Returns:
            The records, with the paths there.

        Raises:
            ModelRunError: one is not a complete file of this job, or there is too much.
            WorkerError: the disk is full.
        """
        with self._lock:
            made = self._open() / "out" / job
            gone = self._withdraw(made)
            sentence = self.excess()
            if sentence:
                raise ModelRunError(sentence)
            try:
                return [
                    {**record, "file": str(take_file(locate_result(record["file"], made, gone), folder))}
                    if isinstance(record, Mapping) and isinstance(record.get("file"), str)
                    else record
                    for record in records
                ]
            except OSError as error:
                raise _unstorable(error) from error

    def clear(self, job: str) -> None:
        """Remove every file of a job that is left."""
        with self._lock:
            if self._folder is None or self._removed:
                return
            for path in (self._folder / "in" / job, self._folder / "out" / job):
                self._withdraw(path)
            for path in list((self._folder / "gone").iterdir()):
                _remove(path)

    def remove(self) -> None:
        """Remove everything; the worker must have ended."""
        with self._lock:
            self._removed = True
            self._root.forget(self)
            if self._folder is not None:
                _remove(self._folder)

    def excess(self) -> str:
        """Tell, in a sentence, that the worker keeps more on disk than it may; nothing if it does not."""
        if self._folder is None:
            return ""
        return excess([self._folder / "out", self._folder / "gone"], self.pid, self._root.quota)

    def _made(self) -> Path:
        if self._removed:
            raise FileNotFoundError(errno.ENOENT, "removed already")
        folder = self._root.place(self._name)
        folder.mkdir(mode=0o700)
        self._folder = folder
        return folder

    def _open(self) -> Path:
        if self._folder is None or self._removed:
            raise WorkerError("The model’s process has ended.")
        return self._folder

    def _withdraw(self, path: Path) -> Path:
        """Take a folder out of the worker's reach: by no name can it change, add or open anything there any more."""
        assert self._folder is not None
        gone = self._folder / "gone" / f"{secrets.token_hex(4)}-{path.name}"
        with contextlib.suppress(OSError):
            path.rename(gone)
        return gone


def _looked_at(live: Sequence[Scratch]) -> list[str]:
    return [scratch.excess() for scratch in live]


def _brought(text: str, folder: Path, number: int) -> Path:
    """Give the file ``text`` a name in ``folder``: one of its own, or where that is impossible, a copy."""
    source = os.path.realpath(text)
    suffix = PurePath(text).suffix
    path = folder / f"{number}{suffix if _SUFFIX.fullmatch(suffix) else ''}"
    try:
        os.link(source, path)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(source, path)
    return path


def _remove(path: Path) -> None:
    if path.is_symlink() or not path.is_dir():
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        return
    remove_tree(path)
    if path.exists():
        _LOG.warning("could not remove all scratch files of a worker")


def _unstorable(error: OSError) -> WorkerError:
    if error.errno in _FULL:
        return WorkerError("The server’s disk is full; try again later.")
    return WorkerError("The server could not store the job’s files; its disk may be full or not writable.")
