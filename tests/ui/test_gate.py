"""A page answers at the addresses that it and Gradio's clients use, and at no other of Gradio's."""

from __future__ import annotations

import httpx
import pytest


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "gradio_api/proxy=http://127.0.0.1:1/"),
        ("GET", "gradio_api/proxy=%00"),
        ("GET", "gradio_api/dev/reload"),
        ("GET", "gradio_api/deep_link?session_hash=a"),
        ("POST", "gradio_api/vibe-edit"),
        ("POST", "gradio_api/component_server"),
        ("POST", "gradio_api/process_recording"),
        ("POST", "login"),
        ("GET", "openapi.json"),
        ("GET", "assets/" + "a" * 256),
        ("GET", "assets/a%00"),
        ("GET", "nowhere"),
    ],
)
def test_what_no_page_needs_is_not_there(site, method, path):
    answer = httpx.request(method, f"{site.endpoint('quick')}/{path}", timeout=60)
    assert answer.status_code == 404
    assert answer.json() == {"error": "A model's page has no such address."}


def test_a_wrong_method_is_told_the_right_one(site):
    answer = httpx.post(f"{site.endpoint('quick')}/config")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    answer = httpx.get(f"{site.endpoint('quick')}/gradio_api/queue/join")
    assert (answer.status_code, answer.json()["error"]) == (405, "This address takes POST.")


@pytest.mark.parametrize("path", ["", "config", "gradio_api/info", "theme.css", "gradio_api/startup-events"])
def test_what_pages_and_clients_need_is_there(site, path):
    assert httpx.get(f"{site.endpoint('quick')}/{path}").status_code == 200


def test_a_stream_of_a_session_that_is_not_there_says_so_and_ends(site, capfd):
    answer = httpx.get(f"{site.endpoint('quick')}/gradio_api/queue/data?session_hash=unknown")
    assert '"session_not_found":true' in answer.text.replace(" ", "")
    assert "Traceback" not in "".join(capfd.readouterr())
