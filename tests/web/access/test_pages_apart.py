"""Two people on one model's page: neither has the other's files, nor hears or ends what the other's session does."""

from __future__ import annotations

import io
import json

import httpx
import numpy as np
import pytest
import soundfile

from tests.fixtures.specs import wav

SOUND = wav(bytes(range(256)) * 40)
REFUSED = "belongs to somebody else"


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def page(paged) -> str:
    return f"{paged.url}/models/test/mirror/gradio_api"


def sent(page: str, key: str, name: str = "a.wav", sound: bytes = SOUND) -> str:
    """Send a file as a page does, which follows its upload by an id."""
    files = {"files": (name, sound)}
    answer = httpx.post(f"{page}/upload?upload_id=any", files=files, headers=bearer(key), timeout=60)
    [path] = answer.raise_for_status().json()
    return path


def values(path: str) -> list[object]:
    return [{"path": path, "meta": {"_type": "gradio.FileData"}}, "Keep stereo", 0.3, True, 0.0, ""]


def process(paged) -> int:
    calls = httpx.get(f"{paged.url}/models/test/mirror/config", headers=bearer(paged.ben), timeout=60).json()
    return next(call["id"] for call in calls["dependencies"] if call["api_name"] == "process")


def told(page: str, key: str, session: str) -> str:
    """Return what came of a session's call, or why that is not told."""
    where = f"{page}/queue/data?session_hash={session}"
    with httpx.stream("GET", where, headers=bearer(key), timeout=60) as stream:
        for line in stream.iter_lines():
            if "process_completed" in line or '"error"' in line:
                return line
    raise AssertionError("the stream told nothing")


def test_what_a_page_sent_is_its_persons(paged, page: str):
    path = sent(page, paged.anna)
    assert httpx.get(f"{page}/file={path}", headers=bearer(paged.anna)).content == SOUND
    answer = httpx.get(f"{page}/file={path}", headers=bearer(paged.ben))
    assert answer.status_code == 403 and REFUSED in answer.json()["error"]
    run = f"{page}/run/process"
    answer = httpx.post(run, json={"data": values(path)}, headers=bearer(paged.ben), timeout=60)
    assert answer.status_code == 403 and REFUSED in answer.json()["error"]
    mine = sent(page, paged.ben)  # the same sound, so that both have it
    for key in (paged.anna, paged.ben):
        assert httpx.get(f"{page}/file={mine}", headers=bearer(key)).content == SOUND


def test_a_session_is_its_persons(paged, page: str):
    call = {"data": values(sent(page, paged.anna)), "fn_index": process(paged), "session_hash": "song"}
    joined = httpx.post(f"{page}/queue/join", json=call, headers=bearer(paged.anna), timeout=60)
    event = joined.raise_for_status().json()["event_id"]
    assert REFUSED in told(page, paged.ben, "song")
    ways = (("queue/join", call), ("run/cancel", {"data": []}), ("cancel", {"event_id": event, "fn_index": 0}))
    for way, more in ways:
        body = {**more, "session_hash": "song"}
        answer = httpx.post(f"{page}/{way}", json=body, headers=bearer(paged.ben), timeout=60)
        assert answer.status_code == 403 and REFUSED in answer.json()["error"], way
    assert httpx.get(f"{page}/heartbeat/song", headers=bearer(paged.ben)).status_code == 403
    done = json.loads(told(page, paged.anna, "song").removeprefix("data: "))
    assert done["success"] and len(done["output"]["data"]) == 2


def test_what_was_drawn_for_a_page_is_its_persons(paged, page: str):
    configured = httpx.get(f"{paged.url}/models/test/mirror/config", headers=bearer(paged.anna), timeout=60).json()
    shows = next(call["id"] for call in configured["dependencies"] if call["targets"][0][1] == "change")
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros(4000), 8000, format="AIFF")  # no browser plays it
    path = sent(page, paged.anna, "b.aiff", buffer.getvalue())
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    call = {"data": [file], "fn_index": shows, "session_hash": "drawn"}
    httpx.post(f"{page}/queue/join", json=call, headers=bearer(paged.anna), timeout=60).raise_for_status()
    html = told(page, paged.anna, "drawn")
    assert "gradio_api/file=" in html, html
    link = html.split("/models/test/mirror/gradio_api/file=")[1].split("\\")[0].split('"')[0]
    assert link.startswith("jobs/")
    statuses = [httpx.get(f"{page}/file={link}", headers=bearer(key)).status_code for key in (paged.anna, paged.ben)]
    assert statuses == [200, 403], link
