"""Who may reach Audacity through a server: who calls from its own machine, and no page of another site."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from app.audacity.channel import ABSENT
from app.config import Settings
from app.web.audacity_routes import AudacityRoutes
from app.web.uploads import UploadStore
from app.web.visit import Visits
from tests.audacity.fake_pipe import kind, pipe_of


def ask(folder: Path, method: str, path: str, body: object = None, client: str = "127.0.0.1", **headers: str):
    """The status and the JSON of one request to routes whose Audacity would have its pipe in ``folder``."""
    settings = Settings(home=folder / "home")
    routes = AudacityRoutes(settings, UploadStore(settings).resolve, folder)
    sent = {"host": "localhost:7860", "content-type": "application/json", **headers}
    raw = [(name.encode(), value.encode()) for name, value in sent.items()]
    scope = {
        "type": "http", "method": method, "scheme": "http", "server": ("127.0.0.1", 7860), "client": (client, 5),
        "path": f"/audacity/{path}", "root_path": "", "query_string": b"", "headers": raw,
    }  # fmt: skip

    async def receive():
        return {"type": "http.request", "body": json.dumps(body or {}).encode(), "more_body": False}

    async def answer():
        return await routes.answer(path, Visits(settings).receive(scope), receive)

    try:
        got = asyncio.run(answer())
    finally:
        routes.close()
    return got.status_code, json.loads(got.body)


def test_only_its_own_machine_learns_of_audacity(tmp_path: Path):
    with pipe_of(tmp_path, kind) as commands:
        assert ask(tmp_path, "GET", "state", client="192.0.2.7") == (200, {"answers": False})
        assert commands == [], "nor is Audacity asked"
        assert ask(tmp_path, "GET", "state") == (200, {"answers": True})


def test_without_audacity_there_is_nothing_to_offer(tmp_path: Path):
    assert ask(tmp_path, "GET", "state") == (200, {"answers": False})
    status, said = ask(tmp_path, "POST", "take")
    assert (status, said["error"]) == (503, ABSENT)


@pytest.mark.parametrize(("method", "path"), [("POST", "take"), ("POST", "put"), ("GET", "sound/abc")])
def test_others_are_refused_before_audacity_is_asked(tmp_path: Path, method: str, path: str):
    with pipe_of(tmp_path, kind) as commands:
        assert ask(tmp_path, method, path, client="192.0.2.7")[0] == 403
        assert ask(tmp_path, method, path, **{"x-forwarded-for": "192.0.2.7"})[0] == 403, "through a proxy"
        assert ask(tmp_path, method, path, origin="https://evil.example")[0] == 403, "another site's page"
        assert commands == []


def test_what_is_not_kept_or_not_meant_is_a_sentence(tmp_path: Path):
    assert ask(tmp_path, "POST", "put", {"id": "abc", "results": []})[0] == 404
    assert ask(tmp_path, "POST", "put", {"id": ["abc"]})[0] == 404
    assert ask(tmp_path, "GET", "sound/abc")[0] == 404
    assert ask(tmp_path, "POST", "elsewhere")[0] == 404
    assert ask(tmp_path, "GET", "take")[0] == 405


def test_nothing_selected_is_a_sentence(tmp_path: Path):
    with pipe_of(tmp_path, kind):
        status, said = ask(tmp_path, "POST", "take")
    assert (status, said["error"][:34]) == (503, "Nothing is selected in Audacity: s")
