from __future__ import annotations

import socket

import pytest

from app.cli.serve import listen
from app.errors import SettingsError


def test_localhost_is_bound_on_every_family_with_one_port() -> None:
    sockets = listen("localhost", 0)
    try:
        addresses = [item.getsockname() for item in sockets]
        assert {address[0] for address in addresses} <= {"127.0.0.1", "::1"}
        assert len({address[1] for address in addresses}) == 1
        with socket.create_connection(("127.0.0.1", addresses[0][1]), timeout=5):
            pass
    finally:
        for item in sockets:
            item.close()


@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        ("192.0.2.7", "“192.0.2.7” is not an address of this machine; try --host localhost."),
        ("no.such.host.invalid", "“no.such.host.invalid” is not an address of this machine; try --host localhost."),
    ],
)
def test_says_what_is_wrong_with_an_address(host: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        listen(host, 0)
    assert caught.value.message == sentence


def test_a_port_in_use_leaves_no_socket_behind() -> None:
    taken = listen("localhost", 0)
    port = taken[0].getsockname()[1]
    with pytest.raises(SettingsError, match=f"Port {port} is in use"):
        listen("localhost", port)
    for item in taken:
        item.close()
    for item in listen("localhost", port):
        item.close()
