"""The real Audacity, started once for a file of tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tests.audacity.real import RealAudacity, plugins_found, real_audacity


@pytest.fixture(scope="session")
def known_plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Audacity's list of this machine's plugins, which takes it longest of all; made once in a run."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # all test processes of one run take the same
        shared = shared.parent
    kept = shared / "audacity-plugins.cfg"
    with FileLock(shared / "audacity-plugins.lock"):
        if not kept.exists():
            plugins_found(tmp_path_factory.mktemp("plugins")).rename(kept)
    return kept


@pytest.fixture(scope="module")
def real(known_plugins: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealAudacity]:
    """A running one, without a project."""
    with real_audacity(tmp_path_factory.mktemp("audacity"), known_plugins) as running:
        yield running
