"""HARP's routes, asked as no client of HARP would ask."""

import http.client as http_client
import json
import re
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.fixtures.specs import wav

BASE = "/models/test/mirror"
API = f"{BASE}/gradio_api"
SOUND = wav(bytes(range(256)) * 2000)


def upload(http: httpx.Client, name: str = "a.wav", body: bytes = SOUND) -> str:
    answer = http.post(f"{API}/upload", files={"files": (name, body)})
    assert answer.status_code == 200, answer.text
    return answer.json()[0]


def values(path: object, seconds: float = 0.0) -> list[object]:
    return [{"path": path}, "Keep stereo", 0.3, True, seconds, ""]


def call(http: httpx.Client, name: str, data: object, base: str = API) -> str:
    answer = http.post(f"{base}/call/{name}", json={"data": data})
    assert answer.status_code == 200, answer.text
    return answer.json()["event_id"]


def fetch(http: httpx.Client, name: str, event: str, base: str = API) -> tuple[str, object]:
    text = http.get(f"{base}/call/{name}/{event}").text
    lines = [line for line in text.splitlines() if not line.startswith(":") and line]  # heartbeats of a busy machine
    return lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: "))


def run(http: httpx.Client, data: object, base: str = API) -> tuple[str, object]:
    return fetch(http, "process", call(http, "process", data, base), base)


# ----- calls


def test_event_ids_are_unguessable_and_bound_to_their_call(http):
    event, other = call(http, "controls", []), call(http, "controls", [])
    assert event != other and len(event) >= 32
    for path in (
        f"/models/test/reader/gradio_api/call/controls/{event}",
        f"{API}/call/process/{event}",
        f"{API}/call/cancel/{event}",
    ):
        answer = http.get(path)
        assert answer.status_code == 404
        assert answer.text.startswith('event: error\ndata: {"error": "There is no such event')
    assert fetch(http, "controls", event)[0] == "complete"
    # Until the server knows that it arrived, whoever asks again is answered: a client may have lost it.
    assert "error" in (fetch(http, "controls", event)[0] for _ in range(20)), "an event is fetched once"


@pytest.mark.parametrize(
    ("body", "kind", "status", "sentence"),
    [
        (b"{", "application/json", 400, "is not JSON"),
        (b"", "application/json", 400, "is not JSON"),
        (b"\xff\xfe", "application/json", 400, "is not JSON"),
        (b"[" * 100_000, "application/json", 400, "is not JSON"),
        (b"9" * 10_000, "application/json", 400, "JSON|data"),
        (b"[]", "application/json", 400, "expects {"),
        (b'{"values": []}', "application/json", 400, "expects {"),
        (b'{"data": []}', "text/plain", 400, "expects the content type application/json"),
        (b'{"data": []}', "", 400, "expects the content type application/json"),
        (b'{"data": ["' + b"x" * 2_000_000 + b'"]}', "application/json", 413, "at most 1 MiB"),
    ],
)
def test_a_malformed_call_gets_a_sentence(http, body, kind, status, sentence):
    answer = http.post(f"{API}/call/process", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert re.search(sentence, answer.json()["error"])


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("text", "Expected {"),
        ({}, "Expected {"),
        ([], "Expected 6 values"),
        ([None] * 6, "Input Audio expects a file, and none was sent"),
        (values(5), "Input Audio expects a file as"),
        (values("/etc/passwd"), "names no file that was uploaded"),
        (values("../../../../etc/passwd"), "names no file that was uploaded"),
        (values("jobs"), "names no file that was uploaded"),
        (values("\x00"), "names no file that was uploaded"),
        ([{"path": "a", "url": "http://169.254.169.254/"}, *values("")[1:]], "names no file that was uploaded"),
    ],
)
def test_values_that_cannot_be_used_get_a_sentence_where_harp_looks(http, data, sentence):
    kind, answer = run(http, data)
    assert kind == "error" and sentence in answer["error"]


def test_values_that_are_wrong_for_a_control_get_a_sentence(http):
    path = upload(http)
    for position, raw, sentence in [
        (1, "Mono", "Channels expects one of"),
        (2, "loud", "Wet expects a number"),
        (2, float("9e99"), "Wet expects a number"),
        (2, [[[[0]]]], "Wet expects a number"),
        (3, "yes", "Join expects true or false"),
        (4, -1, "Seconds expects a number from 0 to 60"),
        (5, 5, "Note expects text"),
    ]:
        data = values(path)
        data[position] = raw
        kind, answer = run(http, data)
        assert kind == "error" and sentence in answer["error"], answer
    nested = '{"data": [{"path": ' + "[" * 900 + "]" * 900 + '}, "", 1, 1, 1, ""]}'
    answer = http.post(f"{API}/call/process", content=nested, headers={"Content-Type": "application/json"})
    assert fetch(http, "process", answer.json()["event_id"])[0] == "error"


