"""Calls that Gradio cannot make cost one sentence, and no traceback."""

from __future__ import annotations

import httpx
import pytest

FILE = {"path": "uploads/none.wav"}
NO_CALL = "There is no such call here; expected is process, controls or cancel."
NO_LIST = 'A call expects {"data": [one value per input, in order]}.'


@pytest.fixture(scope="module")
def base(site) -> str:
    """The address of the calls of a page, which takes a while to be built."""
    httpx.get(f"{site.endpoint('quick')}/config", timeout=60)
    return f"{site.endpoint('quick')}/gradio_api"


@pytest.mark.parametrize("way", ["run", "api"])
@pytest.mark.parametrize(
    ("call", "body", "status", "sentence"),
    [
        ("process", b"nonsense", 400, "The body of a call is not JSON; expected is an object."),
        ("process", b"[]", 400, "The body of a call is not JSON; expected is an object."),
        ("process", {}, 400, NO_LIST),
        ("process", {"data": {}}, 400, NO_LIST),
        ("process", {"data": []}, 400, "Expected 3 values (Input Audio, Channels, Wet), not 0."),
        ("process", {"data": [None, "Keep stereo", 1]}, 400, "Input Audio expects a file, and none was sent."),
        ("process", {"data": [FILE, "Up", 1]}, 400, "Channels expects one of “Keep stereo”, “Mix to mono”, not “Up”."),
        ("process", {"data": [FILE, "Keep stereo", 1]}, 403, "The path names no file that was uploaded"),
        ("controls", {"data": [1]}, 400, "This call expects 0 values, not 1."),
        ("predict", {"data": []}, 404, NO_CALL),
        ("predict", {"data": [], "fn_index": 99}, 404, NO_CALL),
        ("predict", {"data": [], "fn_index": [0]}, 404, NO_CALL),
        ("predict", {"data": ["x" * 2**20], "fn_index": 0}, 413, "A call takes at most 1 MiB"),
    ],
)
def test_a_direct_call_that_cannot_be_made_gets_one_sentence(base, capfd, way, call, body, status, sentence):
    kind = (
        {"content": body, "headers": {"Content-Type": "application/json"}}
        if isinstance(body, bytes)
        else {"json": body}
    )
    answer = httpx.post(f"{base}/{way}/{call}", **kind)
    assert (answer.status_code, answer.json()["error"][: len(sentence)]) == (status, sentence)
    assert "Traceback" not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("call", "body", "status", "sentence"),
    [
        ("nope", {}, 404, NO_CALL),
        ("take", {}, 404, NO_CALL),
        ("controls", {"data": []}, 400, "controls takes no “data”; expected is nothing."),
        ("process", {"data": []}, 400, "process takes no “data”; expected is input_audio, channels, wet."),
        ("process", {"wet": 50}, 400, "Input Audio expects a file, and none was sent."),
    ],
)
def test_a_call_by_name_that_cannot_be_made_gets_one_sentence(base, call, body, status, sentence):
    answer = httpx.post(f"{base}/call/v2/{call}", json=body)
    assert (answer.status_code, answer.json()["error"]) == (status, sentence)


def test_a_queued_call_that_cannot_be_made_gets_one_sentence(base):
    config = httpx.get(f"{base.removesuffix('gradio_api')}config").json()
    process = next(item for item in config["dependencies"] if item["api_name"] == "process")
    for data, sentence in (
        ([], "This call expects 3 values, not 0."),
        ([1, "Keep stereo", 1], "Input Audio expects a file, as an upload returns it"),
        ([FILE, "Keep stereo", 1], "Input Audio expects a file, as an upload returns it"),
    ):
        call = {"fn_index": process["id"], "data": data, "session_hash": "any"}
        answer = httpx.post(f"{base}/queue/join", json=call)
        assert answer.status_code == 400 and answer.json()["error"].startswith(sentence)


def test_calls_that_can_be_made_are(site, base):
    path = httpx.post(f"{base}/upload", files={"files": ("a.wav", site.tone.read_bytes())}).json()[0]
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    answer = httpx.post(f"{base}/run/process", json={"data": [file, "Keep stereo", 100]}, timeout=30)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["data"]) == 2
    assert httpx.post(f"{base}/run/controls/", json={"data": []}).json()["data"][0]["card"]
    event = httpx.post(f"{base}/call/v2/process", json={"input_audio": file, "wet": 50}).json()["event_id"]
    assert "event: complete" in httpx.get(f"{base}/call/v2/process/{event}", timeout=30).text
