import pytest

from app.errors import AccessError
from app.web.callers import caller_of, is_foreign, refuse_foreign, server_url


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


@pytest.mark.parametrize(
    ("headers", "url"),
    [
        ({"Host": "localhost:7860"}, "http://localhost:7860"),
        ({"Host": "[::1]:7860"}, "http://[::1]:7860"),
        ({"Host": "a", "X-Forwarded-Host": "models.example.org"}, "http://models.example.org"),
        ({"Host": "a", "X-Forwarded-Host": "m.org, inner", "X-Forwarded-Proto": "https, http"}, "https://m.org"),
        ({"Host": "a", "X-Forwarded-Proto": "javascript"}, "http://a"),
        ({"Host": "a", "X-Forwarded-Host": "evil.org/path"}, "http://a"),
        ({"Host": "a", "X-Forwarded-Host": "user@evil.org"}, "http://a"),
        ({"Host": 'a"><script>'}, "http://10.0.0.1:80"),
        ({}, "http://10.0.0.1:80"),
    ],
)
def test_the_url_is_the_one_that_the_caller_used(headers, url):
    assert server_url(scope(headers), "") == url


def test_the_public_url_wins_and_a_mount_counts():
    assert server_url(scope({"Host": "a", "X-Forwarded-Host": "b"}), "https://c.org/harp/") == "https://c.org/harp"
    assert server_url(scope({"Host": "a"}, root_path="/harp"), "") == "http://a/harp"


@pytest.mark.parametrize(
    ("origin", "foreign"),
    [
        (None, False),
        ("http://a:1", False),
        ("https://public.org", False),
        ("https://front.org", False),
        ("http://a:2", True),
        ("https://evil.org", True),
        ("null", True),
    ],
)
def test_a_page_of_another_site_is_told_by_its_origin(origin, foreign):
    headers = {"Host": "a:1", "X-Forwarded-Host": "front.org", **({"Origin": origin} if origin else {})}
    assert is_foreign(scope(headers), "https://public.org/harp") is foreign
    if foreign:
        with pytest.raises(AccessError, match="another site"):
            refuse_foreign(scope(headers), "https://public.org/harp")
    else:
        refuse_foreign(scope(headers), "https://public.org/harp")
