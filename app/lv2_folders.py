"""Where LV2 plugins lie on a machine (lv2plug.in: bundles in the folders of ``LV2_PATH``)."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

PATH = "LV2_PATH"


def lv2_folders(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the folders of ``LV2_PATH``, else the usual ones: those that are there, by full paths, links followed."""
    given = [text for text in environment.get(PATH, "").split(os.pathsep) if text]
    usual = ["~/.lv2", "/usr/local/lib/lv2", "/usr/lib/lv2", "/usr/lib64/lv2"]
    if sys.platform == "darwin":
        usual = ["~/Library/Audio/Plug-Ins/LV2", "/Library/Audio/Plug-Ins/LV2", "~/.lv2", "/opt/homebrew/lib/lv2"]
        usual.append("/usr/local/lib/lv2")
    found = []
    for text in given or usual:
        try:
            place = Path(text).expanduser().resolve()
            if place.is_dir():
                found.append(str(place))
        except (OSError, RuntimeError, ValueError):
            continue  # a folder that is closed, links in a circle
    return tuple(dict.fromkeys(found))


def bundles_elsewhere(folders: Sequence[str]) -> tuple[str, ...]:
    """Return where bundles lie that are in a folder by a link only; the sandbox follows none."""
    found = []
    for folder in folders:
        try:
            links = [entry for entry in Path(folder).iterdir() if entry.is_symlink()]
            found += [str(link.resolve()) for link in links if link.is_dir()]
        except (OSError, RuntimeError):
            continue
    return tuple(dict.fromkeys(path for path in found if len(Path(path).parts) > 2))


def lv2_places() -> tuple[str, ...]:
    """Return all that a worker has to read to find what `lv2_folders` hold."""
    folders = lv2_folders()
    return tuple(dict.fromkeys((*folders, *bundles_elsewhere(folders))))


def look_for_lv2(folders: str) -> None:
    """Let this process find LV2 plugins in a JSON list of folders; empty: in those of this machine.

    A worker's environment has no such variable: the server tells it.
    """
    if folders:
        # Nothing in it would mean the usual folders.
        os.environ[PATH] = os.pathsep.join(json.loads(folders)) or os.devnull
