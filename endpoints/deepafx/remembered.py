"""What was learnt before, by what it was learnt from: a few folders on the disk, the oldest of which go."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from endpoints.deepafx.chain import ChainPlan
from endpoints.deepafx.folder import FolderError, Result, read_result, write_result
from endpoints.deepafx.pairs import Pair

MOST = 50
"""Results that are kept, of some 0.4 MB each."""

_MEANING = 1
"""Changes with what is learnt from the same."""


def key_of(pair: Pair, plan: ChainPlan, asked: Mapping[str, Any]) -> str:
    """Return what a result is found by: the sound of both tracks, the chain, and what was asked for.

    Nothing of the tracks can be read from it, and whoever has not both of them does not find it.
    """
    digest = hashlib.sha256(json.dumps([_MEANING, plan.as_data(), dict(asked)], sort_keys=True).encode())
    digest.update(len(pair.before).to_bytes(8, "little"))
    digest.update(pair.before.tobytes() + pair.after.tobytes())
    return digest.hexdigest()[:40]


class Remembered:
    """Results by their keys.

    Args:
        folder: where they are kept, which exists; ``None``: in this process alone.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._here: dict[str, Result] = {}

    def find(self, key: str) -> Result | None:
        """Return what was learnt, or ``None``; one that cannot be read any more is forgotten."""
        if self._folder is None:
            return self._here.get(key)
        place = self._folder / key
        if not place.is_dir():
            return None
        try:
            found = read_result(place)
        except FolderError:
            shutil.rmtree(place, ignore_errors=True)
            return None
        with contextlib.suppress(OSError):
            os.utime(place)
        return found

    def keep(self, key: str, result: Result) -> None:
        """Keep what was learnt; where that cannot be written, it is learnt again the next time."""
        if self._folder is None:
            self._here[key] = result
            while len(self._here) > MOST:
                del self._here[next(iter(self._here))]
            return
        new = self._folder / f".{key}.{os.getpid()}"
        with contextlib.suppress(OSError):
            write_result(new, result)
            shutil.rmtree(self._folder / key, ignore_errors=True)
            new.replace(self._folder / key)
        shutil.rmtree(new, ignore_errors=True)
        self._prune(self._folder)

    @staticmethod
    def _prune(folder: Path) -> None:
        with contextlib.suppress(OSError):
            ages = sorted((path.stat().st_mtime, path) for path in folder.iterdir())
            for _, path in ages[:-MOST]:
                shutil.rmtree(path, ignore_errors=True)
