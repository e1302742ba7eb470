"""A refused upload is answered at once, and keeps its connection no longer than its client needs."""

from __future__ import annotations

import json
import socket
from urllib.parse import urlsplit

import pytest

from tests.web.test_harp_routes import API

HEAD = f"POST {API}/upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=X\r\n"
TOO_LARGE = b'--X\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n\r\n' + b"x" * 1_100_000


@pytest.mark.parametrize(
    ("length", "body", "status"),
    [(0, b"", 400), (5, b"wrong", 400), (50_000_000, TOO_LARGE, 413)],
    ids=["nothing", "no form", "too large, and then silent"],
)
def test_a_refused_upload_gets_its_sentence_and_an_end(server, monkeypatch, length, body, status):
    monkeypatch.setattr("app.web.bodies._SILENCE", 0.3)
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=4) as connection:
        connection.sendall(f"{HEAD}Content-Length: {length}\r\n\r\n".encode() + body)
        told = b""
        while block := connection.recv(65536):  # times out where the server holds on
            told += block
    assert int(told.split()[1]) == status
    assert json.loads(told.partition(b"\r\n\r\n")[2])["error"]
