"""What torch says when a model fails, turned into one clean sentence: no traceback, no path. Standard library only."""

from __future__ import annotations

import os
import re
import sys

from app.errors import ModelRunError

LONGEST_REASON = 200

_RAISED = re.compile(r"(?:[A-Za-z_]\w*\.)*(?:[A-Z]\w*(?:Error|Exception)|Error):", re.ASCII)
_CLASS = re.compile(r"^(?:(?:[A-Za-z_]\w*\.)*(?:[A-Z]\w*(?:Error|Exception)|Error): *)+", re.ASCII)
_OPERATOR = re.compile(r"^(?P<name>\w+)\(.*\) : ")
"""How torch begins some of its errors: with everything that the operator was called with."""
_PATH = re.compile(r"(?:\b[A-Za-z]:[\\/]|(?<![\w.])[/\\]|(?<![\w.-])[\w.-]+/[\w./-]*/)[^\s\"',;:<>]*")
_SOURCE_PLACE = re.compile(r"\(?\b(?:File \"|at \"|line \d+|Exception raised from|Triggered internally).*")
_HERE = " <--- HERE"
_ENDS = (".", ":", ",", ";", "!", "?", "(", "[")
_ADVICE = (
    *("file an issue", "report a bug", "bug report", "asynchronously reported"),
    *("ONEDNN_VERBOSE", "CUDA_LAUNCH_BLOCKING", "TORCH_USE_CUDA_DSA"),
)
"""What torch tells whoever debugs torch, in sentences of their own."""
_TWO_TYPES = re.compile(
    r"same dtype|scalar type|dtypes (?:match|must)|input type .* should be the same|promoting not|but got dtype",
    re.IGNORECASE,
)
"""What torch's sentences about an operator that got two types of numbers have in common."""
_SINGLE = re.compile(r"\bfloat\b", re.IGNORECASE)
_TYPES = {"half": "float16", "bfloat16": "bfloat16", "double": "float64"}
_OTHER = re.compile(rf"\b(?P<name>{'|'.join(_TYPES)})\b", re.IGNORECASE)
FLOAT_CURE = "its author should call .float() on the module before the export"
_MEMORY = re.compile(r"out of memory|allocate memory|not enough memory|bad_alloc", re.IGNORECASE)


def model_failure(error: BaseException) -> ModelRunError:
    """Return the error that the user reads when a model raised ``error``."""
    text = str(error)
    if isinstance(error, MemoryError) or _MEMORY.search(text):
        return ModelRunError(
            f"The model ran out of memory{_allowed()} on this region; a machine with more memory is needed."
        )
    reason = _two_types(text) or clean_reason(text)
    return ModelRunError(
        f"The model failed on this region: {reason}." if reason else "The model failed on this region."
    )


def _two_types(text: str) -> str:
    """Return what an operator's complaint about two types of numbers means, or ``""`` where it is none."""
    told = told_reason(text)
    other = _OTHER.search(told)
    if other is None or not (_SINGLE.search(told) and _TWO_TYPES.search(told)):
        return ""
    name = number_type(_TYPES[other["name"].lower()])
    return f"it computes with float32 and {name} numbers at once; {FLOAT_CURE}"


def number_type(name: str) -> str:
    """Return torch's name of a type of numbers, and what authors call it.

    >>> number_type("float16"), number_type("bfloat16")
    ('float16 (half)', 'bfloat16')
    """
    called = {"float16": "half", "float64": "double"}.get(name)
    return f"{name} ({called})" if called else name


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

    >>> clean_reason('Traceback of TorchScript\n  File "code/x.py", line 4\nRuntimeError: AssertionError: too short')
    'too short'
    """
    line = _CLASS.sub("", told_reason(text))
    line = " ".join(_PATH.sub("…", line).split()).strip(" .,:;([")
    if len(line) > LONGEST_REASON:
        line = _OPERATOR.sub(r"\g<name>: ", line)
    if len(line) > LONGEST_REASON:
        line = line[: LONGEST_REASON - 1].rstrip() + "…"
    return line


def told_reason(text: str) -> str:
    r"""Return everything that an error says, on one line, without its traceback and what is for torch's own people.

    In a traceback the reason begins, with an exception's name, below the last line of code; elsewhere at once.

    >>> told_reason('Traceback of TorchScript\n  File "code/x.py", line 4\nValueError: two channels\nare expected\n')
    'ValueError: two channels; are expected'
    """
    lines = text.splitlines()
    begin = 0
    if "Traceback" in text or "TorchScript" in text:
        code = [number for number, line in enumerate(lines) if line.startswith('  File "') or line.endswith(_HERE)]
        after = range(code[-1] + 1 if code else 0, len(lines))
        begin = next((number for number in after if _RAISED.match(lines[number])), len(lines))
    told: list[str] = []
    for line in lines[begin:]:
        if line.startswith("Exception raised from"):
            break
        if part := ". ".join(part for part in _SOURCE_PLACE.sub("", line).split(". ") if not _advises(part)).strip():
            told += ([" " if told[-1].endswith(_ENDS) else "; "] if told else []) + [part]
    return "".join(told)


def _advises(sentence: str) -> bool:
    return any(word in sentence for word in _ADVICE)
