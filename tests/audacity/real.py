"""The real Audacity, without a screen, with settings and a home of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from app.audacity.pipe import audacity, quoted
from app.errors import AudacityError

_MODULES = (Path("/usr/lib/audacity/modules"), Path("/usr/lib/x86_64-linux-gnu/audacity/modules"))
MODULE = next((file for folder in _MODULES if (file := folder / "mod-script-pipe.so").exists()), None)
MISSING = [name for name in ("audacity", "Xvfb", "xdotool") if shutil.which(name) is None]
NEEDED = pytest.mark.skipif(bool(MISSING) or MODULE is None, reason="Debian's audacity, xvfb and xdotool are missing")
# Its own export writes 32-bit float, so that what it gives can be compared to the sample.
_SETTINGS = """\
NewPrefsInitialized=1
[Version]
Major=3
Minor=2
Micro=4
[Locale]
Language=en
[GUI]
ShowSplashScreen=0
[Update]
DefaultUpdatesChecking=0
UpdateNoticeShown=1
[Directories]
TempDir={temporary}
[FileFormats/ExportFormat_SF1_Type]
WAV_10000=6
[ModulePath]
mod-script-pipe={module}
[ModuleDateTime]
mod-script-pipe={date}
[Module]
"""
_ONE_AT_A_TIME = f"/tmp/harpist-tests-audacity-{os.getuid()}.lock"


@dataclass
class RealAudacity:
    """A running one: its process, its screen, and a folder for files."""

    process: subprocess.Popen[bytes]
    screen: str
    folder: Path

    def do(self, *commands: str) -> list[str]:
        """Have it do something, as another program than ours would."""
        with audacity() as pipe:
            return [pipe.ask(command, 60) for command in commands]

    def names(self) -> list[str]:
        """The tracks' names, from the top."""
        return re.findall(r'"name":"(.*)", "focused"', self.do("GetInfo: Type=Tracks")[0])

    def selected(self) -> list[str]:
        """The names of those that are selected."""
        return re.findall(r'"name":"(.*)", "focused":., "selected":1', self.do("GetInfo: Type=Tracks")[0])

    def undo_step(self) -> str:
        """What its menu says that Undo would undo."""
        return re.findall(r'"label":"(Undo[^"]*)"', self.do("GetInfo: Type=Menus")[0])[0]

    def empty(self, rate: int = 44100) -> None:
        """Remove every track."""
        self.do("SelectAll:", "RemoveTracks:", f"SetProject: Rate={rate}")

    def export(self, track: int, channels: int, seconds: float) -> Path:
        """Return a track from the project's begin on, to its end, by Audacity's own export."""
        path = self.folder / f"export{time.monotonic_ns()}.wav"
        self.do(
            f"Select: Start=0 End={seconds} Track={track} TrackCount=1 Mode=Set",
            f"Export2: Filename={quoted(str(path))} NumChannels={channels}",
        )
        return path

    def press(self, key: str) -> None:
        """Press a key in its window."""
        with_screen = {**os.environ, "DISPLAY": self.screen}
        subprocess.run(["xdotool", "key", key], env=with_screen, check=True, timeout=20)


def plugins_found(folder: Path) -> Path:
    """Have one look through this machine's plugins, its pipe off, and return the list that it writes of them.

    An Audacity that finds new plugins tries them in a process of its own, which is an Audacity, too: it makes the pipe
    anew, under the same name. When it ends, the first one listens at a pipe without a name, now and then for ever.
    """
    with FileLock(_ONE_AT_A_TIME), _started(folder, _SETTINGS + "mod-script-pipe=0\n") as (process, _screen):
        # The list is complete before it makes its first project.
        _wait(process, lambda: bool(list((folder / "temporary").glob("*.aup3unsaved"))), "makes no project")
    return folder / "home" / ".config" / "audacity" / "pluginregistry.cfg"


@contextmanager
def real_audacity(folder: Path, plugins: Path | None = None) -> Iterator[RealAudacity]:
    """Start one, its module on by its settings; kill it at the end. One at a time: its pipe's name is fixed.

    Args:
        folder: a new one, for all that it writes.
        plugins: the list of :func:`plugins_found`; made here if there is none yet.
    """
    plugins = plugins or plugins_found(folder / "plugins")

    def answers() -> bool:
        # What it is told before it has a project, it forgets.
        with suppress(AudacityError), audacity(patience=1):
            return True
        return False

    with (
        FileLock(_ONE_AT_A_TIME),
        _started(folder, _SETTINGS + "mod-script-pipe=1\n", plugins) as (process, screen),
    ):
        _wait(process, answers, "does not answer")
        yield RealAudacity(process, screen, folder)


@contextmanager
def _started(folder: Path, settings: str, plugins: Path | None = None) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    assert MODULE is not None
    home, temporary = folder / "home", folder / "temporary"
    config = home / ".config" / "audacity"
    for made in (config, temporary):
        made.mkdir(parents=True)
    date = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(MODULE.stat().st_mtime))
    (config / "audacity.cfg").write_text(settings.format(temporary=temporary, module=MODULE, date=date))
    if plugins is not None:
        shutil.copy(plugins, config / "pluginregistry.cfg")
    places = {"HOME": home, "XDG_CONFIG_HOME": home / ".config", "XDG_DATA_HOME": home / ".local" / "share"}
    environment = {**os.environ, **{name: str(place) for name, place in places.items()}, "TMPDIR": str(temporary)}
    with (
        _screen() as screen,
        subprocess.Popen(
            ["audacity"], env={**environment, "DISPLAY": screen}, stdout=-3, stderr=-3, cwd=folder
        ) as process,
    ):
        try:
            yield process, screen
        finally:
            process.kill()


@contextmanager
def _screen() -> Iterator[str]:
    reading, writing = os.pipe()
    screen = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
    with subprocess.Popen(screen, pass_fds=[writing], stdout=-3, stderr=-3) as process:
        os.close(writing)
        try:
            with os.fdopen(reading) as number:
                yield f":{number.readline().strip()}"
        finally:
            process.terminate()


def _wait(process: subprocess.Popen[bytes], done: Callable[[], bool], otherwise: str) -> None:
    end = time.monotonic() + 180
    while not done():
        if time.monotonic() > end or process.poll() is not None:
            raise AssertionError(f"Audacity {otherwise}; its exit code: {process.poll()}")
        time.sleep(0.1)
