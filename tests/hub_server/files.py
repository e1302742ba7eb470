"""The hub's files: ``resolve``, redirects to the CDN, ETags and ranges."""

from __future__ import annotations

import re

from tests.hub_server.faults import Answer
from tests.hub_server.repositories import Commit, Content, Repository

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


def resolve(repository: Repository, commit: Commit, name: str, cdn: str, headers: dict[str, str]) -> Answer | None:
    """The file itself, or where the CDN has it; ``None`` where there is no such file."""
    file = commit.files.get(name)
    if file is None:
        return None
    told = {"X-Repo-Commit": commit.sha, "Accept-Ranges": "bytes"}
    if not repository.is_large(name):
        return content(file, f'"{file.blob_id}"', headers, told)
    target = f"{cdn}/cdn/{repository.id}/{file.sha256}"
    told |= {"X-Linked-Size": str(file.size), "X-Linked-ETag": f'"{file.sha256}"', "Location": target}
    text = f"Found. Redirecting to {target}".encode()
    return Answer(302, told, iter([text]), len(text))


def content(file: Content, etag: str, headers: dict[str, str], told: dict[str, str]) -> Answer:
    """All of a file or the range that was asked for, unless the client has it."""
    told = {**told, "ETag": etag, "Content-Type": "application/octet-stream"}
    if etag in headers.get("if-none-match", ""):
        return Answer(304, told, iter([]), 0)
    asked = _RANGE.fullmatch(headers.get("range", ""))
    if asked is None:
        return Answer(200, told, file.blocks(0, file.size), file.size)
    start, end = int(asked[1]), min(int(asked[2] or file.size - 1) + 1, file.size)
    if start >= end:
        return Answer(416, {**told, "Content-Range": f"bytes */{file.size}"}, iter([]), 0)
    told["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    return Answer(206, told, file.blocks(start, end), end - start)
