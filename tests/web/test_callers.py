import pytest

from app.web.callers import caller_of


def scope(headers: dict[str, str], client="192.0.2.7", **more):
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    return {"type": "http", "scheme": "http", "server": ("10.0.0.1", 80), "client": (client, 5), "headers": raw, **more}


def test_the_token_is_kept_as_a_digest_only():
    caller = caller_of(scope({"Authorization": "Bearer hf_secret", "x-harp-client": "tab"}))
    assert caller.address == "192.0.2.7" and caller.client == "tab"
    assert len(caller.token) == 64 and "hf_secret" not in caller.token
    assert caller == caller_of(scope({"Authorization": "Bearer hf_secret", "x-harp-client": "tab"}))
    assert caller_of(scope({})).token == ""
    assert len(caller_of(scope({"x-harp-client": "x" * 5000})).client) == 200


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "127.8.8.8"])
def test_this_machine_is_one_address(address):
    assert caller_of(scope({}, address)).address == "loopback"


def test_an_address_has_one_form():
    assert caller_of(scope({}, "::ffff:192.0.2.7")).address == "192.0.2.7"
    assert caller_of(scope({}, "fe80::1%eth0")).address == "fe80::1"
    assert caller_of(scope({}, "testclient")).address == "testclient"
    assert caller_of({**scope({}), "client": None}).address == ""
