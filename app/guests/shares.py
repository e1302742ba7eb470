"""What callers ask of Gradio apps beside the server, counted without reading it.

An app has a queue of its own, and says of no call how long it is or when it has ended: so a call counts as a job where
jobs are counted by their number in a time, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from app.errors import LimitError
from app.jobs.job import Caller
from app.jobs.limits import Demand, Limits

_COUNTS = re.compile(r"gradio_api/(call/(v2/)?(?!controls/?$|cancel/?$)[^/]+/?|queue/join/?|(run|api)/.+)")
"""What makes an app compute: HARP's process call, each call of its page, and of programs."""

Watch = Callable[[str, str], None]
"""Takes the app's id, and whether a call was ``taken`` or ``refused``."""


class GuestShares:
    """Counts calls to apps.

    Args:
        limits: of all callers.

    Attributes:
        watchers: told of each call.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.watchers: list[Watch] = []

    def refusal(self, endpoint_id: str, method: str, rest: str, caller: Caller) -> LimitError | None:
        """Count a request where it makes an app compute; return why it may not, ``None`` where it may.

        Args:
            endpoint_id: the app's.
            method: of the request.
            rest: its path, under the app's address.
            caller: who asks.

        Raises:
            SettingsError: the file of keys cannot be read.
        """
        if method != "POST" or _COUNTS.fullmatch(rest) is None:
            return None
        refused = None
        try:
            self._limits.admit(Demand(caller.account))
        except LimitError as error:
            refused = error
        for watch in self.watchers:
            watch(endpoint_id, "taken" if refused is None else "refused")
        return refused
