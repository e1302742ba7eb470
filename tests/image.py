"""``python -m tests.image ROOT``: the Dockerfile, step by step, in a fresh Debian that debootstrap makes; as root.

What needs a Docker engine (layers, ports) is not tried; every command is, with the users, folders and variables that it
has in an image; each stage has a Debian of its own, ``ROOT/1``, ``ROOT/2``. At the end the server runs as the image's
user on a file system that nobody can write, but for its volume and /tmp, and the health check must succeed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
_CONTINUED = re.compile(r"\\\n")
PATIENCE = 300.0
"""Seconds until the health check must have succeeded."""


@dataclass(frozen=True)
class Step:
    """One instruction of a Dockerfile: its name, and the text behind it on one line."""

    name: str
    text: str


def steps(dockerfile: str) -> list[Step]:
    """Read a Dockerfile; comments between instructions only."""
    lines = [line for line in dockerfile.splitlines() if line.strip() and not line.startswith("#")]
    found = (line.partition(" ") for line in _CONTINUED.sub(" ", "\n".join(lines)).splitlines())
    return [Step(name, " ".join(text.split())) for name, _, text in found]


@dataclass
class Image:
    """A folder that becomes what an image would hold.

    Attributes:
        root: the folder.
        variables: what ENV and ARG have set.
        earlier: the stages before, by their names.
        volume: the folder that stays writable.
        health: the command of HEALTHCHECK.
        start: ENTRYPOINT and CMD, one behind the other.
    """

    root: Path
    variables: dict[str, str]
    earlier: dict[str, Image] = field(default_factory=dict)
    volume: str = ""
    user: str = "root"
    folder: str = "/"
    health: list[str] = field(default_factory=list)
    start: list[str] = field(default_factory=list)

    def take(self, step: Step) -> None:
        """Do what an instruction says."""
        if step.name == "ENV":
            self.variables |= dict(part.split("=", 1) for part in shlex.split(step.text))
        elif step.name == "ARG":
            name, _, text = step.text.partition("=")
            self.variables.setdefault(name, text)
        elif step.name == "RUN":
            subprocess.run(self.command(["sh", "-c", step.text]), check=True)
        elif step.name == "WORKDIR":
            self.folder = step.text
            (self.root / self.folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif step.name == "COPY":
            *sources, target = shlex.split(step.text)
            stage = self.earlier[sources.pop(0).partition("=")[2]].root if sources[0].startswith("--from=") else None
            for source in sources:
                self._copy(ROOT / source if stage is None else stage / source.lstrip("/"), target)
        elif step.name == "USER":
            self.user = step.text
        elif step.name == "HEALTHCHECK":
            self.health = json.loads(step.text.partition("CMD ")[2])
        elif step.name in ("ENTRYPOINT", "CMD"):
            self.start += json.loads(step.text)
        elif step.name == "VOLUME":
            self.volume = step.text
        elif step.name not in ("FROM", "EXPOSE"):
            raise ValueError(f"What does {step.name} do?")

    def command(self, command: Sequence[str]) -> list[str]:
        """Return what runs a command inside the image, with nothing of this process's own environment."""
        inside = shlex.join(["cd", self.folder]) + " && exec " + shlex.join(command)
        told = [f"{name}={text}" for name, text in {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **self.variables}.items()]
        chroot = ["chroot", "--userspec", f"{self.user}:{self.user}", str(self.root)]
        return [*chroot, "env", "-i", f"HOME={self._home()}", *told, "sh", "-c", inside]

    def _home(self) -> str:
        """Return the folder of the user, whom a step may name by a number."""
        users = [line.split(":") for line in (self.root / "etc/passwd").read_text().splitlines()]
        return next(user[5] for user in users if self.user in (user[0], user[2]))

    def _copy(self, source: Path, target: str) -> None:
        there = self.root / self.folder.lstrip("/") / target
        if source.is_dir():
            # What a stage has compiled comes along; what this checkout has does not.
            left = shutil.ignore_patterns("__pycache__") if source.is_relative_to(ROOT) else None
            shutil.copytree(source, there, symlinks=True, ignore=left, dirs_exist_ok=True)
        else:
            shutil.copy(source, there)


