"""What torch says when a model fails, turned into one clean sentence: no traceback, no path. Standard library only."""

from __future__ import annotations

import os
import re
import sys

from app.errors import ModelRunError

LONGEST_REASON = 140

_RAISED = re.compile(
    r"^(?:[A-Za-z_]\w*\.)*(?:[A-Z]\w*(?:Error|Exception)|Error): *(?P<reason>.*)$", re.MULTILINE | re.ASCII
)
_CLASS = re.compile(r"^(?:(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception): *)+")
_PATH = re.compile(r"(?:\b[A-Za-z]:[\\/]|(?<![\w.])[/\\]|(?<![\w.-])[\w.-]+/[\w./-]*/)[^\s\"',;:<>]*")
_SOURCE_PLACE = re.compile(r"\(?\b(?:File \"|at \"|line \d+|Exception raised from|Triggered internally).*")
_MEMORY = re.compile(r"out of memory|allocate memory|not enough memory|bad_alloc", re.IGNORECASE)


def model_failure(error: BaseException) -> ModelRunError:
    """Return the error that the user reads when a model raised ``error``."""
    text = str(error)
    if isinstance(error, MemoryError) or _MEMORY.search(text):
        return ModelRunError(
            f"The model ran out of memory{_allowed()} on this region; a machine with more memory is needed."
        )
    reason = clean_reason(text)
    return ModelRunError(
        f"The model failed on this region: {reason}." if reason else "The model failed on this region."
    )


def _allowed() -> str:
    """Say how much memory this process may use, where that is limited."""
    if sys.platform == "win32":
        return ""
    import resource

    # The limit itself counts what a worker holds before it opens a model, so the worker leaves the setting here.
    allowed = os.environ.get("HARPIST_MEMORY", "")
    limited = allowed and resource.getrlimit(resource.RLIMIT_DATA)[0] != resource.RLIM_INFINITY
    return f" ({float(allowed):.1f} GB allowed)" if limited else ""


def clean_reason(text: str) -> str:
    r"""Return the short reason inside torch's message, without traceback, paths and full stop; ``""`` if there is none.

    TorchScript puts the reason on the last line that starts with an exception's name; elsewhere it is the first line.

    >>> clean_reason('Traceback of TorchScript\n  File "code/x.py", line 4\nRuntimeError: AssertionError: too short')
    'too short'
    """
    raised = list(_RAISED.finditer(text))
    if raised:
        line = raised[-1]["reason"]
    elif "Traceback" in text or "TorchScript" in text:
        return ""
    else:
        line = text.strip().split("\n", 1)[0]
    line = _CLASS.sub("", line.strip())
    line = _SOURCE_PLACE.sub("", line)
    line = " ".join(_PATH.sub("…", line).split()).strip(" .,:;([")
    if len(line) > LONGEST_REASON:
        line = line[: LONGEST_REASON - 1].rstrip() + "…"
    return line
