"""Soundfonts of the operator's choice, which an endpoint that plays notes then offers."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from app.endpoint import EndpointSpec
from app.errors import HarpistError, SettingsError
from app.output_names import plain
from app.plugins.asking import ask
from app.plugins.places import place_of
from app.workers.one_line import one_line

_AT_ONCE = 4
_ENDINGS = (".sf2", ".sf3")


def with_soundfonts(
    spec: EndpointSpec, sources: Sequence[str], trial: str, seconds: float, say: Callable[[str], None]
) -> EndpointSpec:
    """Return an endpoint that offers soundfonts; one that cannot be had costs a line, not the start.

    Each is opened once in a sandboxed process that may read that file alone: never in this one.

    Args:
        spec: the endpoint without soundfonts; its factory takes ``soundfonts``, a JSON object of paths by name.
        sources: the files, as the operator wrote them.
        trial: ``module:callable`` that takes the same, opens them, and returns the endpoint.
        seconds: how long the opening of one may take.
        say: takes each line that the operator should read.
    """
    found: dict[Path, str] = {}
    for source in sources:
        try:
            found.setdefault(_place(source), source)
        except HarpistError as error:
            say(f"harpist: left out the soundfont {plain(source)}: {error.message}")
    named = dict(zip(found, names_of(list(found))))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = {
            path: pool.submit(ask, spec.id, trial, (str(path),), seconds, _arguments({name: path}))
            for path, name in named.items()
        }
    kept: dict[str, Path] = {}
    offering = spec
    for path, answer in asked.items():
        try:
            offering = answer.result()
            kept[named[path]] = path
        except HarpistError as error:
            say(f"harpist: left out the soundfont {plain(found[path])}: {error.message}")
    if not kept:
        return spec
    if len(kept) > 1:
        try:
            offering = ask(spec.id, spec.factory, (), seconds, _arguments(kept))
        except HarpistError as error:
            say(f"harpist: {spec.id} goes without soundfonts: {error.message}")
            return spec
    reads = (*spec.reads, *map(str, kept.values()))
    return replace(offering, factory=spec.factory, trusted=spec.trusted, reads=reads)


def names_of(paths: Sequence[Path]) -> list[str]:
    """Return what soundfonts are called: as their files without the ending; where two were alike, with more.

    >>> names_of([Path("/a/GM.sf2"), Path("/a/GM.sf3"), Path("/a/Piano.sf2"), Path("/b/GM.sf2")])
    ['GM', 'GM.sf3', 'Piano', 'GM (b)']
    """
    names: list[str] = []
    for path in paths:
        beside = any(other.parent == path.parent and other.stem == path.stem for other in paths if other != path)
        tries = [path.stem, path.name if beside else f"{path.stem} ({path.parent.name})"]
        tries += [f"{path.stem} {number}" for number in range(2, len(paths) + 2)]
        taken = {"built in", *(name.lower() for name in names)}
        shown = [one_line(plain(name)) for name in tries]
        names.append(next(name for name in shown if name and name.lower() not in taken))
    return names


def _arguments(paths: dict[str, Path]) -> dict[str, str]:
    return {"soundfonts": json.dumps({name: str(path) for name, path in paths.items()})}


def _place(source: str) -> Path:
    """Return where a soundfont lies."""
    path = place_of(source)
    if not path.is_file():
        raise SettingsError("a soundfont's file is expected, not a folder or a device.")
    if path.suffix.lower() not in _ENDINGS:
        raise SettingsError(f"a soundfont is expected: a file that ends in {' or '.join(_ENDINGS)}.")
    return path
