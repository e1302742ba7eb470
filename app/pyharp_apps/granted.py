"""What the apps of one server may use beside what every worker may: their own folders, and the setting ``permit``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import SettingsError
from app.workers.sandbox.terms import NETWORK, PROCESSES


@dataclass(frozen=True)
class Granted:
    """What one app may use.

    Attributes:
        permits: names of :mod:`app.workers.sandbox.terms`.
        reads: files and folders that it reads.
        writes: folders that it writes.
        works_in: the folder that it finds where it starts; empty: none.
        keeps: where its libraries keep what they download, one of ``writes``; empty: nowhere.
    """

    permits: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    works_in: str = ""
    keeps: str = ""

    def sentence(self) -> str:
        """Tell what of it goes beyond the sandbox; empty where nothing does."""
        beyond = [*self.permits]
        if self.writes:
            beyond.append(f"writing to {', '.join(self.writes)}")
        return ", ".join(beyond)


def granted_to(path: Path, permits: Sequence[str]) -> Granted:
    """Return what the app in the file ``path`` may use: its folder, and what the setting ``permit`` names.

    A folder that holds all of a person's or the machine's files is no app's: one that lies there reads itself alone.

    Raises:
        SettingsError: a folder of the setting is not there.
    """
    names = tuple(name for name in (NETWORK, PROCESSES) if name in permits)
    reads = [_folder(text) for text in permits if text.startswith("read:")]
    writes = [_folder(text) for text in permits if text.startswith("write:")]
    own = is_own(path.parent)
    return Granted(
        permits=names,
        reads=(str(path.parent if own else path), *reads),
        writes=tuple(writes),
        works_in=str(path.parent) if own else "",
        keeps=writes[0] if writes else "",
    )


def is_own(folder: Path) -> bool:
    """Whether a folder may be an app's own: neither the home folder nor the temporary one, nor any above them."""
    import tempfile

    return not any(
        place == folder or folder in place.parents
        for place in (Path.home().resolve(), Path(tempfile.gettempdir()).resolve())
    )


def _folder(text: str) -> str:
    kind, _, name = text.partition(":")
    folder = Path(name).expanduser()
    if not folder.is_dir():
        raise SettingsError(f"The setting permit expects a folder that is there, not “{kind}:{name[:80]}”.")
    return str(folder.resolve())
