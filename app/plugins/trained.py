"""Folders of something learnt as endpoints: each is tried in the sandbox before it is offered, and run there only."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import replace
from functools import cache
from pathlib import Path

from app.endpoint import EndpointSpec
from app.errors import HarpistError, SettingsError
from app.lv2_folders import lv2_folders, lv2_places
from app.plugins.asking import ask
from app.plugins.kept import keep
from app.plugins.own import stamp_of
from app.plugins.places import place_of
from app.plugins.spec_json import spec_from_json, spec_to_json
from app.trained import CHAIN, NEEDED, effects_of
from app.vst3_folders import VST3, installed_vst3

_GIVEN = "endpoints.deepafx.given_folder"
FACTORY, TRIAL = f"{_GIVEN}:GivenFolder", f"{_GIVEN}:tried"
"""What a worker builds of a folder; and what does the same once a second of sound went through it."""

_LV2 = "lv2:"


class TrainedFolders:
    """Tries folders, and keeps what came of it.

    Args:
        seconds: how long a trial may take.
        refused: why this machine may not run any; empty: it may.
    """

    def __init__(self, seconds: float, refused: str = "") -> None:
        self._seconds, self._refused = seconds, refused

    def tried(self, endpoint_id: str, folder: Path, kept: Path | None = None, *, own: bool = False) -> EndpointSpec:
        """Try a folder in a process of its own, and return its description.

        Args:
            endpoint_id: ``owner/name``.
            folder: with the chain and the encoder.
            kept: the file in which the description is kept.
            own: it is the operator's, so that it may name plugins by their full paths.

        Raises:
            HarpistError: why it cannot be had.
        """
        if self._refused:
            raise SettingsError(self._refused)
        arguments, reads = _arguments(endpoint_id, folder), _reads(folder, own=own)
        spec = replace(ask(endpoint_id, TRIAL, reads, self._seconds, arguments), factory=FACTORY)
        if kept is not None:
            keep(kept, {"stamp": _stamp(folder), "endpoint": spec_to_json(spec)})
        return spec

    def kept(self, endpoint_id: str, folder: Path, kept: Path) -> EndpointSpec | None:
        """Return the description that a trial kept; ``None`` where none holds for this folder and this server."""
        try:
            content = json.loads(kept.read_text(encoding="utf-8"))
            if content["stamp"] != _stamp(folder):
                return None
            spec = spec_from_json(endpoint_id, FACTORY, {**content["endpoint"], "reads": []})
            return replace(spec, reads=_reads(folder), arguments=_arguments(endpoint_id, folder))
        except (OSError, ValueError, TypeError, KeyError, RecursionError, HarpistError):
            return None


def _arguments(endpoint_id: str, folder: Path) -> dict[str, str]:
    owner = endpoint_id.partition("/")[0]
    return {"folder": str(folder), "owner": owner, "lv2": json.dumps(lv2_folders())}


def _reads(folder: Path, *, own: bool = False) -> tuple[str, ...]:
    """Return what its worker reads: the folder's files, and where the plugins lie that it names.

    Raises:
        ModelFormatError: the chain has no plain meaning.
        HarpistError: a stranger's chain names a file of this machine.
    """
    found, effects = [str(folder / name) for name in NEEDED], effects_of(folder)
    if any(uri.startswith(_LV2) for uri in effects):
        found += lv2_places()
    for uri in effects:
        if uri.lower().endswith(VST3) and not uri.startswith(_LV2):
            if Path(uri).name != uri and not own:
                raise SettingsError(
                    "It names a plugin by a path, which only a folder of your own may; by NAME.vst3 it is looked for "
                    "in this machine's folders of plugins."
                )
            # One that is not there is told by the trial.
            with contextlib.suppress(HarpistError):
                found.append(str(place_of(str(installed_vst3(uri) or uri))))
    return tuple(dict.fromkeys(found))


def _stamp(folder: Path) -> str:
    content = (folder / CHAIN).read_bytes()
    return hashlib.sha256(_own_stamp().encode() + content).hexdigest()


# Every start, and every look at what is installed, asks for it once a folder.
@cache
def _own_stamp() -> str:
    return stamp_of({TRIAL: FACTORY})
