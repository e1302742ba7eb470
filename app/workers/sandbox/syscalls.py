"""Which system calls a worker may make, enforced by the kernel (seccomp, through libseccomp).

Only what :mod:`app.workers.sandbox.permitted_calls` lists is allowed. The rest is refused: the known families (network,
processes, signals to others, devices, modes and owners of files) with ``EPERM``, anything else with ``ENOSYS``, so that
a C library that tries a call newer than this list falls back to an older one.

The filter is translated once, in the fork server, and handed to the kernel as it stands by each worker, which only
fills in its own process number.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import os
import struct
import sys
from typing import Any

from app.workers.sandbox.landlock import gpu_devices
from app.workers.sandbox.permitted_calls import (
    ALLOWED,
    BY_ARGUMENT,
    GPU_REQUESTS,
    NETWORK_CALLS,
    OWN,
    PROCESS_CALLS,
    REFUSED,
    THREAD_FLAGS,
    THREAD_FLAGS_LOOKED_AT,
)
from app.workers.sandbox.terms import NETWORK, PROCESSES, Sandbox

_SECCOMP_SET_MODE_FILTER = 1
_SECCOMP_GET_ACTION_AVAIL = 2
_FLAG_SPEC_ALLOW = 4  # older kernels would slow the whole process down otherwise
_INSTRUCTION = struct.Struct("=HBBI")
_WORD = 0xFFFFFFFF


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


@functools.cache
def missing() -> str:
    """Return why system calls cannot be filtered on this machine, or an empty text when they can."""
    if sys.platform != "linux":
        return "needs Linux"
    try:
        import pyseccomp
    except ImportError:
        return "the package pyseccomp is not installed"
    except (RuntimeError, OSError):
        return "the system library libseccomp is not installed (Debian: libseccomp2)"
    number = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, "seccomp")
    refusal = ctypes.c_uint32(pyseccomp.ERRNO(0))
    libc = ctypes.CDLL(None)
    libc.syscall.restype = ctypes.c_long
    if libc.syscall(number, _SECCOMP_GET_ACTION_AVAIL, 0, ctypes.byref(refusal)) != 0:
        return "the kernel has no seccomp filters, or the container forbids them"
    return ""


def restrict_calls(sandbox: Sandbox) -> None:
    """Take from this thread, and all that it starts, every system call that a worker does not need.

    Raises:
        OSError: the kernel refused the filter.
    """
    import pyseccomp

    code = with_process_number(program(tuple(sandbox.permits)), os.getpid())
    filter_ = _Program(len(code) // _INSTRUCTION.size, code)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    number = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, "seccomp")
    if libc.syscall(number, _SECCOMP_SET_MODE_FILTER, _FLAG_SPEC_ALLOW, ctypes.byref(filter_)) != 0:
        raise OSError(ctypes.get_errno(), "the filter of system calls was refused")


@functools.cache
def program(permits: tuple[str, ...] = (), architecture: str = "NATIVE") -> bytes:
    """Return the filter as the kernel reads it, with :data:`OWN` in the place of the worker's process number.

    Args:
        permits: what is kept (see :class:`Sandbox`).
        architecture: name in ``pyseccomp.Arch``; calls of any other are the end of the process.
    """
    import pyseccomp as seccomp

    filter_ = seccomp.SyscallFilter(seccomp.ERRNO(errno.ENOSYS))
    wanted = getattr(seccomp.Arch, architecture)
    if wanted not in (seccomp.Arch.NATIVE, seccomp.system_arch()):
        filter_.add_arch(wanted)
        filter_.remove_arch(seccomp.Arch.NATIVE)
    filter_.set_attr(seccomp.Attr.ACT_BADARCH, seccomp.KILL_PROCESS)
    _search_quickly(filter_)
    extra = (NETWORK_CALLS if NETWORK in permits else ()) + (PROCESS_CALLS if PROCESSES in permits else ())

    def rule(action: int, name: str, *conditions: Any) -> None:
        number = seccomp.resolve_syscall(seccomp.Arch.NATIVE, name)
        if number != -1:  # a name newer than the library
            filter_.add_rule(action, number, *conditions)

    for name in (*ALLOWED, *extra):
        rule(seccomp.ALLOW, name)
    for name in set(NETWORK_CALLS + PROCESS_CALLS + REFUSED).difference(extra):
        if name != "clone3":  # its flags lie in memory; a C library that hears ENOSYS takes clone
            rule(seccomp.ERRNO(errno.EPERM), name)
    if PROCESSES in permits:
        rule(seccomp.ALLOW, "clone")
    else:
        rule(seccomp.ALLOW, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, THREAD_FLAGS_LOOKED_AT, THREAD_FLAGS))
    for name, position, values in BY_ARGUMENT:
        for value in values:
            rule(seccomp.ALLOW, name, seccomp.Arg(position, seccomp.MASKED_EQ, _WORD, value))
    if gpu_devices():
        for mask, value in GPU_REQUESTS:
            rule(seccomp.ALLOW, "ioctl", seccomp.Arg(1, seccomp.MASKED_EQ, mask, value))
    return _exported(filter_)


def with_process_number(code: bytes, number: int) -> bytes:
    """Return a filter for the process of that number."""
    return b"".join(
        _INSTRUCTION.pack(operation, then, other, number if value == OWN else value)
        for operation, then, other, value in _INSTRUCTION.iter_unpack(code)
    )


def _search_quickly(filter_: Any) -> None:
    """Ask for a search tree instead of a list; libraries before 2.5 know none."""
    import pyseccomp

    with contextlib.suppress(OSError):
        filter_.set_attr(pyseccomp.Attr.CTL_OPTIMIZE, 2)


def _exported(filter_: Any) -> bytes:
    reading, writing = os.pipe()  # holds 64 KiB; the filter has about 4
    with os.fdopen(reading, "rb") as source:
        with os.fdopen(writing, "wb") as sink:
            filter_.export_bpf(sink)
        return source.read()
