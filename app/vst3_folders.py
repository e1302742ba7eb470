"""Where VST3 plugins lie on a machine, as Steinberg's documentation names the folders of each system."""

from __future__ import annotations

import sys
from pathlib import Path

VST3 = ".vst3"


def vst3_folders() -> tuple[Path, ...]:
    """Return them, whether they are there or not."""
    if sys.platform == "darwin":
        return Path.home() / "Library/Audio/Plug-Ins/VST3", Path("/Library/Audio/Plug-Ins/VST3")
    if sys.platform == "win32":
        return (Path("C:/Program Files/Common Files/VST3"),)
    return Path.home() / ".vst3", Path("/usr/lib/vst3"), Path("/usr/local/lib/vst3")


def installed_vst3(name: str) -> Path | None:
    """Return where a plugin of this file name lies; ``None`` where there is none, or the name is a path."""
    if Path(name).name != name:
        return None
    return next((folder / name for folder in vst3_folders() if (folder / name).exists()), None)
