from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import app.audacitorch

ROOT = Path(__file__).parents[2]


def test_what_the_server_reads_imports_no_library_of_models_or_sound():
    code = (
        "import sys, app.audacitorch, app.audacitorch.describe, app.audacitorch.profile, app.audacitorch.metadata\n"
        "print([name for name in ('torch', 'numpy', 'soundfile', 'soxr') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_names_are_looked_up_when_asked_for():
    for name in app.audacitorch.__all__:
        assert getattr(app.audacitorch, name).__name__ == name
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        _ = app.audacitorch.nothing_of_that_name
