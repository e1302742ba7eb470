"""The libraries of the models' pages come right after the start; with ``--late-pages``: ``test_serve.py``."""

from __future__ import annotations

from pathlib import Path

from tests.server.manager import wait_for
from tests.server.running import announced, command


def test_they_come_by_themselves(bundled_home: Path) -> None:
    with announced(180, **command("serve", "--port", "0", home=bundled_home)) as server:
        wait_for(server.has_pages, 120)
