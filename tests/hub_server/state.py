"""The tests' hub: its repositories, accounts, faults, and the log of what was asked."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.hub_server.faults import Fault
from tests.hub_server.repositories import Content, Repository, folder_files


@dataclass
class Request:
    """One request, and what came of it."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    status: int = 0
    sent: int = 0


@dataclass
class HubServer:
    """Everything that the hub knows.

    Attributes:
        accounts: token → name.
        faults: the first that befalls a request is applied.
        requests: every request, in order.
        url: where it answers; ``cdn`` is the same under another host name, as the hub's CDN is.
        page: models on one page of the list.
        read_only: tokens that may not write.
        members: organisation → accounts that may write to it.
        codes: of sign-ins with a browser → the account and the address that it goes back to.
        signed_in: the account that agrees to one.
        blobs, parts: what was uploaded, by its checksum.
        part: bytes that are uploaded at once; a larger file comes in parts.
        largest: bytes that a file may have.
    """

    repositories: dict[str, Repository] = field(default_factory=dict)
    accounts: dict[str, str] = field(
        default_factory=lambda: {"hf_alice": "alice", "hf_bob": "bob", "hf_alice_reads": "alice"}
    )
    faults: list[Fault] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    url: str = ""
    cdn: str = ""
    page: int = 1000
    read_only: set[str] = field(default_factory=lambda: {"hf_alice_reads"})
    members: dict[str, set[str]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    parts: dict[tuple[str, int], bytes] = field(default_factory=dict)
    codes: dict[str, tuple[str, str]] = field(default_factory=dict)
    signed_in: str = "alice"
    part: int = 5 * 10**9
    largest: int = 50 * 10**9
    lock: threading.Lock = field(default_factory=threading.Lock)
    writing: threading.Lock = field(default_factory=threading.Lock)

    def add(
        self, repo_id: str, files: Path | Mapping[str, bytes | str | Content], tags: tuple[str, ...] = ("audacity",)
    ) -> Repository:
        """Make a repository of a folder or of files, in one commit."""
        repository = Repository(repo_id, card={"tags": list(tags)})
        repository.push(folder_files(files) if isinstance(files, Path) else files, "Initial commit")
        self.repositories[repo_id] = repository
        return repository

    def commit(self, repo_id: str) -> str:
        """The commit that the default branch stands at."""
        return self.repositories[repo_id].head.sha

    def asked(self, part: str, method: str = "") -> list[Request]:
        """The requests whose path has ``part`` in it."""
        with self.lock:
            found = list(self.requests)
        return [item for item in found if part in item.path and item.method == (method or item.method)]
