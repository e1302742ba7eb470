"""What a caller reads when a model or its process fails: one line, no path of the server, no traceback."""

from __future__ import annotations

import signal

from app.audacitorch.failures import told_reason
from app.workers.one_line import one_line

_SIGNALS = {
    "SIGSEGV": "segmentation fault",
    "SIGBUS": "bus error",
    "SIGFPE": "arithmetic error",
    "SIGILL": "illegal instruction",
    "SIGABRT": "aborted",
    "SIGSYS": "forbidden system call",
    "SIGXFSZ": "file too large",
    "SIGXCPU": "processor time used up",
}


def failure_sentence(error: BaseException) -> str:
    """Tell what an endpoint's own exception said; one of TorchScript names what was raised in the model itself.

    >>> failure_sentence(ValueError("shapes differ"))
    'The model failed: ValueError: shapes differ'
    """
    text = str(error)
    reason = told_reason(text)
    if not reason:
        return f"The model failed: {type(error).__name__}."
    named = "" if "TorchScript" in text else f"{type(error).__name__}: "
    return one_line(f"The model failed: {named}{reason}")


def tells_of_memory(error: BaseException) -> bool:
    """Whether an exception says that there was no memory left, as PyTorch does in words of its own."""
    text = str(error)
    return type(error).__name__ == "OutOfMemoryError" or "can't allocate memory" in text or "out of memory" in text


def memory_sentence(allowed: int) -> str:
    """Tell that a worker needed more than ``allowed`` bytes (0: the machine's all)."""
    limit = f" ({allowed / 2**30:.1f} GB allowed)" if allowed else ""
    return f"The model ran out of memory{limit}; a shorter region may work."


def machine_memory_sentence(used: int) -> str:
    """Tell that a worker with ``used`` bytes was ended since the machine had hardly any left.

    >>> machine_memory_sentence(5 * 2**30)
    'The model was stopped at 5.0 GB, since the server ran out of memory; a shorter region may work.'
    """
    taken = f"{used / 2**30:.1f} GB"
    return f"The model was stopped at {taken}, since the server ran out of memory; a shorter region may work."


def file_sentence(allowed: int) -> str:
    """Tell that a worker wrote more than ``allowed`` bytes into one file.

    >>> file_sentence(5 * 2**20)
    'The model wrote more than 5 MiB into one file; a shorter region may work.'
    """
    return f"The model wrote more than {allowed // 2**20} MiB into one file; a shorter region may work."


_UNKNOWN = 255


def crash_sentence(exit_code: int | None) -> str:
    """Tell how a worker ended by itself; ``exit_code`` is as in :class:`multiprocessing.Process`.

    >>> crash_sentence(-11)
    'The model crashed (segmentation fault).'
    >>> crash_sentence(3)
    'The model ended its process (exit code 3).'
    """
    # Whatever its worker did, a fork server that is gone itself tells 255.
    if exit_code is None or exit_code == _UNKNOWN:
        return "The model’s process was lost; try again."
    if exit_code >= 0:
        return f"The model ended its process (exit code {exit_code})."
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = f"signal {-exit_code}"
    if name == "SIGKILL":
        return "The model’s process was killed from outside; the machine may have run out of memory."
    return f"The model crashed ({_SIGNALS.get(name, name)})."
