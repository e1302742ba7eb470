"""Builds the wheel, as ``pip`` and its like ask for it (PEP 517, PEP 660); needs nothing but Python.

The wheel holds one package, ``harpist``: in it the folders ``app`` and ``endpoints`` under new names (see
:mod:`renaming`), the Spaces' templates and the requirements, each where it lies in the checkout. A wheel for ``pip
install -e`` holds the front alone, which finds the checkout.
"""

from __future__ import annotations

import base64
import hashlib
import re
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from renaming import PACKAGES, renamed

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
_FRONT = Path(__file__).resolve().parent / "harpist"
_ADJACENT = ("LICENSE", "constraints.txt", "requirements*.txt", "spaces/templates/*")
EXTRAS = ("media", "neural", "pedalboard", "ray", "signing", "torchaudio", "watermark")
"""Those requirements files that are installed as they are; the others want ``pip install --no-deps``, or are ours."""

_TAG = "py3-none-any"
_TIME = (2026, 1, 1, 0, 0, 0)
"""Of every file in the wheel, so that the same sources make the same wheel."""


def build_wheel(wheel_directory: str, config_settings: object = None, metadata_directory: object = None) -> str:
    """Write the wheel into a folder, and return its name."""
    return _write(Path(wheel_directory), {**_fronts(), **dict(_code()), **dict(_beside())}, "")


def build_editable(wheel_directory: str, config_settings: object = None, metadata_directory: object = None) -> str:
    """Write a wheel that leads to this checkout into a folder, and return its name."""
    root = str(ROOT)
    found = f"import sys\n\n# Before every other package of the name “app”.\nsys.path.insert(0, {root!r})\n"
    front = _text(_FRONT / "__init__.py").replace("\nfrom typing", f"\n{found}\nfrom typing", 1)
    # Workers are no children of this process's path.
    told = f'os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [{root!r}, os.environ.get("PYTHONPATH")]))\n    '
    start = _text(_FRONT / "__main__.py").replace("from app.cli", f"{told}from app.cli", 1)
    return _write(Path(wheel_directory), {"harpist/__init__.py": front, "harpist/__main__.py": start}, "0editable")


def build_sdist(sdist_directory: str, config_settings: object = None) -> str:
    """Refuse: the checkout itself is the source."""
    raise NotImplementedError("Harpist has no source archive; build the wheel from its checkout: pip wheel --no-deps .")


def metadata(project: Mapping[str, Any]) -> str:
    """Return the wheel's METADATA: what ``pyproject.toml`` says, and every pin of the requirements."""
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {project['name']}",
        f"Version: {project['version']}",
        f"Summary: {project['description']}",
        f"License-Expression: {project['license']}",
        "License-File: LICENSE",
        f"Requires-Python: {project['requires-python']}",
    ]
    stated = list(pins("requirements.txt"))
    releases = {pin.partition(" ;")[0] for pin in stated}
    stated += [pin for pin in pins("constraints.txt") if pin.partition(" ;")[0] not in releases]
    lines += [f"Requires-Dist: {pin}" for pin in stated]
    for extra in EXTRAS:
        lines.append(f"Provides-Extra: {extra}")
        for pin in pins(f"requirements-{extra}.txt"):
            name, _, marker = (part.strip() for part in pin.partition(";"))
            lines.append(f"Requires-Dist: {name} ; {f'({marker}) and ' if marker else ''}extra == '{extra}'")
    return "\n".join(lines) + "\n"


def pins(name: str) -> Iterator[str]:
    """Yield the pins of a requirements file, all written alike."""
    for line in _text(ROOT / name).splitlines():
        if line.strip() and not line.startswith(("#", "-")):
            package, _, marker = (part.strip() for part in line.partition(";"))
            package = re.sub(r"[-_.]+", "-", package.partition("==")[0]).lower() + "==" + package.partition("==")[2]
            marker = marker.replace('"', "'")
            yield f"{package} ; {marker}" if marker else package


def _fronts() -> dict[str, str]:
    return {f"harpist/{path.name}": _named(path) for path in sorted(_FRONT.glob("*.py"))}


def _code() -> Iterator[tuple[str, str | bytes]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            place = path.relative_to(ROOT)
            if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in place.parts):
                yield f"harpist/{place.as_posix()}", _named(path) if path.suffix == ".py" else path.read_bytes()


def _beside() -> Iterator[tuple[str, bytes]]:
    for pattern in _ADJACENT:
        for path in sorted(ROOT.glob(pattern)):
            yield f"harpist/{path.relative_to(ROOT).as_posix()}", path.read_bytes()


def _named(path: Path) -> str:
    try:
        return renamed(_text(path), "harpist.", _is_module)
    except (SyntaxError, ValueError) as error:
        raise SystemExit(f"harpist: {path.relative_to(ROOT)}: {error}") from None


def _is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _write(folder: Path, files: Mapping[str, str | bytes], build: str) -> str:
    project = tomllib.loads(_text(ROOT / "pyproject.toml"))["project"]
    stem = f"{project['name']}-{project['version']}"
    info = f"{stem}.dist-info"
    scripts = "".join(f"{name} = {place}\n" for name, place in project["scripts"].items())
    told: dict[str, str | bytes] = {
        **files,
        f"{info}/METADATA": metadata(project),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: harpist_build\nRoot-Is-Purelib: true\nTag: {_TAG}\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{scripts}",
        f"{info}/licenses/LICENSE": _text(ROOT / "LICENSE"),
    }
    record = ""
    name = "-".join(filter(None, (stem, build, f"{_TAG}.whl")))
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for place, text in told.items():
            content = text.encode() if isinstance(text, str) else text
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record += f"{place},sha256={digest},{len(content)}\n"
            _add(wheel, place, content)
        _add(wheel, f"{info}/RECORD", f"{record}{info}/RECORD,,\n".encode())
    return name


def _add(wheel: zipfile.ZipFile, place: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(place, _TIME)
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    wheel.writestr(entry, content)
