"""The wheel as a user gets it: built by pip from the checkout, and installed into a new virtual environment.

What it needs comes from the tests' own environment, which nothing of the checkout is a part of.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
STRANGER = "raise SystemExit('a stranger’s module was imported')\n"


@dataclass(frozen=True)
class Installed:
    """A virtual environment with ``harpist`` in it."""

    folder: Path

    @property
    def harpist(self) -> Path:
        return self.folder / "bin" / "harpist"

    @property
    def packages(self) -> Path:
        return Path(sysconfig.get_path("purelib", vars={"base": str(self.folder)}))

    def environment(self, home: Path, **more: str) -> dict[str, str]:
        """What a shell has where this virtual environment is active."""
        path = os.pathsep.join([str(self.folder / "bin"), os.environ["PATH"]])
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return {**kept, "PATH": path, "HARPIST_HOME": str(home), "HARPIST_THREADS": "1", **more}


def pip(*arguments: str, cwd: Path = ROOT) -> None:
    """Run pip of the tests' environment, which asks no index."""
    quiet = ("--quiet", "--disable-pip-version-check", "--no-index", "--no-deps")
    done = subprocess.run(
        [sys.executable, "-m", "pip", *arguments, *quiet], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def built(folder: Path, *, editable: bool = False) -> Path:
    """Build the wheel from the checkout, and return where it lies in ``folder``, a new one."""
    if editable:
        import harpist_build

        folder.mkdir()
        return folder / harpist_build.build_editable(str(folder))
    pip("wheel", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT), cwd=folder.parent)
    (wheel,) = folder.iterdir()
    return wheel


def installed(folder: Path, wheel: Path) -> Installed:
    """Make a virtual environment in ``folder``, with the wheel and a stranger's packages of our folders' names."""
    venv.create(folder, symlinks=True)
    made = Installed(folder)
    (made.packages / "needed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    pip("--python", str(folder / "bin" / "python"), "install", "--no-compile", str(wheel))
    lay_traps(made.packages, "app", "endpoints")
    return made


def lay_traps(folder: Path, *names: str) -> None:
    """Put packages into a folder that end whatever imports them."""
    for name in names:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(STRANGER, encoding="utf-8")
