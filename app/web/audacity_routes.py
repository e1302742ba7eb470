"""The page's way to Audacity on the same machine: its selection out, a model's results in.

Only for who calls from this machine, which is where Audacity's window is, and never for another site's page.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from starlette.responses import Response
from starlette.types import Receive, Scope

from app.audacity.pipe import audacity
from app.audacity.placing import place_results
from app.audacity.taking import Taken, take_selection
from app.config import Settings
from app.endpoint import FileOutput, Outputs, TrackFile
from app.errors import AccessError, AudacityError, HarpistError, InputError, NotFoundError, RequestError
from app.harp.labels import LabelList, read_audacity_text
from app.output_names import on_one_line, plain
from app.web.bodies import read_object
from app.web.callers import caller_of, on_this_machine, refuse_foreign
from app.web.files import file_response
from app.web.json_answer import JsonAnswer
from app.web.problems import problem, wrong_method
from app.workers.files.run_folder import RunFolder, remove_tree

PREFIX = "/audacity/"

_HEADERS = {"Cache-Control": "no-store"}
_MOST_KEPT, _MOST_RESULTS = 32, 64
_LARGEST_LABELS = 8 * 1024 * 1024
_PATIENCE = 5.0


class AudacityRoutes:
    """Answers the paths under ``/audacity/``; to be closed.

    Args:
        settings: the server's.
        resolve: returns a file that a caller, named by its token, may have.
        pipe: the folder of Audacity's pipe, unless it is its own place.
    """

    def __init__(self, settings: Settings, resolve: Callable[[str, str], TrackFile], pipe: Path | None = None) -> None:
        self._home = settings.home
        self._pipe = pipe
        self._resolve = resolve
        self._folder: RunFolder | None = None
        self._taken: dict[str, tuple[Taken, str]] = {}
        self._turn = asyncio.Lock()

    def close(self) -> None:
        """Remove what was taken."""
        if self._folder is not None:
            self._folder.close()

    async def answer(self, path: str, scope: Scope, receive: Receive) -> Response:
        """Answer one request.

        Args:
            path: the part behind :data:`PREFIX`.
            scope: the request's.
            receive: its body.
        """
        method = scope["method"]
        reading, writing = method in ("GET", "HEAD"), method == "POST"
        try:
            refuse_foreign(scope)
            if path == "state":
                return await self._state(scope) if reading else wrong_method("GET, HEAD")
            if not on_this_machine(scope):
                raise AccessError("Audacity is reached from the machine on which it and this server run, only.")
            owner = caller_of(scope).token
            if path.startswith("sound/"):
                return self._sound(path.removeprefix("sound/"), owner) if reading else wrong_method("GET, HEAD")
            if path not in ("take", "put"):
                raise NotFoundError("There is no such address under /audacity/.")
            if not writing:
                return wrong_method("POST")
            order = await read_object(scope, receive)
            return await (self._take(owner) if path == "take" else self._put(order, owner))
        except HarpistError as error:
            return problem(error)

    async def _state(self, scope: Scope) -> Response:
        """Tell whether Audacity answers; it is not asked for who may not have it, nor while it is at work for us."""
        answers = on_this_machine(scope)
        if answers and not self._turn.locked():
            async with self._turn:
                answers = await asyncio.to_thread(_answers, self._pipe)
        return JsonAnswer({"answers": answers}, headers=_HEADERS)

    async def _take(self, owner: str) -> Response:
        async with self._turn:
            taken = await asyncio.to_thread(self._take_now)
        tracks = []
        for one in taken:
            key = secrets.token_urlsafe(24)
            self._taken[key] = (one, owner)
            tracks.append({"id": key, "name": one.track.name, "file": one.file.name})
        while len(self._taken) > max(_MOST_KEPT, len(taken)):
            oldest, _ = self._taken.pop(next(iter(self._taken)))
            await asyncio.to_thread(remove_tree, oldest.file.parent)
        return JsonAnswer({"tracks": tracks}, headers=_HEADERS)

    def _take_now(self) -> tuple[Taken, ...]:
        with audacity(self._pipe) as pipe:
            return take_selection(pipe, self._new_folder())

    def _new_folder(self) -> Path:
        try:
            if self._folder is None:
                self._folder = RunFolder(self._home, prefix=".audacity-")
            folder = self._folder.path / secrets.token_hex(8)
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise AudacityError(f"The server cannot write its folder: {error.strerror}.") from error
        return folder

    def _sound(self, key: str, owner: str) -> Response:
        taken = self._of(key, owner)
        if not taken.file.is_file():
            raise NotFoundError("This sound is not kept any more; take the selection again.")
        return file_response(taken.file, plain(taken.file.name))

    async def _put(self, order: Mapping[str, object], owner: str) -> Response:
        taken = self._of(order.get("id"), owner)
        listed = order.get("results")
        if not isinstance(listed, list) or not 0 < len(listed) <= _MOST_RESULTS:
            raise RequestError(f"Expected is “results”, a list of 1 to {_MOST_RESULTS} files.")
        outputs = await asyncio.to_thread(self._outputs, listed, owner)
        async with self._turn:
            notice = await asyncio.to_thread(self._put_now, taken, outputs)
        return JsonAnswer({"notice": notice}, headers=_HEADERS)

    def _put_now(self, taken: Taken, outputs: Outputs) -> str:
        with audacity(self._pipe) as pipe:
            return place_results(pipe, taken, outputs, self._new_folder())

    def _outputs(self, listed: Sequence[object], owner: str) -> Outputs:
        """Return results by the names of their files: sound by what it is called, label tracks as labels."""
        outputs: list[FileOutput | LabelList] = []
        for item in listed:
            path, label = (item.get("path"), item.get("label")) if isinstance(item, dict) else (None, None)
            if not isinstance(path, str) or not isinstance(label, str):
                raise RequestError("Each result is an object with the texts “path” and “label”.")
            file = self._resolve(path, owner).path
            if file.suffix.lower() != ".txt":
                outputs.append(FileOutput(file, on_one_line(label, 100)))
            elif file.stat().st_size > _LARGEST_LABELS:
                raise InputError("These labels are more than Audacity can show.")
            else:
                outputs.append(LabelList(read_audacity_text(file.read_text(encoding="utf-8", errors="replace"))))
        return outputs

    def _of(self, key: object, owner: str) -> Taken:
        taken, of = self._taken.get(key, (None, "")) if isinstance(key, str) else (None, "")
        if taken is None or of != owner:
            raise NotFoundError("This selection is not kept any more; take it from Audacity again.")
        return taken


def _answers(pipe: Path | None) -> bool:
    try:
        with audacity(pipe, _PATIENCE):
            return True
    except AudacityError:
        return False
