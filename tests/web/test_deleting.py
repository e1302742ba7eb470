"""What somebody sent, and what came of it, can be deleted at once: then nobody gets it, and the disk has it no more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.fixtures.endpoints.mirror import Mirror, spec
from tests.serving import site
from tests.web.test_harp_routes import API, call, fetch, run, upload, values

FILE = f"{API}/file="


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with site(tmp_path_factory.mktemp("home"), [replace(spec(Mirror, "test/mirror"), repeatable=True)]) as made:
        yield made


def test_a_result_and_what_was_sent_are_gone_at_once(server, http):
    sent = upload(http)
    results = [run(http, values(sent))[1][0]["path"] for _ in range(2)]
    other = upload(http)
    work = server.settings.work
    # What the second job was given is what the first had made: both go.
    for path in results:
        assert http.get(FILE + path).status_code == 200
    assert server.service._making._repeats._kept
    answer = http.delete(FILE + results[1])
    assert (answer.status_code, answer.json()) == (200, {"deleted": True})
    assert not server.service._making._repeats._kept
    assert http.get(FILE + results[1]).status_code == 410
    assert not any((work / path).exists() for path in results)
    assert http.delete(FILE + results[1]).json() == {"error": "This file was deleted."}

    assert http.delete(FILE + sent).status_code == 200
    assert not Path(sent).exists() and http.get(FILE + sent).status_code == 410
    assert run(http, values(sent)) == ("error", {"error": "This file was deleted."})
    assert http.get(FILE + other).status_code == 200, "what somebody else sent stays"
    assert not list((work / "jobs").iterdir())


def test_a_file_that_a_job_works_on_stays_until_its_end(server, http):
    sent = upload(http)
    event = call(http, "process", values(sent, 20.0))
    answer = http.delete(FILE + sent)
    assert answer.status_code == 409 and answer.json()["error"].startswith("A job works on this file; cancel it")
    assert Path(sent).exists()
    call(http, "cancel", [])
    assert fetch(http, "process", event)[0] == "error"
    server.wait(lambda: http.delete(FILE + sent).status_code == 200)


@pytest.mark.parametrize("path", ["uploads/nothing/a.wav", "%2e%2e/%2e%2e/etc/passwd", "jobs", "", "uploads"])
def test_nothing_but_a_file_that_was_sent_or_made_is_deleted(server, http, path: str):
    sent = upload(http)
    assert http.delete(FILE + path).status_code in (403, 404)
    assert Path(sent).exists() and (server.settings.work / "uploads").is_dir()


@pytest.mark.parametrize("place", ["", "uploads", "jobs"])
def test_a_file_that_lies_among_everybodys_stays(server, http, place: str):
    file = server.settings.work / place / "loose.txt"
    file.write_text("loose")
    assert http.delete(f"{FILE}{file.relative_to(server.settings.work)}").status_code == 403
    assert file.exists()
    file.unlink()


def test_another_sites_page_deletes_nothing(server, http):
    sent = upload(http)
    answer = http.delete(FILE + sent, headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403 and Path(sent).exists()


@pytest.fixture
def http(server):
    with httpx.Client(base_url=server.url, timeout=30) as client:
        yield client
