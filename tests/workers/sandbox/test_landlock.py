"""What the kernel's older Landlocks leave of the sandbox, for root and for others; each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from app.workers.sandbox import landlock
from app.workers.sandbox.landlock import packages

ROOT = Path(__file__).parents[3]
SCRIPT = """
import ctypes, os, socket, sys
import landlockpy.ruleset
from app.workers.sandbox import environment, landlock, privileges, syscalls
from app.workers.sandbox.terms import Sandbox, enter
abi, user, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
landlock.installation(), syscalls.program()  # as the fork server does
if user != os.getuid():
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
landlockpy.ruleset._syscall.abi_version = lambda: abi
enter(Sandbox((folder + "/in",), (folder + "/out",), 0, 1 << 20))
def refused(call, *arguments):
    try:
        call(*arguments)
    except OSError:
        return True
assert open(folder + "/in/a").read() == "given"
open(folder + "/out/b", "w").write("made")
os.rename("b", "c")
assert refused(open, folder + "/in/b", "w") and refused(open, folder + "/in/a", "a")
assert refused(open, folder + "/private/secret") and refused(os.listdir, folder)
assert refused(os.truncate, folder + "/private/secret", 0) and refused(os.chmod, folder + "/private/secret", 0)
assert refused(os.rename, folder + "/private/secret", folder + "/out/secret")
assert refused(os.link, "c", "d") and refused(os.symlink, "c", "d")
assert refused(open, "/etc/passwd") and refused(socket.socket) and refused(os.fork)
assert refused(os.kill, os.getppid(), 0)
"""


@pytest.mark.skipif(bool(landlock.missing()), reason="there is no Landlock here")
@pytest.mark.parametrize("abi", [1, 2, 3, 4, 6, 7])
@pytest.mark.parametrize("other", [False, True])
def test_every_landlock_keeps_a_worker_in_its_place(abi: int, other: bool, tmp_path: Path) -> None:
    import landlockpy

    if abi > landlockpy.abi_version() or (other and os.getuid() != 0):
        pytest.skip("this kernel is older, or users cannot be changed")
    for name in ("in", "out", "private"):
        (tmp_path / name).mkdir()
    (tmp_path / "in" / "a").write_text("given")
    (tmp_path / "private" / "secret").write_text("unreleased")
    user = 65534 if other else os.getuid()
    if other:
        for path in (tmp_path, *tmp_path.rglob("*")):
            os.chown(path, user, user)
        for path in tmp_path.parents[:3]:  # pytest's own, one more where several processes test
            if path.stat().st_uid == os.getuid() and path != Path(tempfile.gettempdir()):
                path.chmod(0o711)
    subprocess.run([sys.executable, "-c", SCRIPT, str(abi), str(user), str(tmp_path)], check=True, timeout=60, cwd=ROOT)
    assert (tmp_path / "private" / "secret").read_text() == "unreleased"
    assert (tmp_path / "out" / "c").read_text() == "made"


def test_the_code_that_workers_read_is_this_servers_own() -> None:
    names = {path.name for path in packages(ROOT)}
    assert {"app", "endpoints"} <= names
    assert not names & {".git", "docs", ".venv"}


def test_neither_the_home_nor_the_started_folder_is_part_of_the_installation() -> None:
    places = [Path(path) for path in landlock.installation()]
    for private in (Path.home(), ROOT, Path("/etc"), Path("/tmp"), Path("/")):
        assert not any(private == place or private.is_relative_to(place) for place in places)
