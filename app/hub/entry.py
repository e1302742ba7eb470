"""One model as the catalogue shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.audacitorch.metadata import LABELS, WAVEFORM, ModelMetadata
from app.errors import HarpistError
from app.hub.installed import Installed
from app.hub.record import InstalledModel
from app.hub.remote import RemoteModel
from app.trained import parse_any, read_any

EFFECT = "Effect"
ANALYZER = "Analyzer"
_KINDS = {WAVEFORM: EFFECT, LABELS: ANALYZER, "": ""}
NO_LICENCE = "No licence is stated."


@dataclass(frozen=True)
class Entry:
    """What is told of a model before it is installed; what is not known is empty or 0.

    Attributes:
        id: ``owner/name``.
        commit: the newest one on the hub.
        kind: :data:`EFFECT`, :data:`ANALYZER` or ``""``.
        sample_rate: in Hz.
        size: what installing it takes, in bytes.
        changed: the date of the last change, ``YYYY-MM-DD``.
        warnings: what deviates from the format, or why little is known; one sentence each.
        installed: the commit that is on this machine, or ``""``.
    """

    id: str
    commit: str = ""
    kind: str = ""
    name: str = ""
    domains: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    short_description: str = ""
    long_description: str = ""
    sample_rate: int = 0
    labels: tuple[str, ...] = ()
    size: int = 0
    likes: int = 0
    downloads: int = 0
    licence: str = ""
    changed: str = ""
    gated: bool = False
    private: bool = False
    warnings: tuple[str, ...] = ()
    installed: str = ""

    @property
    def has_update(self) -> bool:
        """Whether the hub has another commit than the installed one."""
        return bool(self.installed and self.commit) and self.installed != self.commit


def remote_entry(model_id: str, model: RemoteModel | None, size: int, text: str, problem: str) -> Entry:
    """Describe a model of the hub by what is known of it.

    Args:
        model_id: ``owner/name``.
        model: what the hub tells of it; ``None`` while nothing is known.
        size: in bytes.
        text: its metadata.json, or ``""``.
        problem: why something is not known, or ``""``.
    """
    entry = Entry(id=model_id, name=model_id.split("/")[1])
    if model is not None:
        entry = replace(with_hub_facts(entry, model), size=size, licence=model.licence)
    if text:
        try:
            entry = described(entry, parse_any(text))
        except HarpistError as error:
            problem = problem or error.message
    return replace(entry, warnings=(problem,)) if problem else entry


def with_hub_facts(entry: Entry, known: RemoteModel | Entry) -> Entry:
    """Return an entry with what only the hub tells of a model, from its own answer or from an entry made of it."""
    return replace(
        entry,
        commit=known.commit,
        likes=known.likes,
        downloads=known.downloads,
        changed=known.changed,
        gated=known.gated,
        private=known.private,
    )


def join_installed(entries: Iterable[Entry], installed: Installed) -> tuple[Entry, ...]:
    """Mark what is installed, and add what is installed and not among the entries."""
    there = {model.id: model for model in installed.all()}
    marked = tuple(
        replace(entry, installed=there[entry.id].commit) if entry.id in there else entry for entry in entries
    )
    listed = {entry.id for entry in marked}
    return marked + tuple(_local(model, installed) for model in there.values() if model.id not in listed)


def _local(model: InstalledModel, installed: Installed) -> Entry:
    entry = Entry(
        id=model.id,
        name=model.id.split("/")[1],
        size=model.size,
        licence=model.licence,
        installed=model.commit,
    )
    try:
        return described(entry, read_any(installed.files(model)))
    except HarpistError as error:
        return replace(entry, warnings=(error.message,))


def described(entry: Entry, metadata: ModelMetadata) -> Entry:
    """Return an entry with what a model's metadata tells of it."""
    licence = entry.licence or metadata.licence
    return replace(
        entry,
        kind=_KINDS[metadata.effect_type],
        name=metadata.name or entry.name,
        domains=metadata.domains,
        tags=metadata.tags,
        short_description=metadata.short_description,
        long_description=metadata.long_description,
        sample_rate=metadata.sample_rate,
        labels=metadata.labels,
        licence=licence,
        warnings=(*metadata.warnings, *(() if licence else (NO_LICENCE,))),
    )
