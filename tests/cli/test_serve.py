from __future__ import annotations

import socket

import pytest

from app.cli.serve import bind, let_in
from app.config import Settings
from app.errors import SettingsError


def test_localhost_is_bound_on_every_family_with_one_port() -> None:
    sockets = bind("localhost", 0)
    try:
        addresses = [item.getsockname() for item in sockets]
        assert {address[0] for address in addresses} <= {"127.0.0.1", "::1"}
        assert len({address[1] for address in addresses}) == 1
        with pytest.raises(ConnectionRefusedError):  # rather than taken and never answered
            socket.create_connection(("127.0.0.1", addresses[0][1]), timeout=5)
        let_in(sockets, Settings())
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
        bind(host, 0)
    assert caught.value.message == sentence


def test_a_port_in_use_leaves_no_socket_behind() -> None:
    taken = bind("localhost", 0)
    port = taken[0].getsockname()[1]
    late = bind("localhost", port)
    let_in(taken, Settings())
    with pytest.raises(SettingsError, match=f"Port {port} is in use"):
        let_in(late, Settings(port=port))
    for item in late:
        item.close()
    with pytest.raises(SettingsError, match=f"Port {port} is in use"):
        bind("localhost", port)
    for item in taken:
        item.close()
    for item in bind("localhost", port):
        item.close()
