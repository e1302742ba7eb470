"""Every model that can be installed: what carries the hub's tag, what is curated, and what is known to us.

What was known last is there at once, without a network; :meth:`Catalogue.refresh` asks the hub for what has changed. A
repository that makes no sense is an entry with one warning.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from app.audacitorch.lenient_json import read_object
from app.errors import HarpistError, HubError, JobCancelledError
from app.hub.catalogue_cache import Known, Snapshot, read_snapshot, write_snapshot
from app.hub.client import HubClient
from app.hub.entry import Entry
from app.hub.failures import PassingError
from app.hub.ids import is_model_id
from app.hub.remote import METADATA, MODEL, RemoteModel
from app.trained import CHAIN, NEEDED
from app.trained import TAG as LEARNT

TAGS = ("audacity", LEARNT)
CURATED = "hugggof/audacity-models"
CURATED_FILE = "models.json"
_LARGEST_LIST = 1024 * 1024
_LARGEST_METADATA = 256 * 1024
_MOST_MODELS = 2000
_AT_ONCE = 8


def known_models() -> tuple[str, ...]:
    """The ids of the models that are known without a network."""
    return tuple(json.loads(Path(__file__).with_name("known_models.json").read_text(encoding="utf-8")))


def _nothing() -> None:
    """Tell nobody."""


class Catalogue:
    """The models of one hub; may be used by several threads at once.

    Args:
        client: asks the hub.
        folder: where what is known is kept.
        changed: called, in the thread that refreshes, whenever :meth:`entries` has changed.
        known: ids that are listed whatever the hub says.
    """

    def __init__(
        self,
        client: HubClient,
        folder: Path,
        changed: Callable[[], None] = _nothing,
        known: Iterable[str] | None = None,
    ) -> None:
        self._client = client
        self._path = folder / "catalogue.json"
        self._changed = changed
        self._always = tuple(known_models() if known is None else known)
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._entries: dict[str, tuple[Known, Entry]] = {}
        self.generation = 0
        self.notice = ""

    def entries(self) -> tuple[Entry, ...]:
        """What is known now, by id; the first call reads it from the disk, none asks the hub."""
        with self._lock:
            known = {model_id: Known(model_id) for model_id in self._always} | dict(self._read().models)
            described = []
            for model_id in sorted(known, key=str.lower):
                before = self._entries.get(model_id)
                if before is None or before[0] is not known[model_id]:
                    before = self._entries[model_id] = (known[model_id], known[model_id].entry())
                described.append(before[1])
            return tuple(described)

    @property
    def refreshing(self) -> bool:
        """Whether the hub is being asked just now."""
        return self._refreshing.locked()

    def refresh_soon(self, cancel: threading.Event | None = None) -> threading.Thread | None:
        """Refresh in a thread of its own, unless that is under way; return the thread."""
        if self.refreshing:
            return None
        thread = threading.Thread(target=self.refresh, args=(cancel,), name="hub-catalogue", daemon=True)
        thread.start()
        return thread

    def refresh(self, cancel: threading.Event | None = None) -> None:
        """Ask the hub for what has changed; blocks until all is here. Nothing happens while another one runs.

        Never fails: what cannot be had now stays as it was, and :attr:`notice` says why.
        """
        if not self._refreshing.acquire(blocking=False):
            return
        cancel = cancel or threading.Event()
        try:
            self._refresh(cancel)
            self.notice = ""
        except JobCancelledError:
            pass
        except HarpistError as error:
            self.notice = error.message
        finally:
            self._refreshing.release()
            self._tell()

    def _refresh(self, cancel: threading.Event) -> None:
        with self._lock:
            before = self._read()
        listed = {model.id: model for tag in TAGS for model in self._client.models(tag, cancel)}
        curated, etag = self._ask_curated(before, cancel)
        wanted = list(dict.fromkeys([*self._always, *curated, *listed]))[:_MOST_MODELS]
        found = {model_id: before.models.get(model_id, Known(model_id)) for model_id in wanted}
        self._keep(Snapshot(found, curated, etag))
        trouble: PassingError | None = None
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="hub-catalogue") as pool:
            asked = {pool.submit(self._look, found[i], listed.get(i), cancel): i for i in wanted}
            for future in as_completed(asked):
                if future.cancelled():
                    continue
                try:
                    found[asked[future]] = future.result()
                except (PassingError, JobCancelledError) as error:
                    # It would befall the others, too.
                    for other in asked:
                        other.cancel()
                    trouble = trouble or (error if isinstance(error, PassingError) else None)
                    continue
                self._keep(Snapshot(found, curated, etag))
        with suppress(OSError):
            write_snapshot(self._path, self._client.endpoint, Snapshot(found, curated, etag))
        if trouble is not None:
            raise trouble

    def _look(self, before: Known, listed: RemoteModel | None, cancel: threading.Event) -> Known:
        """Return what the hub tells of one model, asking for no more than has changed.

        Raises:
            PassingError: what would befall every other request, too.
        """
        try:
            model = listed or self._client.model(before.id, cancel=cancel)
            if before.model is not None and before.model.commit == model.commit and not before.problem:
                return replace(before, model=replace(model, files=()))
            if not model.files:
                facts = self._client.model(before.id, model.commit, cancel)
                model = replace(model, files=facts.files, licence=model.licence or facts.licence)
        except HubError as error:
            return self._without(before, listed, error)
        known = replace(before, model=replace(model, files=()), size=model.size, problem="")
        learnt = all(model.file(name) for name in NEEDED)
        text = CHAIN if learnt else METADATA
        for name in (MODEL, METADATA):
            if model.file(name) is None and not learnt:
                return replace(known, text="", etag="", problem=f"There is no {name} in this repository.")
        try:
            answer = self._client.text(before.id, model.commit, text, _LARGEST_METADATA, before.etag, cancel)
        except HubError as error:
            return self._without(before, model, error)
        if answer is None:
            return known
        file = model.file(text)
        if file is None or not file.is_content(answer.data):
            return replace(known, text="", etag="", problem=f"{text} arrived with a wrong checksum.")
        return replace(known, text=answer.text, etag=answer.etag)

    def _without(self, before: Known, model: RemoteModel | None, error: HubError) -> Known:
        """Return what is left to tell of a model about which the hub says nothing."""
        passing = isinstance(error, PassingError)
        if isinstance(error, PassingError) and error.everywhere:
            raise error
        if passing and before.text:
            return before
        model = replace(model, files=()) if model else before.model
        return replace(before, model=model, text="", etag="", problem=error.message)

    def _ask_curated(self, before: Snapshot, cancel: threading.Event) -> tuple[tuple[str, ...], str]:
        """Return the curated ids, and the ETag of their list; those of last time where it cannot be had."""
        try:
            answer = self._client.text(CURATED, "main", CURATED_FILE, _LARGEST_LIST, before.etag, cancel)
            if answer is not None:
                # An array, read with the leniency that there is for an object; it had a trailing comma once.
                ids = read_object(f'{{"models": {answer.text}}}')[0]["models"]
                if isinstance(ids, list):
                    return tuple(model_id for model_id in ids if is_model_id(model_id)), answer.etag
        except PassingError as error:
            if error.everywhere:
                raise
        except HarpistError as error:
            if isinstance(error, JobCancelledError):
                raise
        return before.curated, before.etag

    def _read(self) -> Snapshot:
        if self._snapshot is None:
            self._snapshot = read_snapshot(self._path, self._client.endpoint)
        return self._snapshot

    def _keep(self, snapshot: Snapshot) -> None:
        with self._lock:
            before: Mapping[str, Known] = self._read().models
            changed = before != snapshot.models
            self._snapshot = replace(snapshot, models=dict(snapshot.models))
        if changed:
            self._tell()

    def _tell(self) -> None:
        self.generation += 1
        self._changed()
