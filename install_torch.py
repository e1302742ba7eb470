"""Installs the build of PyTorch that this machine can use: ``make run`` does so before everything else.

PyPI's build for Linux brings 5 GB of CUDA. Where there is no NVIDIA GPU, the build for processors is taken instead,
from PyTorch's own index; where that gives none, PyPI's is left for the installation that follows. Needs no library.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

INDEX = "https://download.pytorch.org/whl"
_REQUIREMENTS = Path(__file__).with_name("requirements.txt")
_BUILD = re.compile(r"auto|pypi|cpu|xpu|cu\d{3}|rocm\d\.\d{1,2}")


def chosen_build(wanted: str, system: str, gpu: bool) -> str:
    """Return ``"pypi"``, or the folder of PyTorch's index to install from.

    >>> chosen_build("auto", "linux", gpu=False), chosen_build("auto", "linux", gpu=True)
    ('cpu', 'pypi')
    >>> chosen_build("auto", "darwin", gpu=False), chosen_build("cu126", "linux", gpu=False)
    ('pypi', 'cu126')

    Args:
        wanted: such a folder, ``"pypi"``, or ``"auto"``.
        system: as ``sys.platform``; PyPI's builds for macOS and Windows have no CUDA in them.
        gpu: whether there is an NVIDIA GPU.
    """
    if wanted != "auto":
        return wanted
    return "cpu" if system == "linux" and not gpu else "pypi"


def has_nvidia_gpu() -> bool:
    """Whether the driver of an NVIDIA GPU is installed and finds one."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return False
    try:
        answer = subprocess.run([program, "-L"], capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and "GPU " in answer.stdout


def pinned() -> str:
    """Return the requirement that ``requirements.txt`` states, such as ``torch==2.13.0``."""
    lines = _REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return next(line.strip() for line in lines if line.startswith("torch=="))


def install(build: str, index: str) -> bool:
    """Install the pinned PyTorch from a folder of an index, without what it needs; returns whether that went well."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    # An index that cannot be reached shall be known within seconds.
    command += ["--retries", "1", "--timeout", "15", "--index-url", f"{index.rstrip('/')}/{build}", pinned()]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603


def main() -> int:
    """Install; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python install_torch.py", description=__doc__)
    parser.add_argument(
        "--build",
        default="auto",
        help="auto: cpu on Linux without an NVIDIA GPU, else pypi; pypi; or a folder of PyTorch's index: cpu, cu130, "
        "rocm7.0 (default: auto)",
    )
    parser.add_argument("--index", default=INDEX, help="address of PyTorch's index (default: %(default)s)")
    options = parser.parse_args()
    if not _BUILD.fullmatch(options.build):
        parser.error(f"--build expects auto, pypi, cpu, cu130, rocm7.0 or the like, not “{options.build[:40]}”")
    build = chosen_build(options.build, sys.platform, has_nvidia_gpu())
    if build == "pypi" or install(build, options.index):
        return 0
    if options.build != "auto":
        print(f"{pinned()} ({build}) could not be had from {options.index}.", file=sys.stderr)
        return 1
    print(
        f"PyTorch's index, {options.index}, cannot be reached: PyPI's build comes instead, with 5 GB for NVIDIA GPUs."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
