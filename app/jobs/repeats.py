"""Nothing computed twice: a job whose like has just been done gets what that one brought, at once.

What is given again are files of an earlier job that are still kept, linked into the new job's folder. So a kill loses
nothing, nothing is written beside the jobs' own folders, and what nobody uses goes with these.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from app.backends.base import JobRequest
from app.config import Settings
from app.endpoint import EndpointSpec, FileOutput, Outputs
from app.hub.remote import digest
from app.jobs.expiry import mark_used
from app.jobs.job import Caller

_MIB = 1024 * 1024
_HERE = ("loopback", "127.0.0.1", "::1")
_SEED = "seed"


@dataclass(frozen=True)
class _Kept:
    folder: Path
    outputs: Outputs
    sums: Mapping[Path, str]
    size: int
    given: tuple[Path, ...] = ()


class Repeats:
    """Remembers what jobs brought, for as long as their files are kept.

    Args:
        settings: the server's: how many MiB of results are remembered, and whether among callers.
    """

    def __init__(self, settings: Settings) -> None:
        self._room = settings.repeats * _MIB
        self._shared = settings.share_repeats
        self._same = json.dumps([settings.device, settings.precision, settings.too_loud])
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def key(self, request: JobRequest, caller: Caller) -> str:
        """Return what jobs have in common that bring the same; ``""`` where none does. Reads the files; blocking.

        Two callers never have it in common, unless results are shared: a stranger must not learn by the time that a
        job takes what somebody else has sent.
        """
        if not self._room or not repeatable(request.spec, request.controls):
            return ""
        spec = request.spec
        built = [spec.id, spec.factory, sorted(spec.arguments.items()), sorted(spec.weights_at.items()), spec.reads]
        asked = [sorted(request.controls.items()), request.keeps_ending]
        told = hashlib.sha256(json.dumps([self._same, built, asked, self._whose(caller)]).encode())
        try:
            for path in spec.reads:
                told.update(_state(Path(path)))
            for track in request.tracks:
                told.update(b"\0" if track is None else f"{_digest(track.path)}{track.name}\0".encode())
        except (OSError, UnicodeEncodeError):
            return ""
        return told.hexdigest()

    def find(self, key: str, folder: Path) -> Outputs | None:
        """Put into ``folder`` what an earlier job of this key brought; ``None`` where nothing is left. Blocking."""
        with self._lock:
            kept = self._kept.get(key) if key else None
        if kept is None:
            return None
        try:
            mark_used(kept.folder)
            if any(_digest(path) != told for path, told in kept.sums.items()):
                raise OSError("it was changed")
            for path in kept.sums:
                _link(path, folder / path.name)
        except OSError:
            self._forget(key)
            return None
        with self._lock:
            if self._kept.get(key) is not None:
                self._kept[key] = replace(self._kept[key], given=(*self._kept[key].given, folder))
                self._kept.move_to_end(key)
        return tuple(
            replace(output, path=folder / output.path.name) if isinstance(output, FileOutput) else output
            for output in kept.outputs
        )

    def keep(self, key: str, folder: Path, outputs: Outputs) -> None:
        """Remember what a job brought; the least recently used go for it. Blocking."""
        paths = [output.path for output in outputs if isinstance(output, FileOutput)]
        try:
            sums = {path: _digest(path) for path in paths}
            size = sum(path.stat().st_size for path in paths)
        except OSError:
            return
        if not key or size > self._room or any(path.parent != folder for path in paths):
            return
        with self._lock:
            self._kept[key] = _Kept(folder, outputs, sums, size)
            self._kept.move_to_end(key)
            while sum(kept.size for kept in self._kept.values()) > self._room:
                self._kept.popitem(last=False)

    def drop(self, folder: Path) -> tuple[Path, ...]:
        """Forget what lies in a job's folder; return the folders of the same caller's that hold the same."""
        with self._lock:
            keys = [key for key, kept in self._kept.items() if folder in (kept.folder, *kept.given)]
            dropped = [self._kept.pop(key) for key in keys]
        same = {other for kept in dropped for other in (kept.folder, *kept.given)} - {folder}
        # Where results are shared, the others are somebody else's.
        return () if self._shared else tuple(sorted(same))

    def _forget(self, key: str) -> None:
        with self._lock:
            self._kept.pop(key, None)

    def _whose(self, caller: Caller) -> str:
        if self._shared:
            return ""
        return caller.known or ("here" if caller.address in _HERE else caller.identity)


def repeatable(spec: EndpointSpec, controls: Mapping[str, object]) -> bool:
    """Return whether an endpoint gives the same for the same: one that draws does so for a seed that is not 0."""
    return spec.repeatable and controls.get(_SEED, 1) != 0


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return digest(file)


def _state(path: Path) -> bytes:
    """Return what changes when a file or a folder does."""
    state = path.stat()
    return f"{state.st_mtime_ns} {state.st_size} {state.st_ino};".encode()


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
