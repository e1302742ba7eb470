"""The answers of the hub's API, as JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.hub_server.repositories import Commit, Content, Repository


def model_info(repository: Repository, commit: Commit, *, blobs: bool = False, full: bool = True) -> dict[str, Any]:
    """What is told of one model at one commit."""
    record: dict[str, Any] = {
        "_id": "0" * 24,
        "id": repository.id,
        "modelId": repository.id,
        "author": repository.id.split("/")[0],
        "private": repository.private,
        "gated": "manual" if repository.gated else False,
        "disabled": False,
        "downloads": repository.downloads,
        "likes": repository.likes,
        "tags": tags(repository),
        "createdAt": repository.commits[0].date,
    }
    if full:
        record |= {
            "sha": commit.sha,
            "lastModified": commit.date,
            "siblings": [_sibling(name, file, repository, blobs) for name, file in commit.files.items()],
        }
    return record


def tags(repository: Repository) -> list[str]:
    """The card's tags, and its licence as one of them."""
    found = list(repository.card.get("tags", []))  # type: ignore[call-overload]
    licence = repository.card.get("license")
    return [*found, *([f"license:{licence}"] if licence else []), "region:us"]


def _sibling(name: str, file: Content, repository: Repository, blobs: bool) -> dict[str, Any]:
    record: dict[str, Any] = {"rfilename": name}
    if blobs:
        record |= {"size": file.size, "blobId": file.blob_id}
        if repository.is_large(name):
            record["lfs"] = {"sha256": file.sha256, "size": file.size, "pointerSize": 134}
    return record


def listed(repositories: list[Repository], query: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """The models that a query asks for, in its order."""
    wanted = [tag for text in query.get("filter", []) for tag in text.split(",")]
    words = query.get("search", [""])[0].lower()
    author = query.get("author", [""])[0]
    found = [
        repository
        for repository in repositories
        if all(tag in tags(repository) for tag in wanted)
        and words in repository.id.lower()
        and (not author or repository.id.startswith(f"{author}/"))
    ]
    orders = {
        "downloads": lambda item: -item.downloads,
        "likes": lambda item: -item.likes,
        "lastModified": lambda item: [-ord(letter) for letter in item.head.date],
    }
    if order := query.get("sort", [""])[0]:
        found.sort(key=orders[order])
    full = query.get("full", ["false"])[0].lower() == "true"
    card = query.get("cardData", ["false"])[0].lower() == "true"
    return [
        model_info(item, item.head, full=full) | ({"cardData": item.card} if card or full else {}) for item in found
    ]


def tree(repository: Repository, commit: Commit, under: str, recursive: bool) -> list[dict[str, Any]]:
    """The files (and folders) of a commit."""
    prefix = f"{under}/" if under else ""
    records: dict[str, dict[str, Any]] = {}
    for name, file in commit.files.items():
        if not name.startswith(prefix):
            continue
        first, slash, _ = name.removeprefix(prefix).partition("/")
        if slash:
            folder = prefix + first
            records[folder] = {"type": "directory", "oid": "0" * 40, "size": 0, "path": folder}
        if recursive or not slash:
            records[name] = {"type": "file", "oid": file.blob_id, "size": file.size, "path": name}
            if repository.is_large(name):
                records[name]["lfs"] = {"oid": file.sha256, "size": file.size, "pointerSize": 134}
    return list(records.values())


def refs(repository: Repository) -> dict[str, Any]:
    """The branches and tags."""

    def named(kind: str, names: Mapping[str, str]) -> list[dict[str, str]]:
        return [{"name": name, "ref": f"refs/{kind}/{name}", "targetCommit": sha} for name, sha in names.items()]

    return {
        "branches": named("heads", repository.branches),
        "tags": named("tags", repository.tags),
        "converts": [],
    }


def commits(repository: Repository) -> list[dict[str, Any]]:
    """Every commit, newest first."""
    return [
        {"id": item.sha, "title": item.title, "message": "", "date": item.date, "authors": [{"user": "someone"}]}
        for item in reversed(repository.commits)
    ]
