"""Which pyharp apps a server offers: each is asked once what it is, and again when a file beside it has changed."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app.config import Settings
from app.endpoint import EndpointSpec
from app.endpoint_ids import local_id, slug
from app.errors import HarpistError, NotFoundError, SettingsError
from app.plugins.kept import keep
from app.pyharp_apps.asking import ask, read
from app.pyharp_apps.granted import Granted, granted_to
from app.registry import Registry
from app.workers.sandbox.workplace import files_of

_AT_ONCE = 2
_OWN = Path(__file__).parent
_NO_NAMES = ("app", "main", "demo", "space", "run", "server", "gradio_app", "harp_app", "pyharp_app")
"""What many an app's file is called: then its card names it."""

Say = Callable[[str], None]


def is_app(source: str) -> bool:
    """Whether a text names a file that may be an app."""
    return source.lower().endswith(".py") and Path(source).expanduser().is_file()


def add_apps(registry: Registry, settings: Settings, say: Say, refused: str = "") -> None:
    """Add every app of the settings; one that is broken costs a line, not the start.

    Args:
        registry: gets them.
        settings: how the server runs.
        say: takes each line that the operator should read.
        refused: why this machine may not run any; empty: it may.
    """
    if refused:
        for source in settings.pyharp_app:
            say(f"harpist: left out {source}: {refused}")
        return
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = [(source, pool.submit(_told, source, settings, say)) for source in settings.pyharp_app]
    for source, answer in asked:
        try:
            path, granted, told = answer.result()
            spec = _added(registry, path, granted, told)
        except HarpistError as error:
            say(f"harpist: left out {source}: {error.message}")
            continue
        if beyond := granted.sentence():
            say(f"harpist: {spec.id} may use what the sandbox else takes away: {beyond}.")


def add_app(registry: Registry, settings: Settings, source: str, say: Say) -> str:
    """Add one app, and return its id.

    Raises:
        HarpistError: why it cannot be had.
    """
    path, granted, told = _told(source, settings, say)
    return _added(registry, path, granted, told).id


def _added(registry: Registry, path: Path, granted: Granted, told: dict[str, object]) -> EndpointSpec:
    # Its card is not known before it is read.
    draft = read("local/app", path, granted, told)
    named = path.stem if path.stem.lower() not in _NO_NAMES else slug(draft.card.name) or path.parent.name
    spec = read(local_id(registry.ids(), named), path, granted, told)
    registry.add(spec)
    return spec


def _told(source: str, settings: Settings, say: Say) -> tuple[Path, Granted, dict[str, object]]:
    path = Path(source).expanduser()
    if not path.is_file():
        raise NotFoundError(
            "there is no such file." if not path.is_dir() else "it is a folder; its app.py is expected."
        )
    if path.suffix.lower() != ".py":
        raise SettingsError("a Python file is expected, such as path/to/app.py.")
    path = path.resolve()
    granted = granted_to(path, settings.permit)
    if not granted.works_in:
        say(f"harpist: {path.name} lies beside all your files, and reads none of them: give it a folder of its own.")
    kept = settings.home / "pyharp" / f"{hashlib.sha256(str(path).encode()).hexdigest()[:24]}.json"
    stamp = _stamp(path, granted)
    told = _kept(kept, stamp)
    if told is None:
        say(f"harpist: asking {path.name} what it is (once for each version of it) …")
        memory = int(settings.memory * 2**30)
        told = ask(path, granted, settings.load_timeout, memory, settings.max_scratch << 20)
        keep(kept, {"stamp": stamp, "told": told})
    return path, granted, told


def _stamp(path: Path, granted: Granted) -> str:
    """Return a hash of what an app's answer depends on: the files beside it, what it may use, and our own stand-ins."""
    digest = hashlib.sha256(repr((str(path), granted)).encode())
    beside = [entry for entry, _ in files_of(path.parent)] if granted.works_in else [path]
    for entry in sorted(beside):
        with contextlib.suppress(OSError):
            status = entry.stat()
            digest.update(f"{entry}\0{status.st_size}\0{status.st_mtime_ns}\0".encode(errors="surrogateescape"))
    for own in sorted(_OWN.rglob("*.py")):
        digest.update(own.read_bytes())
    return digest.hexdigest()


def _kept(kept: Path, stamp: str) -> dict[str, object] | None:
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        content = json.loads(kept.read_text(encoding="utf-8"))
        if content["stamp"] == stamp and isinstance(content["told"], dict):
            told: dict[str, object] = content["told"]
            return told
    return None