def test_unknown_names_get_a_sentence(http):
    for method, path, status, sentence in [
        ("POST", f"{API}/call/predict", 404, "no API name “predict”"),
        ("GET", f"{API}/call/predict/x", 404, "no API name “predict”"),
        ("GET", f"{API}/call/process", 405, "takes POST"),
        ("POST", f"{API}/call/process/x", 405, "takes GET"),
        ("PUT", f"{API}/upload", 405, "takes POST"),
        ("POST", f"{API}/file=a", 405, "takes GET, HEAD"),
        ("POST", "/models/test/none/gradio_api/call/controls", 404, "no model “test/none”"),
    ]:
        answer = http.request(method, path, json={"data": []})
        assert answer.status_code == status, (method, path, answer.text)
        assert sentence in answer.json()["error"]


def test_a_failure_reaches_whoever_asks(http):
    kind, answer = run(http, [{"path": upload(http)}], "/models/test/failing/gradio_api")
    assert kind == "error" and answer["error"].startswith("The model gave")


def test_the_queue_has_an_end_and_says_so(server, http):
    path = upload(http)
    events = [call(http, "process", values(path, 60)) for _ in range(2)]
    kind, answer = run(http, values(path))
    assert kind == "error" and "busy" in answer["error"]
    for event in events:
        with http.stream("GET", f"{API}/call/process/{event}"):
            pass
    server.wait(lambda: server.open_jobs() == 0)
    assert run(http, values(path))[0] == "complete"


def test_controls_answer_at_once_while_jobs_run(server, http):
    event = call(http, "process", values(upload(http), 60))
    for _ in range(20):
        assert fetch(http, "controls", call(http, "controls", []))[0] == "complete"
    assert server.open_jobs() == 1
    with http.stream("GET", f"{API}/call/process/{event}"):
        pass
    server.wait(lambda: server.open_jobs() == 0)


def test_two_may_watch_and_the_last_to_go_ends_the_job(server, http):
    event = call(http, "process", values(upload(http), 60))
    with http.stream("GET", f"{API}/call/process/{event}"):
        with http.stream("GET", f"{API}/call/process/{event}"):
            pass
        time.sleep(0.3)
        assert server.open_jobs() == 1
    server.wait(lambda: server.open_jobs() == 0)


def test_a_cancel_without_a_fetch_works_too(server, http):
    event = call(http, "process", values(upload(http), 60))
    with http.stream("GET", f"{API}/call/process/{event}") as stream:
        server.wait(lambda: server.open_jobs() == 1)
        start = time.monotonic()
        call(http, "cancel", [])
        server.wait(lambda: server.open_jobs() == 0)
        assert time.monotonic() - start < 5
        assert "cancelled" in stream.read().decode()


# ----- uploads


def test_an_upload_keeps_its_name_and_outputs_are_named_after_it(http):
    path = upload(http, "../My Take, v2 (final).wav")
    assert Path(path).name == "My Take, v2 (final).wav"
    kind, outputs = run(http, values(path))
    assert kind == "complete"
    assert [Path(item["path"]).name for item in outputs] == [
        "My Take, v2 (final)-Left stem.wav",
        "My Take, v2 (final)-Right_stem.wav",
    ]
    assert all(not Path(item["path"]).is_absolute() for item in outputs), "the server's own paths are nobody's business"


def test_a_notice_comes_with_each_output(http):
    path = upload(http)
    assert all("notice" not in item for item in run(http, values(path))[1])
    kind, outputs = run(http, [*values(path)[:-1], "Notice: turned down,\nall of them."])
    assert kind == "complete"
    assert [item["notice"] for item in outputs] == ["Notice: turned down, all of them."] * 2


def test_several_files_in_one_upload(http):
    files = [("files", (f"{n}.wav", bytes([n]))) for n in range(3)]
    assert [Path(path).name for path in http.post(f"{API}/upload", files=files).json()] == ["0.wav", "1.wav", "2.wav"]


def test_an_output_may_be_sent_again(http):
    _, outputs = run(http, values(upload(http)))
    assert run(http, values(outputs[0]["path"]))[0] == "complete"


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 80 * 1024 * 1024])
def test_a_file_over_the_limit_gets_a_sentence_even_though_it_is_still_sent(server, http, size):
    before = set((server.uploads.work / "uploads").iterdir())
    answer = http.post(f"{API}/upload", files={"files": ("big.wav", b"\0" * size)})
    assert answer.status_code == 413
    assert answer.json() == {"error": "The file is larger than this server takes: at most 1 MiB."}
    assert set((server.uploads.work / "uploads").iterdir()) == before


