"""What ``models search`` prints: models of the hub beside this program's own endpoints that need weights."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.cli.hub_models import search_models
from app.config import Settings
from tests.hub_server.server import serve_hub
from tests.hub_server.small import model_files


def test_endpoints_that_need_weights_are_found_beside_models_of_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve_hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        hub.add("someone/stems-of-mine", model_files())
        assert search_models(Settings(home=tmp_path), "stems") == 0
        found = capsys.readouterr().out
        assert search_models(Settings(home=tmp_path), "no such model") == 0
        assert "No model matches" in capsys.readouterr().err
    ids = [line.partition(" ")[0] for line in found.splitlines() if not line.startswith(" ")]
    own = ["harpist/stems", "harpist/stems-four", "harpist/stems-six", "harpist/stems-vocals"]
    assert ids == [*own, "someone/stems-of-mine"]
    assert re.search(r"^harpist/stems  Effect, 84 MB, mit$", found, re.MULTILINE), "not installed"
    vocals = r"^harpist/stems-vocals  Effect, 913 MB, mit$"
    assert re.search(vocals, found, re.MULTILINE), "the licence of a further choice is asked when that is installed"
    assert "harpist/chords" not in found, "what needs no weights is here anyway"
