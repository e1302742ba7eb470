"""Which files a worker may reach, enforced by the kernel (Landlock, Linux 5.13 and later).

What no rule names is out of reach: the home folder, the temporary folders, other workers, other processes. Only
opening, making, removing and renaming files is checked so; what else can be done to a path, such as changing its
mode, is refused as a system call (see :mod:`app.workers.sandbox.syscalls`).
"""

from __future__ import annotations

import contextlib
import functools
import os
import site
import stat
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from app.own_code import ROOT
from app.workers.sandbox.terms import NETWORK, PROCESSES, Sandbox

try:
    import landlockpy
except ImportError:
    _INSTALLED = False
else:
    _INSTALLED = True

_SYSTEM = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo", "/etc/ld.so.cache",
    "/etc/localtime", "/etc/timezone", "/proc/cpuinfo", "/proc/meminfo", "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system/cpu", "/sys/devices/system/node",
)  # fmt: skip
_OF_ITSELF = ("cmdline", "environ", "fd", "limits", "maps", "stat", "statm", "status")
"""Not the whole of ``/proc/self``: its ``net`` shows every connection of the machine."""
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_GPU = ("proc/driver/nvidia", "proc/devices", "proc/modules", "sys/module/nvidia*", "sys/bus/pci", "sys/devices/pci*")
_CUDA = ("usr/local/cuda*", "usr/local/nvidia")
_NETWORK = ("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/ssl", "/etc/ca-certificates", "/etc/pki")
_PROGRAMS = ("/bin", "/usr/bin", "/usr/local/bin")


def missing() -> str:
    """Return why files cannot be guarded on this machine, or an empty text when they can."""
    if sys.platform != "linux":
        return "needs Linux"
    if not _INSTALLED:
        return "the package landlockpy is not installed"
    try:
        version = landlockpy.abi_version()
    except OSError:
        return "the container forbids Landlock"
    return "" if version else "the kernel has no Landlock (Linux 5.13 and later have it)"


def restrict_files(sandbox: Sandbox) -> None:
    """Let this thread and all that it starts reach only what ``sandbox`` and Python need.

    Raises:
        OSError: the kernel refused a rule.
    """
    access = landlockpy.AccessFS
    read = access.READ_FILE | access.READ_DIR
    write = (
        read | access.WRITE_FILE | access.TRUNCATE
        | access.MAKE_REG | access.MAKE_DIR | access.REMOVE_FILE | access.REMOVE_DIR
    )  # fmt: skip
    file_only = access.READ_FILE | access.WRITE_FILE | access.TRUNCATE | access.IOCTL_DEV | access.EXECUTE
    run = read | access.EXECUTE if PROCESSES in sandbox.permits else read
    network = landlockpy.AccessNet.NONE if NETWORK in sandbox.permits else None
    scopes = landlockpy.Scope.ABSTRACT_UNIX_SOCKET | landlockpy.Scope.SIGNAL
    with landlockpy.Ruleset(handled_net=network, scoped=scopes) as rules:

        def allow(path: str, rights: landlockpy.AccessFS) -> None:
            # What does not exist, or is closed to this user, needs no rule; whoever looks for it tells why.
            with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
                rules.allow_path(path, rights if Path(path).is_dir() else rights & file_only)

        for path in installation():
            allow(path, run)
        for name in _OF_ITSELF:
            allow(f"/proc/self/{name}", read)
        for path in _DEVICES:
            allow(path, read | access.WRITE_FILE)
        for path in gpu_devices():
            allow(path, read | access.WRITE_FILE | access.IOCTL_DEV)
        for path in _NETWORK if NETWORK in sandbox.permits else ():
            allow(path, read)
        for path in _PROGRAMS if PROCESSES in sandbox.permits else ():
            allow(path, run)
        for path in sandbox.readable:
            with _opened(path) as itself:
                allow(itself, read)
        for path in sandbox.writable:
            allow(path, write)
        # A model that is refused a million times must not fill the system's log.
        rules.restrict(landlockpy.RestrictFlag.LOG_SAME_EXEC_OFF)


@contextlib.contextmanager
def _opened(path: str) -> Iterator[str]:
    """Give a name for what lies at a path at this moment: a link there is not followed, and has no rule of use."""
    try:
        number = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        yield path
        return
    try:
        yield "" if stat.S_ISLNK(os.fstat(number).st_mode) else f"/proc/self/fd/{number}"
    finally:
        os.close(number)


@functools.cache
def gpu_devices() -> tuple[str, ...]:
    """Return the devices of NVIDIA's driver, if there is one."""
    return tuple(sorted(str(path) for path in Path("/dev").glob("nvidia*")))


@functools.cache
def installation() -> tuple[str, ...]:
    """Return what Python, its packages and this server's own code are read from, as far as it exists."""
    prefixes = (sys.prefix, sys.base_prefix)
    paths = [
        *_SYSTEM,
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        *(str(Path(prefix, name)) for prefix in prefixes for name in ("lib", "lib64", "pyvenv.cfg")),
        sys.executable,
        *site.getsitepackages(),
        *([site.getusersitepackages()] if site.ENABLE_USER_SITE else []),
        *(str(path) for path in packages(ROOT)),
        # Not the folders that programs are started from: they hold more than code.
        *(path for path in sys.path if Path(path).resolve() not in (ROOT, Path.home(), Path.cwd())),
        *os.environ.get("LD_LIBRARY_PATH", "").split(":"),
    ]
    if gpu_devices():
        paths += [str(path) for pattern in (*_GPU, *_CUDA) for path in Path("/").glob(pattern)]
    real = {Path(path).resolve() for path in paths if Path(path).is_absolute() and os.access(path, os.R_OK)}
    return tuple(sorted(str(path) for path in real if path.name))


def packages(root: Path) -> list[Path]:
    """Return the folders of Python code in ``root``, such as this server's own."""
    return sorted(path.parent for path in root.glob("*/__init__.py"))