def debian(root: Path, suite: str, mirror: Sequence[str], files: Sequence[Path]) -> None:
    """Make a fresh Debian in ``root``, with some of this machine's files."""
    command = ["debootstrap", "--variant=minbase", suite, str(root), *mirror]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    for file in (Path("/etc/resolv.conf"), *files):
        there = root / file.relative_to("/")
        there.parent.mkdir(parents=True, exist_ok=True)
        if file.is_dir():
            shutil.copytree(file, there, dirs_exist_ok=True)
        else:
            shutil.copy(file, there)


@contextlib.contextmanager
def mounted(*arguments: str | Path, at: Path) -> Iterator[None]:
    """Have something mounted in a place."""
    subprocess.run(["mount", *map(str, arguments), str(at)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(at)], check=True)


def build(told: Sequence[Step], root: Path, variables: dict[str, str], fresh: Callable[[Path, str], None]) -> Image:
    """Take every step, each stage in a folder of its own; returns the last one.

    Args:
        told: the steps.
        root: a folder.
        variables: what is set for every step.
        fresh: makes a Debian in a folder, from the name of its image.
    """
    image, stages = Image(root, {}), dict[str, Image]()
    for step in told:
        print(f"== {step.name} {step.text[:100]}", flush=True)
        if step.name == "FROM":
            base, _, name = step.text.partition(" AS ")
            image = stages[name or "the image"] = Image(root / str(len(stages) + 1), dict(variables), dict(stages))
            fresh(image.root, base)
        with mounted("--bind", "/proc", at=image.root / "proc"):
            image.take(step)
    return image


def try_server(image: Image) -> None:
    """Start the server as the image does, with a volume, where nothing else can be written; wait until it is well."""
    data = image.root / image.volume.lstrip("/")
    with (
        mounted("--bind", image.root, at=image.root),
        mounted("--bind", "/proc", at=image.root / "proc"),
        mounted("-t", "tmpfs", "tmpfs", at=image.root / "tmp"),
        mounted("--bind", data, at=data),
    ):
        subprocess.run(["mount", "-o", "remount,bind,ro", str(image.root)], check=True)
        written = image.command(["sh", "-c", f"! touch $HOME/x 2>&- && touch {image.volume}/x /tmp/x"])
        subprocess.run(written, check=True)
        _run_server(image)


def _run_server(image: Image) -> None:
    with subprocess.Popen(
        image.command(image.start), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        try:
            until = time.monotonic() + PATIENCE
            while subprocess.run(image.command(image.health), capture_output=True, check=False).returncode:
                if server.poll() is not None or time.monotonic() > until:
                    raise SystemExit("The server is not well.")
                time.sleep(1)
            status = Path(f"/proc/{server.pid}/status").read_text()
            uid, name = status.partition("Uid:")[2].split()[0], status.split()[1]
            print(f"== well, as user {uid}; its first process is {name}")
        finally:
            server.terminate()
        print(server.communicate()[0])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.image", description=__doc__)
    parser.add_argument("root", type=Path, help="a folder that is not there yet")
    parser.add_argument("--set", action="append", default=[], help="NAME=VALUE for every step, such as TORCH=auto")
    parser.add_argument("--file", action="append", default=[], type=Path, help="of this machine, for the steps")
    parser.add_argument("--mirror", default="", help="of Debian; empty: debootstrap's own")
    options = parser.parse_args()
    if os.geteuid() != 0:
        parser.error("chroot needs root")
    told = steps((ROOT / "Dockerfile").read_text(encoding="utf-8"))

    def fresh(root: Path, base: str) -> None:
        suite = base.partition(":")[2].removesuffix("-slim")
        debian(root, suite, [options.mirror] if options.mirror else [], options.file)

    try_server(build(told, options.root, dict(part.split("=", 1) for part in options.set), fresh))
    return 0


if __name__ == "__main__":
    sys.exit(main())
