"""What the hub tells of a model; every value comes from the network and is checked before it is used."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from app.errors import HubError
from app.hub.ids import COMMIT, is_model_id
from app.output_names import on_one_line
from app.trained import CHAIN, ENCODER, NEEDED

MODEL = "model.pt"
METADATA = "metadata.json"
WANTED = (METADATA, CHAIN, "README.md", "example.wav", MODEL, ENCODER)
"""The files that are taken of a model's repository; whatever else it lists stays there."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHA1 = re.compile(r"[0-9a-f]{40}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_LARGEST_COUNT = 2**53


@dataclass(frozen=True)
class RemoteFile:
    """A file on the hub.

    Attributes:
        name: one of those that were asked for.
        size: in bytes.
        sha256: of its content, for a large file; else ``""``.
        blob_id: git's name of its content, for a small one; else ``""``.
    """

    name: str
    size: int
    sha256: str = ""
    blob_id: str = ""

    def holds(self, path: Path) -> bool:
        """Whether the file at ``path`` has this content."""
        if path.stat().st_size != self.size:
            return False
        with path.open("rb") as file:
            return self._matches(file)

    def is_content(self, data: bytes) -> bool:
        """Whether ``data`` is this content."""
        return len(data) == self.size and self._matches(BytesIO(data))

    def _matches(self, file: BinaryIO) -> bool:
        if self.sha256:
            return digest(file) == self.sha256
        return digest(file, "sha1", b"blob %d\0" % self.size) == self.blob_id


@dataclass(frozen=True)
class RemoteModel:
    """A repository at one commit.

    Attributes:
        files: those that were asked for and that it has; empty where nobody asked for them.
        licence: as its card states it, or ``""``.
        changed: the date of the last change, ``YYYY-MM-DD``, or ``""``.
        gated: whether its owner decides who may have the files.
    """

    id: str
    commit: str
    files: tuple[RemoteFile, ...] = ()
    licence: str = ""
    tags: tuple[str, ...] = ()
    downloads: int = 0
    likes: int = 0
    changed: str = ""
    gated: bool = False
    private: bool = False

    @property
    def size(self) -> int:
        """What installing it takes, in bytes."""
        return sum(file.size for file in self.files)

    def file(self, name: str) -> RemoteFile | None:
        """The file of that name."""
        return next((file for file in self.files if file.name == name), None)


def parse_model(record: object, wanted: Sequence[str] = WANTED) -> RemoteModel:
    """Read one record of the hub's API, and of the files that it lists those that are ``wanted``.

    Raises:
        HubError: it does not say which model at which commit it is about, or names no checksum for a file.
    """
    if not isinstance(record, Mapping) or not is_model_id(record.get("id")):
        raise HubError("The hub told of a model without a usable name.")
    model_id, commit = str(record["id"]), record.get("sha")
    if not isinstance(commit, str) or not COMMIT.fullmatch(commit):
        raise HubError(f"The hub does not tell which commit {model_id} is at.")
    siblings = record.get("siblings")
    found = {str(item.get("rfilename")): item for item in _list(siblings) if isinstance(item, Mapping)}
    if wanted is WANTED and MODEL in found:
        wanted = [name for name in WANTED if name not in NEEDED]
    files = [_file(model_id, name, found[name]) for name in wanted if name in found]
    tags = tuple(tag for tag in _list(record.get("tags")) if isinstance(tag, str))
    return RemoteModel(
        id=model_id,
        commit=commit,
        files=tuple(file for file in files if file is not None),
        licence=_licence(record, tags),
        tags=tuple(tag[:60] for tag in tags if ":" not in tag)[:20],
        downloads=_count(record.get("downloads")),
        likes=_count(record.get("likes")),
        changed=date[0] if (date := _DATE.match(str(record.get("lastModified", "")))) else "",
        gated=record.get("gated") not in (None, False),
        private=record.get("private") is True,
    )


def _file(model_id: str, name: str, record: Mapping[str, object]) -> RemoteFile | None:
    """Read a file's record; ``None`` where it holds nothing but the name, as in lists."""
    size = record.get("size")
    if size is None:
        return None
    large = record.get("lfs")
    sha256 = large.get("sha256") if isinstance(large, Mapping) else ""
    blob_id = record.get("blobId")
    sized = isinstance(size, int) and 0 <= size <= _LARGEST_COUNT
    if isinstance(large, Mapping):
        named = isinstance(sha256, str) and _SHA256.fullmatch(sha256) and large.get("size") == size
    else:
        named = isinstance(blob_id, str) and _SHA1.fullmatch(blob_id)
    if not sized or not named:
        raise HubError(f"The hub tells no plain size and checksum of {name} in {model_id}.")
    return RemoteFile(name, int(str(size)), str(sha256 or ""), "" if sha256 else str(blob_id))


def _licence(record: Mapping[str, object], tags: tuple[str, ...]) -> str:
    card = record.get("cardData")
    named = [card.get("license_name"), card.get("license")] if isinstance(card, Mapping) else []
    named += [tag.removeprefix("license:") for tag in tags if tag.startswith("license:")]
    stated = [on_one_line(name, 100) for name in named if isinstance(name, str)]
    return next((name for name in stated if name and name.lower() not in ("unknown", "other")), "")


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST_COUNT else 0


def digest(file: BinaryIO, kind: str = "sha256", prefix: bytes = b"") -> str:
    """Return the checksum of ``prefix`` and a file's content."""
    checksum = hashlib.new(kind, prefix, usedforsecurity=False)
    while block := file.read(1 << 20):
        checksum.update(block)
    return checksum.hexdigest()
