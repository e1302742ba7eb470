"""The licences that this server's owner accepted, remembered so that each is asked for once."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path

from app.errors import HubError
from app.weights import HubWeights


class AcceptedLicences:
    """The file of what was accepted: a licence by repository, each with its date."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def asked(self, weights: Sequence[HubWeights]) -> tuple[HubWeights, ...]:
        """Return the weights whose licence must be accepted first: non-commercial ones that nobody accepted yet."""
        known = self._read()
        return tuple(item for item in weights if item.non_commercial and known.get(item.repo, "") != item.licence)

    def accept(self, weights: Sequence[HubWeights]) -> None:
        """Remember that the licences of weights are accepted.

        Raises:
            HubError: it cannot be written down.
        """
        asked = self.asked(weights)
        if not asked:
            return
        today = datetime.now(timezone.utc).strftime("%Y-%m-%d")
        record = {**self._records(), **{item.repo: {"licence": item.licence, "accepted": today} for item in asked}}
        unfinished = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(json.dumps(record, indent=1), encoding="utf-8")
            unfinished.replace(self._path)
        except OSError as error:
            raise HubError(f"That the licence is accepted cannot be written down: {error.strerror}.") from error

    def _read(self) -> dict[str, str]:
        return {repo: str(item.get("licence", "")) for repo, item in self._records().items()}

    def _records(self) -> dict[str, dict[str, object]]:
        with suppress(OSError, ValueError):
            record = json.loads(self._path.read_text(encoding="utf-8"))
            if isinstance(record, dict):
                return {str(repo): item for repo, item in record.items() if isinstance(item, dict)}
        return {}
