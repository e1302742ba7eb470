"""Which models of the hub are on this machine, and where.

One folder per model, ``OWNER/NAME``, in the hub's folder::

    installed.json            the record: what is not in it is not installed
    <commit>/                 model.pt, metadata.json, README.md, example.wav; written once, then only read
    profile-<commit>.json     what was measured of it
    .incoming/<commit>/       what is being installed: resumable, never run

Reading it takes no network, and neither imports nor asks the hub's client.
"""

from __future__ import annotations

import shutil
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from app.errors import BusyError, NotFoundError
from app.hub.ids import is_model_id
from app.hub.lock import locked
from app.hub.record import NAME, InstalledModel, read_record

INCOMING = ".incoming"
_TRASH = ".trash"
_LOCKS = ".locks"
_NEVER = threading.Event()


class Installed:
    """The models in one folder; it may be moved, and several threads and processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> tuple[InstalledModel, ...]:
        """Every installed model, by id."""
        found = (read_record(self.home(model_id)) for model_id in self._ids())
        return tuple(model for model in found if model is not None)

    def get(self, model_id: str) -> InstalledModel | None:
        """Return one model, in whatever case its id is written; ``None`` where it is not installed."""
        if not is_model_id(model_id):
            return None
        if (model := read_record(self.home(model_id))) is not None:
            return model
        same = [found for found in self._ids() if found.lower() == model_id.lower()]
        return next((model for found in same if (model := read_record(self.home(found))) is not None), None)

    def home(self, model_id: str) -> Path:
        """The folder of all that is kept of a model."""
        assert is_model_id(model_id)
        return self.folder / model_id

    def files(self, model: InstalledModel) -> Path:
        """The folder of an installed model's files."""
        return self.home(model.id) / model.commit

    def profile(self, model: InstalledModel) -> Path:
        """Where what was measured of a model is kept."""
        return self.home(model.id) / f"profile-{model.commit}.json"

    def lock(self, model_id: str) -> Path:
        """The file whose lock whoever changes a model holds."""
        return self.folder / _LOCKS / (model_id.replace("/", "--") + ".lock")

    def remove(self, model_id: str) -> int:
        """Take a model away, finished or not, and return how many bytes that frees.

        Raises:
            BusyError: it is being installed.
            NotFoundError: nothing is there of it.
        """
        model = self.get(model_id)
        model_id = model.id if model else model_id
        if not is_model_id(model_id) or not self.home(model_id).is_dir():
            raise NotFoundError(f"{' '.join(model_id.split())[:80]} is not installed.")
        with locked(self.lock(model_id), None, _NEVER):
            home = self.home(model_id)
            # From here on it is not installed, even if the rest is cut off; the next start sweeps that away.
            (home / NAME).unlink(missing_ok=True)
            freed = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
            trash = self.folder / _TRASH / uuid.uuid4().hex
            trash.parent.mkdir(exist_ok=True)
            home.replace(trash)
            shutil.rmtree(trash, ignore_errors=True)
        return freed

    def tidy(self, *, keep_days: float = 7.0) -> None:
        """Remove what nobody needs: replaced commits, half-removed models, downloads given up ``keep_days`` ago.

        Models that are being changed are left alone. A replaced commit may still be run by a server of the same
        folder; call this where none runs, or when it has moved on.
        """
        shutil.rmtree(self.folder / _TRASH, ignore_errors=True)
        for model_id in list(self._ids()):
            with suppress(BusyError), locked(self.lock(model_id), None, _NEVER):
                self._tidy(self.home(model_id), time.time() - keep_days * 86400)

    def _tidy(self, home: Path, oldest: float) -> None:
        model = read_record(home)
        needed = {NAME, INCOMING}
        if model is not None:
            needed |= {model.commit, self.profile(model).name}
        for path in list(home.iterdir()):
            if path.name in needed:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        for part in (home / INCOMING).glob("*"):
            if part.stat().st_mtime < oldest:
                shutil.rmtree(part, ignore_errors=True)
        for folder in (home / INCOMING, home, home.parent):
            with suppress(OSError):
                folder.rmdir()

    def _ids(self) -> Iterator[str]:
        """Every model of which there is a folder."""
        with suppress(OSError):
            for owner in sorted(self.folder.iterdir()):
                if owner.name.startswith(".") or not owner.is_dir():
                    continue
                for folder in sorted(owner.iterdir()):
                    if is_model_id(model_id := f"{owner.name}/{folder.name}"):
                        yield model_id
