"""The one door to the Hugging Face hub.

Everything goes through the session of ``huggingface_hub``: its connections, its token (``HF_TOKEN``, ``hf auth
login``), its address (``HF_ENDPOINT``), its offline mode and its errors. Its own download is not used: release 2.4
keeps nothing of a download whose process ends, verifies no checksum, waits as long as a busy hub asks it to, and cannot
be cancelled while it waits. Standard HTTP only; ``hf_xet`` is not needed.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from app.errors import HubError
from app.hub.explain import explaining, offline
from app.hub.failures import PassingError, Patience
from app.hub.received import Received
from app.hub.remote import WANTED, RemoteFile, RemoteModel, parse_model
from app.hub.transfer import Report, fetch

if TYPE_CHECKING:
    from httpx2 import Response

HUB = "https://huggingface.co"
_LARGEST_ANSWER = 64 * 1024 * 1024
_MOST_PAGES = 20
_NEVER = threading.Event()


@dataclass(frozen=True)
class RemoteText:
    """A small text file, and the ETag by which the hub knows this state of it."""

    data: bytes
    etag: str

    @property
    def text(self) -> str:
        """Its text, whatever the encoding."""
        return self.data.decode("utf-8-sig", errors="replace")


class HubClient:
    """Asks the hub; may be used by several threads at once, each call blocks its own.

    Args:
        endpoint: address of the hub; ``""`` for that of ``HF_ENDPOINT``, else huggingface.co.
        patience: how long the hub is waited for.

    Attributes:
        received: the bytes of files that have come.
    """

    def __init__(self, endpoint: str = "", patience: Patience | None = None) -> None:
        self.endpoint = (endpoint or os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")
        self._patience = patience or Patience()
        self.received = Received()

    def models(self, tag: str = "audacity", cancel: threading.Event = _NEVER) -> tuple[RemoteModel, ...]:
        """Return every model that carries a tag, without its files; a record that makes no sense is left out.

        Raises:
            HubError: the hub does not tell.
        """
        url = f"{self.endpoint}/api/models?filter={quote(tag)}&full=true&cardData=true&limit=500"
        found: dict[str, RemoteModel] = {}
        for _ in range(_MOST_PAGES):
            page, url = self._page(url, cancel)
            for record in page:
                try:
                    model = parse_model(record)
                except HubError:
                    continue
                found.setdefault(model.id, model)
            if not url:
                break
        return tuple(found.values())

    def model(
        self, model_id: str, revision: str = "", cancel: threading.Event = _NEVER, wanted: Sequence[str] = WANTED
    ) -> RemoteModel:
        """Return a model at a branch, tag or commit, with its ``wanted`` files, under the name that it has now.

        Raises:
            HubError: it is not there, not readable with this token, or the hub does not tell.
        """
        at = f"/revision/{quote(revision, safe='')}" if revision else ""
        url = f"{self.endpoint}/api/models/{model_id}{at}?blobs=true"
        about = f"{model_id} at {revision}" if revision else model_id
        return parse_model(self._json(url, about, cancel), wanted)

    def text(
        self,
        model_id: str,
        revision: str,
        name: str,
        limit: int,
        etag: str = "",
        cancel: threading.Event = _NEVER,
    ) -> RemoteText | None:
        """Return a small text file; ``None`` where it is still the one of ``etag``.

        Raises:
            HubError: it is larger than ``limit`` bytes, or cannot be had.
        """

        def ask() -> RemoteText | None:
            with self._open(url, f"{name} of {model_id}", {"If-None-Match": etag} if etag else {}) as response:
                if response.status_code == 304:
                    return None
                data = _body(response, limit, self._patience, f"{name} of {model_id}")
                return RemoteText(data, response.headers.get("ETag", ""))

        url = self._file_url(model_id, revision, name)
        return self._patience.apply(ask, cancel)

    def download(
        self, model: RemoteModel, file: RemoteFile, part: Path, report: Report, cancel: threading.Event = _NEVER
    ) -> None:
        """Bring one file to ``part``, going on with what lies there; it is verified when this returns.

        Raises:
            HubError: it cannot be had, or is not what the hub says it is.
            JobCancelledError: ``cancel`` was set.
        """
        url = self._file_url(model.id, model.commit, file.name)

        @contextmanager
        def open_at(offset: int) -> Iterator[tuple[int, Iterator[bytes]]]:
            asked = {"Range": f"bytes={offset}-"} if offset else {}
            about = f"{file.name} of {model.id}"
            with self._open(url, about, asked) as response:
                _compare(response, file)
                # As they come: blocks of a fixed size would lose what came before a connection broke.
                yield _start(response, offset, file), self.received.counted(response.iter_bytes())

        patience = replace(self._patience, tries=self._patience.file_tries)
        fetch(open_at, part, file, report, cancel, patience)

    def _file_url(self, model_id: str, revision: str, name: str) -> str:
        return f"{self.endpoint}/{model_id}/resolve/{quote(revision, safe='')}/{quote(name)}"

    def _json(self, url: str, about: str, cancel: threading.Event) -> object:
        def ask() -> object:
            with self._open(url, about, {}) as response:
                return _json_of(response, self._patience, about)

        return self._patience.apply(ask, cancel)

    def _page(self, url: str, cancel: threading.Event) -> tuple[list[object], str]:
        """Return one page of a list, and the address of the next, or ``""``."""

        def ask() -> tuple[object, str]:
            with self._open(url, "the list of models", {}) as response:
                following = str(response.links.get("next", {}).get("url") or "")
                return _json_of(response, self._patience, "the list of models"), following

        page, following = self._patience.apply(ask, cancel)
        if not isinstance(page, list):
            raise HubError("The hub's answer about the list of models makes no sense.")
        following = urljoin(url, following) if following else ""
        # The token goes along, so no other host is asked.
        return page, following if urlsplit(following)[:2] == urlsplit(self.endpoint)[:2] else ""

    @contextmanager
    def _open(self, url: str, about: str, headers: Mapping[str, str]) -> Iterator[Response]:
        """Ask once; the answer's body is still to be read.

        Raises:
            HubError: the hub refuses, or is out of reach.
        """
        if offline():
            # Said before the library is imported, which takes half a second.
            raise PassingError(
                f"The hub is not asked for {about}, since HF_HUB_OFFLINE is set.", after=float("inf"), everywhere=True
            )
        from huggingface_hub import get_session, get_token, hf_raise_for_status

        with explaining(about, self.endpoint):
            # An unpacked length is what the hub tells, and what a range counts.
            own = {"User-Agent": "harpist", "Accept-Encoding": "identity"}
            if token := get_token():
                own["Authorization"] = f"Bearer {token}"
            with get_session().stream(
                "GET", url, headers={**own, **headers}, timeout=self._patience.timeout
            ) as response:
                if response.status_code != 304:
                    hf_raise_for_status(response)
                yield response


def _body(response: Response, limit: int, patience: Patience, about: str) -> bytes:
    """Read an answer of at most ``limit`` bytes, within the deadline."""
    end = monotonic() + patience.deadline
    data = bytearray()
    for block in response.iter_bytes():
        data += block
        if len(data) > limit:
            raise HubError(f"The hub sends more than {limit // 1024} kB of {about}; that much is not read.")
        if monotonic() > end:
            raise PassingError(f"The hub takes longer than {patience.deadline:g} s to send {about}.")
    return bytes(data)


def _json_of(response: Response, patience: Patience, about: str) -> object:
    data = _body(response, _LARGEST_ANSWER, patience, about)
    try:
        value: object = json.loads(data)
    except (ValueError, RecursionError):
        raise HubError(f"The hub's answer about {about} makes no sense.") from None
    return value


def _compare(response: Response, file: RemoteFile) -> None:
    """Refuse a file of which the hub tells two sizes or checksums."""
    told = response.history[0].headers if response.history else response.headers
    size, etag = told.get("X-Linked-Size"), told.get("X-Linked-ETag", "").strip('W/"')
    if (size is not None and size != str(file.size)) or (etag and file.sha256 and etag != file.sha256):
        raise HubError(f"The hub tells two sizes or two checksums of {file.name}; it is not taken.")


def _start(response: Response, offset: int, file: RemoteFile) -> int:
    """Return from which byte on an answer comes."""
    if response.status_code != 206:
        return 0
    if not response.headers.get("Content-Range", "").startswith(f"bytes {offset}-"):
        raise HubError(f"The hub sends another part of {file.name} than it was asked for.")
    return offset
