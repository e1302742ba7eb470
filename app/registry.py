"""Id → endpoint: what the server offers, described when first asked for and never imported."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from app.audacitorch.describe import describe
from app.audacitorch.profile import ModelProfile, model_digest, read_profile
from app.endpoint import EndpointSpec
from app.endpoint_ids import check_id
from app.errors import HarpistError, NotFoundError, StartingError
from app.harp.controls import AudioTrack
from app.shelf import Shelf, shelf_sentence

_Stamp = tuple[tuple[int, ...], ...]


@dataclass
class _Model:
    """A folder that holds an audacitorch model, and its description once someone asked for it."""

    folder: Path
    profile: Path | None
    trusted: bool = False
    patient: bool = False
    licence: str = ""
    too_loud: str = "float"
    revision: str = ""
    stamp: _Stamp = ()
    spec: EndpointSpec | None = field(default=None, repr=False)

    def describe(self, endpoint_id: str) -> EndpointSpec:
        """Return the description, made anew when a file that it is made from has changed."""
        stamp = self._stamp()
        if self.spec is None or stamp != self.stamp:
            profile = None if self.profile is None else read_profile(self.profile, self.folder)
            told = {"licence": self.licence, "too_loud": self.too_loud}
            spec = describe(endpoint_id, self.folder, profile, profile_path=self.profile, **told)
            # What ships with this project draws no lots, its labelers neither.
            repeatable = spec.repeatable or self.trusted
            self.spec = replace(spec, trusted=self.trusted, repeatable=repeatable, revision=self._revision(profile))
            self.stamp = stamp
        return self.spec

    def _revision(self, profile: ModelProfile | None) -> str:
        """Return which one of the model it is: its commit, else its digest, which whoever tried it has taken."""
        digest = model_digest(self.profile) if profile is not None and self.profile is not None else ""
        return self.revision or (f"sha256:{digest}" if digest else "")

    def _stamp(self) -> _Stamp:
        return tuple(_changed(path) for path in self._sources)

    @cached_property
    def _sources(self) -> tuple[str, ...]:
        sources = (self.folder / name for name in ("model.pt", "metadata.json", "README.md"))
        return tuple(str(path) for path in (*sources, self.profile) if path)


def _changed(path: str) -> tuple[int, ...]:
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return ()
    # A copy that keeps its times has another number, or was changed later than it says.
    return (status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)


class Registry:
    """Every endpoint of the server, in display order.

    Args:
        root: id of the endpoint that answers at the server's own address; empty: the first one that returns audio.
        too_loud: the setting of that name, which models' cards tell.

    Attributes:
        shelf: endpoints that are known, and not offered since this machine cannot run them yet.
    """

    def __init__(self, root: str = "", *, too_loud: str = "float") -> None:
        self._root = root
        self._too_loud = too_loud
        self._describe: dict[str, Callable[[], EndpointSpec]] = {}
        self._models: dict[str, _Model] = {}
        self._places: dict[str, Path] = {}
        self._held: dict[str, Callable[[], str]] = {}
        self._trusted: set[str] = set()
        self.shelf = Shelf()

    def add(self, spec: EndpointSpec, folder: Path | None = None) -> None:
        """Add an endpoint that is described already, in place of one of the same id.

        One that cannot run here yet waits on the shelf.

        Args:
            spec: the endpoint.
            folder: where what it is made of lies.

        Raises:
            SettingsError: its id names no endpoint.
        """
        check_id(spec.id)
        if self.shelf.take_in(spec):
            self._withdraw(spec.id)
            return
        self._describe[spec.id] = lambda: spec
        self._models.pop(spec.id, None)
        self._places.pop(spec.id, None)
        if folder is not None:
            self._places[spec.id] = folder
        (self._trusted.add if spec.trusted else self._trusted.discard)(spec.id)

    def add_folder(
        self,
        endpoint_id: str,
        folder: Path,
        profile: Path | None = None,
        *,
        trusted: bool = False,
        patient: bool = False,
        licence: str = "",
        revision: str = "",
    ) -> None:
        """Add the audacitorch model in ``folder`` (model.pt, metadata.json), in place of one of the same id.

        Args:
            endpoint_id: ``owner/name``.
            folder: where the model lies; it is read when the endpoint is first asked for.
            profile: the file with what was measured of the model, which need not exist yet.
            trusted: it ships with this project, see :class:`app.endpoint.EndpointSpec`.
            patient: it was tried before, perhaps on another machine, so that it may be offered until it is tried again.
            licence: what the hub states, where the model's files state none.
            revision: the hub's commit.

        Raises:
            SettingsError: the id names no endpoint.
        """
        model = _Model(folder, profile, trusted, patient, licence, self._too_loud, revision)
        self._describe[check_id(endpoint_id)] = lambda: model.describe(endpoint_id)
        self._models[endpoint_id] = model
        self._places.pop(endpoint_id, None)
        (self._trusted.add if trusted else self._trusted.discard)(endpoint_id)

    def remove(self, endpoint_id: str) -> None:
        """Forget an endpoint; nothing happens where there is none of that id."""
        self.shelf.forget(endpoint_id)
        self._withdraw(endpoint_id)

    def _withdraw(self, endpoint_id: str) -> None:
        self._describe.pop(endpoint_id, None)
        self._models.pop(endpoint_id, None)
        self._places.pop(endpoint_id, None)
        self._held.pop(endpoint_id, None)
        self._trusted.discard(endpoint_id)

    def hold(self, endpoint_id: str, why: Callable[[], str]) -> None:
        """Keep an endpoint from being described until :meth:`release`; ``why`` returns the sentence for who asks."""
        self._held[endpoint_id] = why

    def release(self, endpoint_id: str) -> None:
        """Offer an endpoint that was held; nothing happens to any other."""
        self._held.pop(endpoint_id, None)

    def held(self) -> tuple[str, ...]:
        """The ids of the endpoints that are held."""
        return tuple(self._held)

    def tested(self) -> tuple[str, ...]:
        """The ids of the endpoints whose models are tried before they are offered."""
        return tuple(name for name, model in self._models.items() if model.profile is not None and not model.patient)

    def profiles(self) -> tuple[tuple[Path, Path], ...]:
        """Return ``(folder, profile file)`` of every model that has such a file, which need not exist."""
        return tuple((model.folder, model.profile) for model in self._models.values() if model.profile is not None)

    def models(self) -> tuple[tuple[str, Path, Path], ...]:
        """Return ``(id, folder, profile file)`` of every audacitorch model that has such a file, in display order."""
        return tuple((name, one.folder, one.profile) for name, one in self._models.items() if one.profile is not None)

    def folder(self, endpoint_id: str) -> Path | None:
        """Return where an endpoint's model lies; ``None`` where there is no such endpoint, or no folder behind it."""
        model = self._models.get(endpoint_id)
        return self._places.get(endpoint_id) if model is None else model.folder

    def is_trusted(self, endpoint_id: str) -> bool:
        """Whether an endpoint ships with this project."""
        return endpoint_id in self._trusted

    def untried(self, *, patient: bool = True) -> tuple[tuple[str, Path, Path], ...]:
        """Return ``(id, folder, profile file)`` of every model of which nothing holds that was measured.

        Args:
            patient: those that may be offered meanwhile, too.
        """
        return tuple(
            (endpoint_id, model.folder, model.profile)
            for endpoint_id, model in self._models.items()
            if (patient or not model.patient)
            and model.profile is not None
            and read_profile(model.profile, model.folder) is None
        )

    def ids(self) -> tuple[str, ...]:
        """Every endpoint's id, in display order."""
        return tuple(self._describe)

    def get(self, endpoint_id: str) -> EndpointSpec:
        """Return the description of one endpoint.

        Raises:
            NotFoundError: there is none of that id, or it lacks something.
            StartingError: it is held.
            ModelFormatError: its metadata has no plain meaning.
        """
        try:
            describe_it = self._describe[endpoint_id]
        except KeyError:
            if waiting := self.shelf.find(endpoint_id):
                raise NotFoundError(shelf_sentence(waiting)) from None
            shown = " ".join(endpoint_id.split())[:80]
            raise NotFoundError(f"There is no model “{shown}” on this server.") from None
        if endpoint_id in self._held:
            raise StartingError(self._held[endpoint_id]())
        return describe_it()

    def root(self) -> str:
        """Return the id of the endpoint that answers at the server's own address.

        Raises:
            NotFoundError: the server has no endpoint, or not the one that was named.
            StartingError: it may be one that is held.
        """
        if self._root:
            if self._root not in self._describe:
                raise NotFoundError(f"There is no model “{self._root}” on this server to answer at its own address.")
            return self._root
        for endpoint_id in self._describe:
            try:
                outputs = self.get(endpoint_id).outputs
            except StartingError:
                raise
            except HarpistError:
                continue
            if any(isinstance(output, AudioTrack) for output in outputs):
                return endpoint_id
        if self._describe:
            return next(iter(self._describe))
        raise NotFoundError("This server has no models.")

    def is_root(self, endpoint_id: str) -> bool:
        """Whether an endpoint answers at the server's own address."""
        with contextlib.suppress(NotFoundError, StartingError):
            return self.root() == endpoint_id
        return False
