"""``cluster status`` where there is no cluster; on a real one: ``tests/backends/ray_cluster/test_taking_nodes.py``."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from app.cli import main
from app.config import Settings
from app.errors import SettingsError
from app.main import chosen_backend

NONE = (
    "No Ray cluster answers at 127.0.0.1:1; start one" if find_spec("ray") else "The backend ray needs Ray; install it"
)


def test_a_cluster_that_is_not_there_is_told_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cluster", "status", "--ray-address", "127.0.0.1:1"]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.startswith(f"harpist: {NONE}") and err.count("\n") == 1


def test_a_server_that_should_use_it_does_not_start() -> None:
    with pytest.raises(SettingsError, match=NONE):
        chosen_backend(Settings(backend="ray", ray_address="127.0.0.1:1"))
