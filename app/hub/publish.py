"""An exported model's folder becomes a repository of the hub, or its next commit.

What is wrong with the folder is said before anything is sent. The hub's own client does the sending: a repository is
made, large files go to its large-file store, and all of them arrive in one commit, or none. Standard HTTP only, as in
:mod:`app.hub.client`.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.audacitorch.readme import licence_of, read_header
from app.errors import HubError, ModelFormatError
from app.hub.client import HubClient
from app.hub.explain import offline
from app.hub.explain_writes import NO_TOKEN, explaining_writes
from app.hub.ids import is_model_id
from app.hub.meter import bytes_in_words
from app.hub.remote import digest
from app.trained import CHAIN, NEEDED, read_any
from app.trained import TAG as LEARNT

if TYPE_CHECKING:
    from huggingface_hub import HfApi, ModelInfo

LARGEST_FILE = 50 * 10**9
"""Bytes; the hub takes no larger file."""

_NEEDED = ("model.pt", "metadata.json", "README.md")
_OWN = ("profile.json", "checkpoint.pt")
"""What a server measured of the model, as every machine does anew; and what a training goes on from."""

_MADE_BY_THE_HUB = (".gitattributes",)
_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class PublishedFile:
    """One file to send: its name in the repository, where it lies, and its size in bytes."""

    name: str
    path: Path
    size: int


@dataclass(frozen=True)
class Publication:
    """What would be sent.

    Attributes:
        id: ``owner/name``.
        files: in the order of their names.
        message: of the commit.
        private: whether only its owner sees the repository.
        tag: a name for the commit, or ``""``.
        warnings: how the metadata deviate from the format, one sentence each.
    """

    id: str
    files: tuple[PublishedFile, ...]
    message: str
    private: bool = False
    tag: str = ""
    warnings: tuple[str, ...] = ()

    def text(self) -> str:
        """Say what would be sent, a file a line."""
        kind = "private" if self.private else "public if new"
        total = sum(file.size for file in self.files)
        lines = [f"{self.id} ({kind}), {len(self.files)} files, {bytes_in_words(total)}:"]
        lines += [f"  {file.name}  {file.size} bytes" for file in self.files]
        lines.append(f"commit: {self.message}")
        if self.tag:
            lines.append(f"tag: {self.tag}")
        return "\n".join(lines + [f"warning: {warning}" for warning in self.warnings])


@dataclass(frozen=True)
class Published:
    """What came of it: the commit, the model's page, and whether anything had to be sent."""

    commit: str
    url: str
    changed: bool


def prepare(folder: Path, model_id: str, *, private: bool = False, message: str = "", tag: str = "") -> Publication:
    """Look through a model's folder; nothing is sent and nobody is asked.

    Args:
        folder: as the export writes it, or a training; hidden files, ``profile.json`` and a checkpoint stay here.
        model_id: ``owner/name`` on the hub.
        private: whether only its owner shall see it.
        message: of the commit; empty: one with the model's name.
        tag: a name for the commit, such as ``v1.0``.

    Raises:
        ModelFormatError: a file is missing, or README.md has no licence or not the tag by which models are found.
        HubError: the id or the tag cannot be one, or a file is too large for the hub.
    """
    if not is_model_id(model_id):
        raise HubError(f"“{model_id[:80]}” cannot name a model of the hub; OWNER/NAME is expected.")
    if tag and not _TAG.fullmatch(tag):
        raise HubError(f"“{tag[:80]}” cannot be a tag; letters, digits, “.”, “_” and “-” are expected, as in v1.0.")
    if not folder.is_dir():
        raise ModelFormatError("There is no such folder; the folder of an exported model is expected.")
    learnt = os.path.lexists(folder / CHAIN) and not os.path.lexists(folder / "model.pt")
    needed, written = ((*NEEDED, "README.md"), "written by a training") if learnt else (_NEEDED, "exported")
    missing = [name for name in needed if not os.path.lexists(folder / name)]
    if missing:
        kind = "a result" if learnt else "a model"
        raise ModelFormatError(f"The folder lacks {' and '.join(missing)}; {kind} is {written} with all three.")
    metadata = read_any(folder)
    readme = (folder / "README.md").read_text(encoding="utf-8", errors="replace")
    _check_readme(readme, LEARNT if learnt else "audacity")
    files = tuple(_files(folder))
    for file in files:
        if file.size > LARGEST_FILE:
            size = bytes_in_words(file.size)
            raise HubError(f"{file.name} has {size}; the hub takes files of at most {bytes_in_words(LARGEST_FILE)}.")
    name = metadata.name or model_id.split("/")[1]
    return Publication(model_id, files, message or f"Publish {name}", private, tag, metadata.warnings)


