"""Every address of a running server, asked by nobody and by two people: who may ask for what is what the table says."""

from __future__ import annotations

import re

import httpx
import pytest

from app.ui.gate import _CALL, _READ
from app.web.access.rules import RULES, Rule, Who, rule_for
from app.web.harp_routes import CALLS
from app.web.manager_routes import PREFIX

PARTS = {"owner": "test", "name": "mirror", "call": "controls", "event": "abc", "path…": "uploads/x/a.wav"}
PARTS |= {"job": "0" * 32, "rest…": "config", "id": "0" * 32}


@pytest.fixture
def url(paged) -> str:
    return paged.url


@pytest.fixture
def keys(paged):
    return paged.anna, paged.ben


def example(rule: Rule) -> str:
    return re.sub(r"\{([^{}]*)\}", lambda found: PARTS[found[1]], rule.path)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.methods[0]} {rule.path}")
def test_an_address_is_asked_by_whom_the_table_names(rule: Rule, url: str, keys):
    anna, ben = keys
    assert rule_for(rule.methods[0], example(rule)) == rule, "another rule stands before it"

    def status(key: str) -> int:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        method, path = rule.methods[0], example(rule)
        body: dict[str, object] = {"json": {"data": []}} if method == "POST" else {}
        return httpx.request(method, url + path, headers=headers, timeout=60, **body).status_code

    if rule.who is Who.ANYONE:
        # Whoever comes back from the hub without having been sent there has not signed in.
        assert status("") not in (403, 404) and (status("") != 401 or rule.path.endswith("/done"))
        return
    # HARP reads a refusal in the stream of its call alone.
    told = "/call/{call}" in rule.path and rule.methods == ("POST",)
    assert status("") == (200 if told else 401)
    apart = rule.who in (Who.INSTALLER, Who.WATCHER)
    assert status(ben) == 403 if apart else status(ben) not in (401, 405)
    assert status(anna) not in ((401, 405) if rule.who is Who.OWNER else (401, 403, 405))


def test_no_address_is_without_a_rule(url: str):
    """What the server, its manager, HARP's calls and the pages answer at, each under both kinds of address."""
    manager = [("GET", f"{PREFIX}{name}") for name in ("models", "installs", "update")]
    manager += [("POST", f"{PREFIX}{name}") for name in ("install", "cancel", "remove", "update")]
    own = [("GET", path) for path in ("/", "/health", "/catalogue", "/favicon.ico", "/sign-in")]
    own += [("POST", "/sign-in"), ("POST", "/sign-out")]
    read = ["config", "theme.css", "robots.txt", "manifest.json", "pwa_icon/512", "static/a", "assets/a.js", "svelte/a"]
    read += [f"gradio_api/{name}" for name in ("info", "queue/data", "heartbeat/x", "call/v2/process/x", "file=a/b")]
    calls = [f"gradio_api/{name}" for name in ("run/process", "queue/join", "cancel", "reset", "upload")]
    assert all(_READ.fullmatch(path) for path in read) and all(_CALL.fullmatch(path) for path in calls)
    pages = [("GET", path) for path in read] + [("POST", path) for path in calls]
    pages += [("POST", f"call/{call}") for call in CALLS]
    placed = [(method, f"{prefix}/{path}") for method, path in pages for prefix in ("", "/models/test/mirror")]
    for method, path in (*manager, *own, *placed):
        found = rule_for(method, path)
        assert found is not None and method in found.methods, path
    assert rule_for("GET", "/a-new-address") is None and httpx.get(f"{url}/a-new-address").status_code == 401


def test_an_address_without_a_rule_is_nobodys(url: str, keys):
    answer = httpx.get(f"{url}/a-new-address", headers={"Authorization": f"Bearer {keys[0]}"})
    assert answer.status_code == 404 and answer.json() == {"error": "This server has no such address."}
