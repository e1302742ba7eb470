"""What lies in the folder of installed models."""

from __future__ import annotations

from app.hub.installed import Installed


def content(installed: Installed, model_id: str = "owner/name") -> bytes:
    return (installed.files(installed.get(model_id)) / "model.pt").read_bytes()


def left(installed: Installed) -> list[str]:
    """Every file in the hub's folder but the locks."""
    paths = (path.relative_to(installed.folder) for path in installed.folder.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in paths if path.parts[0] != ".locks")