def publish(publication: Publication, endpoint: str = "", *, update: bool = False) -> Published:
    """Send it: make the repository where there is none, then one commit.

    Args:
        publication: what :func:`prepare` found.
        endpoint: the hub's address; empty: that of ``HF_ENDPOINT``, else huggingface.co.
        update: whether a repository with other content gets a new commit.

    Raises:
        HubError: no token, no right to write, other content there, or the hub does not take it.
    """
    if offline():
        raise HubError("Nothing is published, since HF_HUB_OFFLINE is set.")
    from huggingface_hub import CommitOperationAdd, HfApi, get_token

    if not get_token():
        raise HubError(NO_TOKEN)
    api = HfApi(endpoint=HubClient(endpoint).endpoint)
    about = publication.id
    with explaining_writes(about, api.endpoint):
        before = _remote(api, about)
        if before is not None:
            different = _different(publication, before)
            if publication.private and not before.private:
                raise HubError(
                    f"{about} is there already, and public; make it private on its page, or leave --private."
                )
            if not different:
                _name_commit(api, publication, str(before.sha))
                return Published(str(before.sha), f"{api.endpoint}/{about}", changed=False)
            if not update and _has_content(before):
                raise HubError(
                    f"{about} is there already with other content ({', '.join(different[:4])}): "
                    "publish under another name, or make a new commit of it with --update."
                )
        else:
            api.create_repo(about, private=publication.private)
        operations = [CommitOperationAdd(file.name, str(file.path)) for file in publication.files]
        with _by_http():
            commit = api.create_commit(
                about,
                operations,
                commit_message=publication.message,
                # Whoever commits meanwhile must not be overwritten.
                parent_commit=before.sha if before is not None else None,
            )
        _name_commit(api, publication, commit.oid)
        return Published(commit.oid, f"{api.endpoint}/{about}", changed=True)


@contextmanager
def _by_http() -> Iterator[None]:
    """Let the client send large files by standard HTTP, which it does in a way that its own library deprecates."""
    from huggingface_hub import constants

    before, constants.HF_HUB_DISABLE_XET = constants.HF_HUB_DISABLE_XET, True
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Use 'content=", DeprecationWarning)
            yield
    finally:
        constants.HF_HUB_DISABLE_XET = before


def _files(folder: Path) -> list[PublishedFile]:
    """Return what is sent of a folder.

    Raises:
        ModelFormatError: a link leads elsewhere: what is sent must be what lies there.
    """
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if any(part.startswith(".") or part == "__pycache__" for part in name.parts) or name.as_posix() in _OWN:
            continue
        if path.is_symlink():
            raise ModelFormatError(f"{name.as_posix()} is a link; only plain files are published.")
        if path.is_file():
            found.append(PublishedFile(name.as_posix(), path, path.stat().st_size))
    return found


def _check_readme(text: str, tag: str) -> None:
    """Refuse a README.md whose header would hide the model, or leave everyone without a licence."""
    tags = read_header(text).get("tags", [])
    if tag not in [stated.lower() for stated in tags]:
        raise ModelFormatError(
            f"README.md lacks the tag “{tag}” in its header, by which the model is found; add “tags: [{tag}]”."
        )
    if not licence_of(text):
        raise ModelFormatError(
            "README.md states no licence in its header, so that nobody may use the model; add a line such as "
            "“license: mit”."
        )


def _remote(api: HfApi, model_id: str) -> ModelInfo | None:
    """Return the repository as it is on the hub; ``None`` where there is none, or none that this token may see."""
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    try:
        return api.model_info(model_id, files_metadata=True)
    except GatedRepoError:
        raise
    except RepositoryNotFoundError as error:
        if error.response.headers.get("X-Error-Message", "").startswith("Invalid credentials"):
            raise
        return None


def _has_content(before: ModelInfo) -> bool:
    return any(file.rfilename not in _MADE_BY_THE_HUB for file in before.siblings or [])


def _different(publication: Publication, before: ModelInfo) -> list[str]:
    """Return the names of the files that the hub does not have, or has otherwise."""
    there = {file.rfilename: file for file in before.siblings or []}
    different = []
    for file in publication.files:
        known = there.get(file.name)
        if known is None or known.size != file.size:
            different.append(file.name)
            continue
        with file.path.open("rb") as content:
            if known.lfs is not None:
                same = digest(content) == known.lfs.sha256
            else:
                same = digest(content, "sha1", b"blob %d\0" % file.size) == known.blob_id
        if not same:
            different.append(file.name)
    return different


def _name_commit(api: HfApi, publication: Publication, commit: str) -> None:
    """Give a commit its tag; one that has it already is as it should be."""
    if not publication.tag:
        return
    tags = {item.name: item.target_commit for item in api.list_repo_refs(publication.id).tags}
    if publication.tag not in tags:
        api.create_tag(publication.id, tag=publication.tag, revision=commit)
    elif tags[publication.tag] != commit:
        raise HubError(f"{publication.id} has a tag {publication.tag} already, at another commit; choose another name.")
