"""A repository of the tests' hub: commits, branches, tags, and what is told of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

BLOCK = 64 * 1024


class Content:
    """The bytes of one file, with the two names by which the hub knows them."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)
        self.sha256 = hashlib.sha256(data).hexdigest()
        self.blob_id = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()

    def blocks(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from ``start`` to before ``end``."""
        for offset in range(start, end, BLOCK):
            yield self.data[offset : min(offset + BLOCK, end)]


class Endless(Content):
    """A file of any size that nobody has: spaces, made while they are sent."""

    def __init__(self, size: int) -> None:
        super().__init__(b"")
        self.size = size

    def blocks(self, start: int, end: int) -> Iterator[bytes]:
        while start < end:
            start += len(block := b" " * min(BLOCK, end - start))
            yield block


@dataclass(frozen=True)
class Commit:
    """One state of a repository."""

    sha: str
    files: Mapping[str, Content]
    title: str
    date: str


@dataclass
class Repository:
    """What the hub knows of one model.

    Attributes:
        commits: oldest first.
        branches, tags: name → commit.
        readers: accounts that may read a private or gated repository.
        private: whether others are told that there is no such repository.
        gated: whether others see its card and not its files.
        large: what a file's name ends with when it is kept apart, on the CDN.
    """

    id: str
    commits: list[Commit] = field(default_factory=list)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    card: dict[str, object] = field(default_factory=dict)
    downloads: int = 0
    likes: int = 0
    private: bool = False
    gated: bool = False
    readers: set[str] = field(default_factory=set)
    large: tuple[str, ...] = (".pt", ".wav")

    @property
    def head(self) -> Commit:
        return self.commit(self.branches["main"])

    def commit(self, sha: str) -> Commit:
        return next(commit for commit in self.commits if commit.sha == sha)

    def resolve(self, revision: str) -> Commit | None:
        """The commit of a branch, a tag or (the start of) a commit's own name."""
        sha = self.branches.get(revision) or self.tags.get(revision)
        return next((commit for commit in self.commits if commit.sha == (sha or revision)), None)

    def push(self, files: Mapping[str, bytes | str | Content], title: str = "Change", branch: str = "main") -> str:
        """Add a commit that changes the given files, and return its name."""
        before = self.commit(self.branches[branch]).files if branch in self.branches else {}
        changed = {
            name: data if isinstance(data, Content) else Content(data.encode() if isinstance(data, str) else data)
            for name, data in files.items()
        }
        tree = {**before, **changed}
        digest = hashlib.sha1(f"{self.id} {len(self.commits)} {title}".encode(), usedforsecurity=False)
        for name in sorted(tree):
            digest.update(f"{name} {tree[name].blob_id} {tree[name].size}".encode())
        date = f"2024-03-{len(self.commits) % 28 + 1:02d}T12:00:00.000Z"
        self.commits.append(Commit(digest.hexdigest(), tree, title, date))
        self.branches[branch] = digest.hexdigest()
        return digest.hexdigest()

    def is_large(self, name: str) -> bool:
        return name.endswith(self.large)


def folder_files(folder: Path) -> dict[str, bytes | str | Content]:
    """The files of a folder, as :meth:`Repository.push` takes them."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
