"""Export the bundled models that are missing or stale: ``python -m endpoints.bundled --out FOLDER``.

Each becomes ``FOLDER/<owner>/<name>/`` with model.pt, metadata.json, README.md, example.wav, profile.json, and a
stamp of what it was made from. When all stamps hold, nothing heavy is imported and the command is instant. A model
whose weights ship in a package that is missing is left out, with one line on standard error.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

from app.errors import HarpistError
from app.own_code import as_in_a_checkout
from endpoints.bundled import NAMES, BundledModel, load, model_id
from endpoints.bundled.network_weights import WEIGHTS
from endpoints.bundled.packaged_weights import WeightsMissingError

FILES = ("model.pt", "metadata.json", "README.md", "example.wav", "profile.json")
"""What lies in a model's folder after its export."""

_STAMP = ".stamp"
_HERE = Path(__file__).resolve().parent
_EXPORTER = _HERE.parents[1] / "app" / "audacitorch"


def sources(name: str) -> list[Path]:
    """Return the files that the export of a module of ``NAMES`` is made by: its own, the shared ones, the exporter."""
    others = {_HERE / f"{other}.py" for other in NAMES if other != name}
    return [path for path in _all_sources() if path not in others]


# Every start asks for the stamps of all models, and most of what they are made from is the same.
@cache
def _all_sources() -> tuple[Path, ...]:
    return tuple(path for folder in (_HERE, _EXPORTER) for path in sorted(folder.rglob("*.py")))


@cache
def _content(path: Path) -> bytes:
    return as_in_a_checkout(path.read_bytes())


@cache
def _libraries() -> str:
    return f"torch {version('torch')}, numpy {version('numpy')}"


def stamp(name: str) -> str:
    """Return a hash of what the export of a module of ``NAMES`` depends on: its sources, its weights, torch, numpy."""
    digest = hashlib.sha256(_libraries().encode())
    for weights in WEIGHTS.get(name, ()):
        digest.update(f"\n{weights.pin} {weights.sha256}".encode())
    for path in sources(name):
        content = _content(path)
        digest.update(f"\n{path.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def is_current(name: str, folder: Path) -> bool:
    """Tell whether the model of a module lies complete in ``folder``, made from what there is now."""
    try:
        kept = (folder / _STAMP).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return False
    return kept == stamp(name) and all((folder / file).is_file() for file in FILES)


def export(name: str, folder: Path) -> None:
    """Export the model of a module into ``folder``; the stamp comes last, so that an interrupted export is repeated.

    Raises:
        WeightsMissingError: a package that its weights ship in is missing, or another one.
        ModelFormatError: the module does not compile.
        ModelRunError: the model fails on noise.
        OSError: the folder cannot be written.
    """
    from app.audacitorch.authoring.model_folder import export_model
    from app.audacitorch.profile import write_profile
    from app.audacitorch.trial.inspection import inspect_model

    source = stamp(name)
    for weights in WEIGHTS.get(name, ()):
        weights.found()  # before torch is imported: this may be so at every start
    model = load(name)
    licences = "\n".join(filter(None, (weights.licence_text() for weights in model.weights)))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _STAMP).unlink(missing_ok=True)
    header = model.licence if len(model.licence.split(", ")) == 1 else f"[{model.licence}]"
    export_model(model.build(), model.metadata, folder, readme=_readme(model), licence=header)
    if licences:
        (folder / "LICENSE").write_text(licences, encoding="utf-8")
    write_profile(folder / "profile.json", inspect_model(folder), folder)
    _write_example(model, folder / "example.wav")
    unfinished = folder / f"{_STAMP}.{os.getpid()}"
    unfinished.write_text(source, encoding="ascii")
    unfinished.replace(folder / _STAMP)


def export_all(out: Path, left_out: Callable[[str], None]) -> Iterator[tuple[str, bool]]:
    """Export what is missing or stale into ``out``; yield each model's id, and whether it had to be made.

    ``left_out`` takes a line for each model whose weights are not there.
    """
    for name in NAMES:
        folder = out / model_id(name)
        stale = not is_current(name, folder)
        if stale:
            try:
                export(name, folder)
            except WeightsMissingError as error:
                left_out(f"left out {model_id(name)}: {error.message}")
                continue
        yield model_id(name), stale


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when all models lie there, else 1 and one line on standard error."""
    parser = argparse.ArgumentParser(prog="python -m endpoints.bundled", description="Export the bundled models.")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the models' folders go")
    out: Path = parser.parse_args(arguments).out
    try:
        for identity, made in export_all(out, lambda line: print(line, file=sys.stderr, flush=True)):
            print(f"{identity} {'exported' if made else 'up to date'}", flush=True)
    except HarpistError as error:
        print(error.message, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The bundled models cannot be written to {out}: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


def _readme(model: BundledModel) -> str:
    metadata = model.metadata
    weights = "".join(
        f"Weights: {used.pin}, {used.credit}, licence {used.licence}; the rest is Harpist's, MIT.\n\n"
        for used in model.weights
    )
    return f"# {metadata['name']}\n\n{metadata['long_description']}\n\n{weights}Follows: {model.paper}.\n"


def _write_example(model: BundledModel, path: Path) -> None:
    import numpy as np

    from app.audio.formats import AudioFormat
    from app.audio.io import open_writer

    made, rate = model.example()
    samples = np.asarray(made, dtype=np.float32)
    channels, length = samples.shape
    with open_writer(path, AudioFormat(rate, channels, length, "WAV", "PCM_16")) as writer:
        writer.write(samples)


if __name__ == "__main__":
    sys.exit(main())
