"""What tries a folder of something learnt, as those who install need it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from app.endpoint import EndpointSpec


class Learnt(Protocol):
    """Tries folders that hold a chain of effects and an encoder, and keeps their descriptions."""

    def tried(self, endpoint_id: str, folder: Path, kept: Path | None = None) -> EndpointSpec:
        """Try a folder, keep its description in a file, and return it.

        Raises:
            HarpistError: why it is not to be offered.
        """

    def kept(self, endpoint_id: str, folder: Path, kept: Path) -> EndpointSpec | None:
        """Return the description that is kept; ``None`` where none holds for this folder and this server."""
