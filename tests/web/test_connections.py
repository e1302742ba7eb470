"""Connections that ask too much of the server, or nothing at all: a sentence, an end, and no memory."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from app.web.connections import LimitedProtocol, Limits
from tests.server.running import run_server
from tests.serving import serving

MIB = 1024 * 1024
CHUNKED = b"POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


class Impatient(LimitedProtocol):
    limits = Limits(head_seconds=0.5, body_seconds=0.5, answer_seconds=0.5, connections=40)


class Echo:
    """Answers with the number of bytes that came; a path of digits with so many bytes; notes who has gone."""

    def __init__(self) -> None:
        self.gone = 0
        self.began = 0

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            for _ in range(2):
                await send({"type": f"{(await receive())['type']}.complete"})
            return
        self.began += 1
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.gone += 1
                return
            size, more = size + len(message["body"]), message["more_body"]
        path = scope["path"].strip("/")
        body = b"x" * int(path) if path.isdigit() else str(size).encode()
        start = {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-length", str(len(body)).encode())],
        }
        await send(start)
        for at in range(0, len(body), 65536):
            await send({"type": "http.response.body", "body": body[at : at + 65536], "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


@pytest.fixture(scope="module")
def app() -> Echo:
    return Echo()


@pytest.fixture(scope="module")
def url(app: Echo) -> Iterator[str]:
    with serving(app, http=Impatient) as url:
        yield url


@contextlib.contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=15) as connection:
        yield connection


def pour(connection: socket.socket, head: bytes, piece: bytes, most: int) -> int:
    """Send a head and then the same again and again; returns how many bytes went before the server hung up."""
    sent = 0
    with contextlib.suppress(ConnectionError):
        connection.sendall(head)
        while sent < most:
            connection.sendall(piece)
            sent += len(piece)
    return sent


def answer(connection: socket.socket) -> bytes:
    """Return whatever comes until the server hangs up."""
    told = b""
    with contextlib.suppress(ConnectionError):
        while block := connection.recv(65536):
            told += block
    return told


def sentence(told: bytes) -> tuple[int, str]:
    head, _, body = told.partition(b"\r\n\r\n")
    assert b"connection: close" in head and b"content-type: application/json" in head
    return int(head.split()[1]), json.loads(body)["error"]


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"GET / HTTP/1.1\r\n", b"X-Header: " + b"x" * 1000 + b"\r\n"),
        (b"GET / HTTP/1.1\r\nX-Header: ", b"x" * 4096),
        (b"GET /", b"x" * 4096),
        (CHUNKED + b"0\r\n", b"X-Trailer: " + b"x" * 1000 + b"\r\n"),
        (CHUNKED + b"1;x=", b"x" * 4096),
    ],
    ids=["many headers", "one header", "the address", "trailers", "a chunk's extension"],
)  # fmt: skip
def test_headers_without_an_end_are_refused(url, head, piece):
    with connected(url) as connection:
        pour(connection, head, piece, 200 * 1024)
        status, told = sentence(answer(connection))
    assert status in (400, 431)
    assert told in (
        "The request's headers are larger than this server takes: at most 64 KiB.",
        "This is no HTTP request that the server can read.",
    )


def test_headers_within_the_limit_pass_and_bodies_have_none(url):
    many = {f"X-{n}": "y" * 1000 for n in range(50)}
    assert httpx.get(url, headers=many).status_code == 200
    with httpx.Client() as client:
        for _ in range(3):
            assert client.post(url, content=b"z" * 3_000_000).text == "3000000"
        pieces = (b"z" * 100 for _ in range(5000))
        assert client.post(url, content=pieces).text == "500000"


def test_a_connection_on_which_nothing_comes_is_closed_without_a_word(url):
    with connected(url) as connection:
        assert answer(connection) == b""


@pytest.mark.parametrize("start", [b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\n"])
def test_a_request_that_does_not_arrive_is_given_up(url, start):
    with connected(url) as connection:
        connection.sendall(start)
        assert sentence(answer(connection)) == (408, "The request did not arrive within 0.5 s.")


def test_a_connection_that_says_nothing_after_an_answer_is_closed(url):
    with connected(url) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        connection.sendall(b"\r\n")
        assert sentence(answer(connection)) == (408, "The request did not arrive within 0.5 s.")


def test_a_body_that_stops_is_given_up_and_whoever_reads_it_is_told(app, url):
    before = app.gone
    with connected(url) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n" + b"x" * 5000)
        assert sentence(answer(connection)) == (408, "Nothing more of the request arrived for 0.5 s.")
    assert app.gone == before + 1


def test_an_answer_that_nobody_takes_is_given_up(url):
    with connected(url) as connection:
        connection.sendall(b"GET /80000000 HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(1.5)
        assert len(answer(connection)) < 80_000_000


def test_one_connection_may_not_have_thousands_of_requests_wait(app, url):
    before = app.began
    with connected(url) as connection:
        head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n"
        pour(connection, head, b"", 0)
        pour(connection, b"x", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 1000, 500_000)
        answer(connection)
    assert app.began - before < 5000


def test_what_is_no_http_gets_a_sentence(url, capfd):
    with connected(url) as connection:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert sentence(answer(connection)) == (400, "This is no HTTP request that the server can read.")
    assert "".join(capfd.readouterr()) == ""


def test_more_connections_than_there_may_be_are_refused_and_those_that_are_there_go_on(url):
    with contextlib.ExitStack() as stack, httpx.Client() as client:
        assert client.get(url).status_code == 200
        others = [stack.enter_context(connected(url)) for _ in range(60)]
        told = [answer(connection) for connection in others]
    refused = [sentence(text) for text in told if b"503" in text[:20]]
    assert set(refused) == {(503, "The server has too many connections open; try again later.")}
    assert 15 <= len(refused) <= 25
    deadline = time.monotonic() + 10
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url).status_code == 200:
                break
        assert time.monotonic() < deadline


@pytest.mark.slow
def test_the_server_s_own_memory_stays_where_it_is_under_attack(tmp_path):
    with run_server(tmp_path, "--workers", "1", module="tests.server.sinners") as server:
        httpx.get(f"{server.model('test/well_behaved')}/config", timeout=180).raise_for_status()
        process = psutil.Process(server.process.pid)
        before = process.memory_info().rss
        attacks = [
            (b"GET / HTTP/1.1\r\n", b"X-Header: " + b"x" * 60_000 + b"\r\n"),
            (b"GET / HTTP/1.1\r\nX-Header: ", b"x" * MIB),
            (CHUNKED + b"0\r\n", b"X-Trailer: " + b"x" * 60_000 + b"\r\n"),
            (b"", b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20_000),
            (b"POST /gradio_api/call/process HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
             b"Content-Length: 150000000\r\n\r\n", b"[" * MIB),
        ]  # fmt: skip
        with contextlib.ExitStack() as stack:
            silent = [stack.enter_context(connected(server.url)) for _ in range(180)]
            for head, piece in attacks:
                pour(stack.enter_context(connected(server.url)), head, piece, 15 * MIB)
            assert httpx.get(f"{server.url}/health", timeout=10).status_code == 200
            assert len(silent) == 180
            grown = process.memory_info().rss - before
        assert grown < 25 * MIB, f"{grown / MIB:.0f} MiB"
        assert not any("Traceback" in line for line in server.lines)
