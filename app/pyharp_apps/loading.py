"""Running an app's file, to hear what it builds."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.errors import HarpistError, ModelFormatError
from app.own_code import PREFIX, pip_arguments
from app.pyharp_apps.arguments import check_arguments
from app.pyharp_apps.refusals import explained, prepare_refusals
from app.pyharp_apps.stand_ins import install
from app.workers.one_line import one_line
from app.workers.sandbox.terms import NETWORK
from app.workers.sandbox.workplace import WORKPLACE

_PACKAGE = re.compile(r"[A-Za-z0-9_.-]+")
_LACKING = re.compile(
    r"cannot import name '(\w{1,80})' from '(?:harpist\.)?app\.pyharp_apps\.stand_ins\.(symusic|audiotools|pyharp)'"
)
_PINNED = {"torchaudio": pip_arguments("requirements-torchaudio.txt")}
"""What is installed by a file of ours, since not every release goes with the PyTorch that is here."""


def load(path: Path, home: Path, keeps: str = "", permits: tuple[str, ...] = ()) -> Any:
    """Run an app's file as a program, and return the endpoint that it builds (see :mod:`.stand_ins.pyharp`).

    From then on this process works in the app's folder (see :mod:`app.workers.sandbox.workplace`).

    Args:
        path: the file.
        home: this worker's own folder.
        keeps: a folder for what libraries download; empty: they keep nothing.
        permits: what of the sandbox's terms the app has been given.

    Raises:
        ModelFormatError: why it builds none, in a sentence.
    """
    from app.pyharp_apps.stand_ins.launching import LAUNCHES
    from app.pyharp_apps.stand_ins.pyharp import BUILT

    install()
    BUILT.clear()
    _settle(keeps, permits)
    laid_out = home / WORKPLACE / path.name
    place = laid_out if laid_out.exists() else path
    os.chdir(place.parent)
    sys.path.insert(0, str(place.parent))
    sys.argv[:] = [str(place)]
    problem: HarpistError | None = None
    ended = f"{path.name} builds no endpoint: it never called pyharp’s build_endpoint."
    with LAUNCHES.ending():
        try:
            _run(place)
        except SystemExit as end:
            code = "" if end.code is None else f" ({one_line(str(end.code))})"
            ended = f"{path.name} ended itself{code} before it built an endpoint."
        except HarpistError as error:
            problem = error
        except Exception as error:
            problem = ModelFormatError(_sentence(error, place, permits, path))
    if problem is not None:
        raise problem
    if not BUILT:
        raise ModelFormatError(ended)
    check_arguments(BUILT[0])
    return BUILT[0]


def _run(place: Path) -> None:
    """Run a file as ``__main__``, whose names live on as long as the process."""
    import types

    module = types.ModuleType("__main__")
    module.__file__ = str(place)
    code = compile(place.read_bytes(), str(place), "exec", dont_inherit=True)
    sys.modules["__main__"] = module
    exec(code, vars(module))  # noqa: S102


def _settle(keeps: str, permits: tuple[str, ...]) -> None:
    """Make this process a home for an app: what the sandbox refuses fails as mildly as it can, and is noted."""
    if NETWORK in permits:
        for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE"):
            os.environ.pop(name, None)
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = os.environ["GRADIO_ANALYTICS_ENABLED"] = "0"
    os.environ["MPLBACKEND"] = "agg"
    if keeps:
        os.environ.update(HF_HOME=f"{keeps}/huggingface", TORCH_HOME=f"{keeps}/torch", XDG_CACHE_HOME=keeps)
    prepare_refusals()


def _sentence(error: Exception, place: Path, permits: tuple[str, ...], path: Path) -> str:
    where = next(_lines(error, place), None)
    at = place.name if where is None else f"{place.name}, line {where}"
    if isinstance(error, ModuleNotFoundError) and error.name and _PACKAGE.fullmatch(error.name):
        package = error.name.partition(".")[0]
        return (
            f"{at}: it needs the package “{package}”, which is not installed; "
            f"perhaps: {_python()} -m pip install {_PINNED.get(package, package)}"
        )
    lacking = _LACKING.match(str(error)) if isinstance(error, ImportError) else None
    if lacking:
        name, module = lacking.groups()
        lacks = f"{at}: it needs {module}.{name}, which Harpist’s stand-in for {module} lacks"
        # Of pyharp there is nothing to install: ours always stands in.
        package = {"audiotools": "descript-audiotools", "pyharp": ""}.get(module, module)
        return f"{lacks}; perhaps: {_python()} -m pip install {package}" if package else f"{lacks}."
    reason = error.msg if isinstance(error, SyntaxError) else str(error)
    told = one_line(f"{at}: {type(error).__name__}{f': {reason}' if reason else ''}".rstrip("."))
    return explained(error, f"{told}.", permits, path.parent)


def _lines(error: Exception, place: Path) -> Iterator[int]:
    """Yield the lines of the app's own file that led to an error, the last one first."""
    if isinstance(error, SyntaxError) and error.filename == str(place) and error.lineno:
        yield error.lineno
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename == str(place) and frame.lineno:
            yield frame.lineno


def _python() -> str:
    """Return the command that is this Python, as one types it."""
    if PREFIX:
        return "python"
    return ".venv/bin/python" if os.name == "posix" else r".venv\Scripts\python"
