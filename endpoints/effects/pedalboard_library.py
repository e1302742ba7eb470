"""pedalboard, which hosts VST3 plugins and has effects of its own: an extra, under the GPLv3, never loaded unasked."""

from __future__ import annotations

import importlib
from typing import Any

from app.errors import ModelRunError
from endpoints.effects import floating_point

MISSING = (
    "VST3 plugins and pedalboard's own effects are run by pedalboard (licence GPLv3), which is missing here; install "
    "it with: python -m pip install -r requirements-pedalboard.txt."
)


def open_pedalboard() -> Any:
    """Return the library, which states no types.

    Raises:
        ModelRunError: it is missing.
    """
    try:
        with floating_point.as_it_was():
            return importlib.import_module("pedalboard")
    except ImportError:
        raise ModelRunError(MISSING) from None
