"""What a worker may know of the server's environment: how Python and the libraries compute, and nothing else.

Tokens, passwords in proxy addresses and names of people stay out because only the names listed here go in.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

_NAMES = """
    PATH LANG LANGUAGE TZ VIRTUAL_ENV CONDA_PREFIX LD_LIBRARY_PATH LD_PRELOAD DYLD_LIBRARY_PATH GLIBC_TUNABLES
    SYSTEMROOT SYSTEMDRIVE WINDIR NUMBER_OF_PROCESSORS PROCESSOR_ARCHITECTURE
"""
_BEGINNINGS = """
    LC_ PYTHON OMP_ GOMP_ KMP_ MKL_ OPENBLAS_ BLIS_ NUMEXPR_ DNNL_ ONEDNN_ ATEN_ TORCH_ PYTORCH_
    CUDA_ CUDNN_ CUBLAS_ NVIDIA_ MALLOC_
"""

_MARK = "PYTHON_HARPIST_WORKERS"


def allowed(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the part of an environment that workers may see.

    >>> allowed({"PATH": "/bin", "OMP_NUM_THREADS": "2", "HF_TOKEN": "x", "https_proxy": "http://me:pass@proxy"})
    {'PATH': '/bin', 'OMP_NUM_THREADS': '2'}
    """
    names, beginnings = _NAMES.split(), tuple(_BEGINNINGS.split())
    return {
        name: value
        for name, value in environment.items()
        if name.upper() in names or name.upper().startswith(beginnings)
    }


def start_again() -> None:
    """Replace this process by itself with an environment without secrets; does nothing the second time.

    Deleting variables is not enough: the kernel keeps showing the block with which a program was started
    (``/proc/self/environ``), and so does the memory that is copied into every child.
    """
    if _MARK not in os.environ:
        os.execve(sys.executable, sys.orig_argv, {**allowed(os.environ), _MARK: "1"})  # noqa: S606


def settle(folder: str, *, online: bool = False) -> None:
    """Forget every other variable of this process, and let what asks for a home or a temporary folder find ``folder``.

    Args:
        folder: where the worker may write; empty when there is none.
        online: it keeps its network; else libraries that would ask the hub are told that there is none.
    """
    kept = allowed(os.environ)
    for name in set(os.environ) - set(kept):
        del os.environ[name]
    # A temporary file that cannot be made fails in a plain way; a folder that others share would not.
    home = folder or Path.cwd().anchor
    os.environ.update(dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME"), home))
    os.environ.update(dict.fromkeys(("TORCH_HOME", "CUDA_CACHE_PATH", "NUMBA_CACHE_DIR", "MPLCONFIGDIR"), home))
    if not online:
        os.environ.update(dict.fromkeys(("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE"), "1"))
    os.environ.update(dict.fromkeys(("USER", "LOGNAME", "USERNAME"), "worker"))
    os.chdir(home)
    sys.dont_write_bytecode = True
    del sys.argv[1:]
    if "tempfile" in sys.modules:
        sys.modules["tempfile"].tempdir = None  # type: ignore[attr-defined]
