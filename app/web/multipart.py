"""Multipart uploads, streamed to disk: memory does not grow with a file, and an aborted upload leaves nothing."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from app.errors import RequestError, StorageError, TooLargeError
from app.web.uploads import UploadStore

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_BLOCK = 1024 * 1024
_MOST_FILES = 64
_ESCAPES = {"%22": '"', "%0D": "_", "%0A": "_"}


async def receive_files(content_type: str, body: AsyncIterator[bytes], store: UploadStore) -> list[Path]:
    """Write every file of a multipart form to the store.

    Args:
        content_type: the request's, with its boundary.
        body: the request's body; raises ClientDisconnect when the client goes away.
        store: where the files go.

    Returns:
        The files' paths, in the form's order. Other fields of the form are passed over.

    Raises:
        RequestError: not a multipart form, a broken one, or one without a file.
        TooLargeError: a file is larger than the store takes.
    """
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise RequestError("An upload expects multipart/form-data with the file in the field “files”.")
    form = _Form(store)
    try:
        parser = MultipartParser(options[b"boundary"], form.callbacks())
        async for block in body:
            parser.write(block)
            if form.waiting >= _BLOCK:
                await form.flush()
        await form.flush()
        if not form.complete:
            raise RequestError("The upload ends in the middle of its multipart form.")
        if not form.paths:
            raise RequestError("The upload holds no file; it expects one in the field “files”.")
        for path in form.paths:
            store.complete(path)
    except BaseException as error:
        form.discard()
        if isinstance(error, FormParserError):
            raise RequestError("The upload is not a well-formed multipart form.") from None
        if isinstance(error, OSError):
            reason = ": its disk is full" if error.errno == errno.ENOSPC else ""
            raise StorageError(f"The server could not store the file{reason}.") from error
        raise
    return form.paths


class _Form:
    """Files of one multipart form, as its parser calls them out."""

    def __init__(self, store: UploadStore) -> None:
        self.paths: list[Path] = []
        self.complete = False
        self.waiting = 0
        self._store = store
        self._pending: list[tuple[Path, bytes]] = []
        self._field = b""
        self._value = b""
        self._name = ""
        self._current: Path | None = None
        self._size = 0

    def callbacks(self) -> MultipartCallbacks:
        """Return the functions that the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._name = ""
        self._current = None
        self._size = 0

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._field.lower() == b"content-disposition":
            self._name = file_name(self._value)
        self._field = self._value = b""

    def _headers_finished(self) -> None:
        if not self._name:
            return
        if len(self.paths) >= _MOST_FILES:
            raise TooLargeError(f"An upload takes at most {_MOST_FILES} files.")
        self._current = self._store.place(self._name)
        self.paths.append(self._current)
        self._pending.append((self._current, b""))

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._current is None:
            return
        self._size += end - start
        if self._size > self._store.largest:
            raise too_large(self._store)
        self._pending.append((self._current, data[start:end]))
        self.waiting += end - start

    def _end(self) -> None:
        self.complete = True

    async def flush(self) -> None:
        """Write what waits in memory."""
        pending, self._pending, self.waiting = self._pending, [], 0
        writing = asyncio.ensure_future(asyncio.to_thread(_append, pending))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            # The thread goes on: wait for it, or it would write after the clean-up.
            with contextlib.suppress(OSError):
                await writing
            raise

    def discard(self) -> None:
        """Remove every file of the form."""
        for path in self.paths:
            shutil.rmtree(path.parent, ignore_errors=True)


def too_large(store: UploadStore) -> TooLargeError:
    """Return the refusal of a file that is larger than the store takes."""
    return TooLargeError(f"The file is larger than this server takes: at most {store.largest // (1024 * 1024)} MiB.")


def _append(pending: list[tuple[Path, bytes]]) -> None:
    open_path: Path | None = None
    file: BinaryIO | None = None
    try:
        for path, data in pending:
            if path != open_path:
                if file is not None:
                    file.close()
                open_path, file = path, path.open("ab")
            if file is not None:
                file.write(data)
    finally:
        if file is not None:
            file.close()


_FILE_NAME = re.compile(rb';\s*filename="?(?P<name>.*)"?\s*$', re.IGNORECASE | re.DOTALL)


def file_name(disposition: bytes) -> str:
    r"""Return the file name of a part's ``Content-Disposition``, as its client wrote it; ``""`` for a plain field.

    Clients send UTF-8; browsers escape a quotation mark as ``%22``, HARP not at all.

    >>> file_name(b'form-data; name="files"; filename="M\xc3\xb6we 1.wav"')
    'Möwe 1.wav'
    >>> file_name(b'form-data; name="files"; filename="the "best" take.wav"')
    'the "best" take.wav'
    >>> file_name(b'form-data; name="note"')
    ''
    """
    found = _FILE_NAME.search(disposition)
    if found is None:
        return ""
    name = found["name"].rstrip()
    end = name.find(b'"; ')
    name = name[:end] if end >= 0 else name.removesuffix(b'"')
    text = name.decode("utf-8", errors="replace")
    for escaped, plain in _ESCAPES.items():
        text = text.replace(escaped, plain).replace(escaped.lower(), plain)
    return text or "file"
