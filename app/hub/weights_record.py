"""What is kept of an endpoint's installed weights, as JSON; without a path, so that the folder can be moved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from app.hub.record import InstalledFile
from app.weights import HubWeights
from app.whole_file import write_whole

_VERSION = 1


@dataclass(frozen=True)
class InstalledRepository:
    """The files of one repository at one commit that an endpoint uses."""

    repo: str
    revision: str
    licence: str
    files: tuple[InstalledFile, ...]


@dataclass(frozen=True)
class InstalledWeights:
    """The weights of one endpoint, all of them on this machine, and tried.

    Attributes:
        id: the endpoint's, ``owner/name``.
        installed: when, ``YYYY-MM-DDTHH:MM:SSZ``.
        speed: seconds of sound that the endpoint processes in a second on this machine; 0 where nobody measured.
    """

    id: str
    installed: str
    repositories: tuple[InstalledRepository, ...]
    speed: float = 0.0

    @property
    def size(self) -> int:
        """The space that they take, in bytes, shared or not."""
        return sum(file.size for repository in self.repositories for file in repository.files)

    def have(self, weights: tuple[HubWeights, ...]) -> bool:
        """Whether the weights that an endpoint states now are among these."""
        here = {
            (item.repo, item.revision): {file.name: file.sha256 for file in item.files} for item in self.repositories
        }
        return all(_are(here.get((item.repo, item.revision), {}), item) for item in weights)


def _are(files: Mapping[str, str], stated: HubWeights) -> bool:
    """Whether files, each with its checksum, are those that are stated."""
    return set(files) == set(stated.files) and stated.sha256.items() <= files.items()


def write_weights_record(path: Path, weights: InstalledWeights) -> None:
    """Keep the record, all of it or nothing: from here on the weights are installed.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    record = {"version": _VERSION, **asdict(weights)}
    write_whole(path, json.dumps(record, indent=1).encode())


def read_weights_record(path: Path) -> InstalledWeights | None:
    """Return what was kept; ``None`` where nothing was, or it is not one of ours."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        repositories = tuple(
            InstalledRepository(
                str(item["repo"]),
                str(item["revision"]),
                str(item["licence"]),
                tuple(InstalledFile(str(f["name"]), int(f["size"]), str(f["sha256"])) for f in item["files"]),
            )
            for item in record["repositories"]
        )
        weights = InstalledWeights(str(record["id"]), str(record["installed"]), repositories, float(record["speed"]))
        for item in repositories:
            # The rules for what names a file of a repository stand in one place.
            checksums = {file.name: file.sha256 for file in item.files}
            HubWeights(item.repo, item.revision, tuple(checksums), checksums, item.licence)
        return weights if record["version"] == _VERSION else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
