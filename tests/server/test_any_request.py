"""Whatever is sent to whatever address: no server fault, no traceback, and the server goes on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.requests import AnyRequest, any_request, gradio_routes, send
from tests.server.running import RunningServer, run_server

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "300"))
PAGE = "/models/test/well_behaved"
JSON = (("Content-Type", "application/json"),)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with run_server(tmp_path_factory.mktemp("home"), "--workers", "1", module="tests.server.sinners") as running:
        httpx.get(f"{running.model('test/well_behaved')}/config", timeout=180).raise_for_status()
        yield running


def known(method: str, path: str, body: bytes = b"", headers: tuple[tuple[str, str], ...] = JSON) -> AnyRequest:
    return AnyRequest(method, path, headers, body)


KNOWN = [
    known("GET", "/manager/models?rate=" + "9" * 5000),
    known("POST", "/manager/install", b'{"model": "\\ud800"}'),
    known("POST", "/manager/\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), b"{}"),
    known("POST", f"{PAGE}/gradio_api/call/process", b'{"data": ["\\ud800"]}'),
    known("POST", f"{PAGE}/gradio_api/run/process", b'{"data": [NaN]}'),
    known("POST", f"{PAGE}/gradio_api/queue/join", b'{"data": [1e400], "fn_index": 0, "session_hash": "a"}'),
    known("POST", f"{PAGE}/gradio_api/cancel", b'{"data": [1e400]}'),
    known("POST", f"{PAGE}/gradio_api/reset", b'{"event_id": "\\ud800"}'),
    known("POST", f"{PAGE}/gradio_api/vibe-code", b"\xff\xfe"),
    known("GET", f"{PAGE}/gradio_api/proxy=%00"),
    known("GET", f"{PAGE}/gradio_api/queue/data?session_hash=unknown"),
    known("GET", f"{PAGE}/gradio_api/call/v2/process/unknown"),
    known("GET", f"{PAGE}/assets/" + "a" * 300),
    known("HEAD", f"{PAGE}/?page=a"),
    known("POST", "/upload", headers=(("Content-Type", "multipart/form-data; boundary=X"),)),
    known("GET", f"{PAGE}/gradio_api/info", headers=(("Origin", "http://["),)),
]


@pytest.fixture(scope="module")
def requests() -> st.SearchStrategy[AnyRequest]:
    return any_request(gradio_routes())


def check(server: RunningServer, request: AnyRequest) -> None:
    status, answer = send(server.url, request)
    assert 200 <= status < 500, answer[:400]
    assert b"Traceback" not in answer and str(Path(__file__).parent.parent.parent).encode() not in answer


@pytest.mark.parametrize("request_", KNOWN, ids=lambda item: item.target[:60])
def test_what_once_was_a_fault_of_the_server_is_none(server, request_):
    check(server, request_)
    assert_quiet(server)


def test_any_request_to_any_address_is_answered_and_none_is_a_fault_of_the_server(server, requests):
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), print_blob=True)
    @given(requests)
    def sent(request: AnyRequest) -> None:
        check(server, request)

    sent()
    assert_quiet(server)
    assert httpx.get(f"{server.url}/health", timeout=10).json()["status"] == "ok"


def assert_quiet(server: RunningServer) -> None:
    faults = [line for line in server.lines if "Traceback" in line or "ERROR" in line or "Exception" in line]
    assert not faults, "\n".join(server.lines[-60:])
