"""LV2 plugins for tests: small ones that are compiled from C, and Debian's where they are installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

import pytest

from app.errors import HarpistError
from app.lv2_folders import lv2_folders
from endpoints.effects.lv2.library import open_library

SOURCES = Path(__file__).parent / "fixtures" / "lv2" / "harpist-trial.lv2"
CALF = "http://calf.sourceforge.net/plugins/"
LSP = "http://lsp-plug.in/plugins/lv2/"

_COMPILER = shutil.which("cc") or shutil.which("gcc")


def _library() -> bool:
    try:
        open_library()
    except HarpistError:
        return False
    return True


@lru_cache(maxsize=1)
def _bundles() -> frozenset[str]:
    return frozenset(path.name for folder in lv2_folders() for path in Path(folder).iterdir())


needs_lilv = pytest.mark.skipif(not _library(), reason="lilv is not installed: liblilv-0-0")
needs_compiler = pytest.mark.skipif(_COMPILER is None, reason="there is no C compiler for the tests' own LV2 plugins")
needs_calf = pytest.mark.skipif(
    not _library() or "calf.lv2" not in _bundles(), reason="Calf's LV2 plugins are not installed: calf-plugins"
)
needs_lsp = pytest.mark.skipif(
    not _library() or "lsp-plugins.lv2" not in _bundles(), reason="LSP's LV2 plugins are not installed: lsp-plugins-lv2"
)


_made = tempfile.TemporaryDirectory(prefix="harpist-lv2-")


@lru_cache(maxsize=1)
def trials() -> Path:
    """Return a folder for ``LV2_PATH`` with the tests' own bundle, compiled once."""
    bundle = Path(_made.name) / SOURCES.name
    bundle.mkdir()
    for path in SOURCES.glob("*.ttl"):
        shutil.copy(path, bundle)
    assert _COMPILER is not None
    flags = ["-shared", "-fPIC", "-O1", "-o", str(bundle / "trial.so")]
    subprocess.run([_COMPILER, *flags, str(SOURCES / "trial.c"), "-lm"], check=True)
    return bundle.parent
