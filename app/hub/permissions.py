"""Which repositories a server may install from."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from app.errors import AccessError


@dataclass(frozen=True)
class Permissions:
    """Patterns such as ``OWNER/*``, in which case does not matter, as it does not on the hub.

    Attributes:
        allow: what may be installed; everything where there is no pattern.
        deny: what may not, even if it is allowed.
    """

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()

    def permits(self, model_id: str) -> bool:
        """Whether a model may be installed.

        >>> Permissions(allow=("hugggof/*",), deny=("*/demucs*",)).permits("hugggof/ConvTasNet")
        True
        """
        return not _matches(model_id, self.deny) and (not self.allow or _matches(model_id, self.allow))

    def check(self, model_id: str) -> None:
        """Do nothing for a model that may be installed.

        Raises:
            AccessError: it may not.
        """
        if not self.permits(model_id):
            raise AccessError(f"{model_id} may not be installed on this server; its operator decides which models may.")


def _matches(model_id: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(model_id.lower(), pattern.lower()) for pattern in patterns)