def test_a_broken_upload_gets_a_sentence(http):
    for kind, body in (("text/plain", b"x"), ("multipart/form-data; boundary=X", b"--X\r\n"), ("", b"")):
        answer = http.post(f"{API}/upload", content=body, headers={"Content-Type": kind})
        assert answer.status_code == 400 and "upload" in answer.json()["error"].lower()


def test_an_aborted_upload_leaves_nothing(server):
    folder = server.uploads.work / "uploads"
    before = set(folder.iterdir())
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port)) as raw:
        head = f"POST {API}/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n"
        raw.sendall(f"{head}Content-Type: multipart/form-data; boundary=X\r\n\r\n".encode())
        raw.sendall(b'--X\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n\r\n' + b"x" * 500_000)
        server.wait(lambda: set(folder.iterdir()) != before)
    server.wait(lambda: set(folder.iterdir()) == before)


# ----- files


@pytest.fixture(scope="module")
def output(http) -> str:
    return run(http, values(upload(http, "näïve #1 50%.wav")))[1][0]["url"]


def test_a_file_comes_whole(http, output):
    answer = http.get(output)
    assert answer.content == SOUND
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["content-length"] == str(len(SOUND))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("inline; filename*=utf-8''n%C3%A4%C3%AFve")
    assert output.isascii() and "#" not in output and "%2350%25" not in output


def test_a_file_comes_in_ranges(http, output):
    part = http.get(output, headers={"Range": "bytes=100-199"})
    assert part.status_code == 206 and part.content == SOUND[100:200]
    assert part.headers["content-range"] == f"bytes 100-199/{len(SOUND)}"
    assert http.get(output, headers={"Range": "bytes=-10"}).content == SOUND[-10:]
    assert http.get(output, headers={"Range": f"bytes={len(SOUND)}-"}).status_code == 416
    head = http.head(output)
    assert head.status_code == 200 and head.content == b"" and head.headers["content-length"] == str(len(SOUND))


def test_a_file_has_every_address_that_clients_know(http, output):
    path = output.partition("file=")[2]
    for way in ("gradio_api/file=", "file=", "c/file=", "gradio_api/c/file="):
        assert http.get(f"{BASE}/{way}{path}").content == SOUND
        assert http.get(f"/{way}{path}").content == SOUND


@pytest.mark.parametrize("base", ["", BASE, "/models/test/reader", "/models/test/failing"])
@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "%2Fetc%2Fpasswd",
        "../../../../../../etc/passwd",
        "..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
        "jobs",
        "",
        "%00",
        "http://localhost/",
        "/proc/self/environ",
        "/dev/zero",
    ],
)
def test_no_file_of_the_server_is_anyones(server, base, path):
    for way in ("gradio_api/file=", "file=", "c/file="):
        status, body = raw_get(server.url, f"{base}/{way}{path}")
        assert status == 403, body[:100]
        assert "names no file" in json.loads(body)["error"]


def raw_get(url: str, path: str) -> tuple[int, bytes]:
    """Get a path as it is: most clients tidy up ``..`` before they ask."""
    connection = http_client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_a_page_that_someone_uploads_is_not_shown_as_one(http):
    path = upload(http, "page.html", b"<script>alert(1)</script>")
    answer = http.get(f"{API}/file={path}")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


# ----- other sites, proxies


def test_another_sites_page_can_neither_ask_nor_read(http):
    evil = {"Origin": "https://evil.example"}
    answers = [
        http.post(f"{API}/upload", files={"files": ("a.wav", b"x")}, headers=evil),
        http.post(f"{API}/call/process", json={"data": []}, headers=evil),
        http.post(f"{API}/call/cancel", json={"data": []}, headers=evil),
        http.options(f"{API}/call/process", headers={**evil, "Access-Control-Request-Method": "POST"}),
        http.get(f"{API}/file=x", headers=evil),
        http.get("/catalogue", headers=evil),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403, 405, 403, 200]
    assert not any(name.startswith("access-control") for answer in answers for name in answer.headers)
    own = {"Origin": str(http.base_url).rstrip("/")}
    assert http.post(f"{API}/call/controls", json={"data": []}, headers=own).status_code == 200


def test_output_urls_are_those_of_the_proxy_that_was_asked(http):
    event = call(http, "process", values(upload(http)))
    headers = {"X-Forwarded-Host": "models.example.org", "X-Forwarded-Proto": "https"}
    data = http.get(f"{API}/call/process/{event}", headers=headers).text.splitlines()[1]
    for output in json.loads(data.removeprefix("data: ")):
        assert output["url"].startswith("https://models.example.org/models/test/mirror/gradio_api/file=jobs/")
