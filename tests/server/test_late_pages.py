"""When the libraries of the models' pages come: right after the start, or with the first page."""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.server.harp import call
from tests.server.manager import wait_for
from tests.server.running import RunningServer, announced, command, run_server


def has_pages(server: RunningServer) -> bool:
    """Whether Gradio is there: what it is built on, in the process's memory."""
    return "pydantic_core" in Path(f"/proc/{server.process.pid}/maps").read_text()


def test_they_come_by_themselves_or_with_the_first_page(bundled_home: Path) -> None:
    with announced(180, **command("serve", "--port", "0", home=bundled_home)) as server:
        wait_for(lambda: has_pages(server), 120)
    with run_server(bundled_home) as server:  # with --late-pages
        base = server.model("harpist/key")
        assert call(base, "controls", [])[0] == "complete"
        assert not has_pages(server)
        assert httpx.get(f"{base}/", timeout=120).status_code == 200
        assert has_pages(server)
