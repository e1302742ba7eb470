from pathlib import Path

import pytest

from app.config import Settings
from app.errors import AccessError, RequestError
from app.web.callers import caller_of, is_foreign, refuse_foreign
from app.web.visit import Visits, visit_of

PROXY, VISITOR = "10.0.0.2", "192.0.2.7"


def receive(headers: dict[str, str], *, client: str = PROXY, path: str = "/models/a/b/", root: str = "", **settings):
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "scheme": "http", "server": ("10.0.0.1", 80), "client": (client, 5)}
    scope |= {"headers": raw, "path": root + path, "raw_path": (root + path).encode(), "root_path": root}
    return Visits(Settings(home=Path("/nowhere"), **settings)).receive(scope)


def url(headers: dict[str, str], **more) -> str:
    return visit_of(receive(headers, **more)).url


TRUSTED = {"trusted_proxy": (PROXY,), "allow_host": ("*.org",)}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Host": "localhost:7860"}, "http://localhost:7860"),
        ({"Host": "[::1]:7860"}, "http://[::1]:7860"),
        ({"Host": "a:80"}, "http://a"),
        ({"Host": "a", "X-Forwarded-Host": "models.example.org"}, "http://models.example.org"),
        ({"Host": "a", "X-Forwarded-Host": "m.org, inner", "X-Forwarded-Proto": "https, http"}, "https://m.org"),
        ({"Host": "a", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/harp/"}, "https://a/harp"),
        ({"Host": "a", "X-Forwarded-Proto": "javascript"}, "http://a"),
        ({"Host": "a", "X-Forwarded-Prefix": "//evil.org"}, "http://a"),
        ({"Host": "a", "X-Forwarded-Prefix": "/x/../y"}, "http://a"),
        ({"Host": "a", "X-Forwarded-Prefix": '/"><script>'}, "http://a"),
        ({"Host": "a", "X-Gradio-Server": "https://evil.org"}, "http://a"),
        (
            {"Host": "a", "Forwarded": 'for=192.0.2.1;proto=https;host="m.org:8443", for=x;host=n.org'},
            "https://m.org:8443",
        ),
        ({"Host": "a", "Forwarded": 'for="[2001:db8::1]:4711"; Host=m.org; Proto=HTTPS'}, "https://m.org"),
        ({"Host": "a", "Forwarded": "host=m.org", "X-Forwarded-For": "192.0.2.1"}, "http://a"),
        ({"Host": "a", "Forwarded": 'host="' * 1000}, "http://a"),
        ({}, "http://10.0.0.1"),
    ],
)
def test_the_url_is_the_one_that_the_visitor_used(headers, expected):
    assert url(headers, **TRUSTED) == expected


@pytest.mark.parametrize("trusted", [(), ("10.0.0.3",), ("192.0.2.0/24", "localhost")])
def test_a_proxy_that_no_setting_names_is_not_believed(trusted):
    headers = {"Host": "a", "X-Forwarded-Host": "evil.org", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/x"}
    assert url(headers, trusted_proxy=trusted) == "http://a"
    assert url({"Host": "a", "Forwarded": "host=evil.org;proto=https"}, trusted_proxy=trusted) == "http://a"


@pytest.mark.parametrize("trusted", [PROXY, "10.0.0.0/8", "10.1.2.3/8", "*"])
def test_a_proxy_is_named_by_its_address_or_network(trusted):
    assert url({"Host": "a", "X-Forwarded-Proto": "https"}, trusted_proxy=(trusted,)) == "https://a"


def test_the_public_url_wins():
    headers = {"Host": "127.0.0.1:9", "X-Forwarded-Host": "b", "X-Forwarded-Proto": "http", "X-Forwarded-Prefix": "/no"}
    for trusted in ((), (PROXY,)):
        assert url(headers, public_url="https://c.org/harp/", trusted_proxy=trusted) == "https://c.org/harp"


@pytest.mark.parametrize("path", ["/models/a/b%20c/", "/harp/models/a/b%20c/"])
@pytest.mark.parametrize(
    ("headers", "settings"),
    [({}, {"public_url": "https://c.org/harp"}), ({"X-Forwarded-Prefix": "/harp"}, {"trusted_proxy": (PROXY,)})],
)
def test_a_proxy_may_leave_its_prefix_in_the_path_or_take_it_away(path, headers, settings):
    scope = receive({"Host": "a", **headers}, path=path, **settings)
    assert (scope["root_path"], scope["path"], scope["raw_path"]) == (
        "/harp",
        "/harp/models/a/b%20c/",
        b"/harp/models/a/b%20c/",
    )


@pytest.mark.parametrize(
    ("path", "expected"), [("/harp", "/harp/"), ("/harp/", "/harp/"), ("/harpist", "/harp/harpist"), ("/", "/harp/")]
)
def test_a_prefix_is_whole_parts_of_a_path(path, expected):
    assert receive({"Host": "a"}, path=path, public_url="https://c.org/harp")["path"] == expected


def test_a_prefix_that_is_a_word_of_ours_is_not_looked_for_in_the_path():
    scope = receive({"Host": "a"}, path="/models/a/b/", public_url="https://c.org/models")
    assert scope["path"] == "/models/models/a/b/"


def test_an_applications_mount_counts():
    scope = receive({"Host": "a"}, root="/harp")
    assert visit_of(scope).url == "http://a/harp" and scope["path"] == "/harp/models/a/b/"
    scope = receive({"Host": "a"}, root="/inner", public_url="https://c.org/outer")
    assert scope["path"] == "/outer/models/a/b/" and scope["root_path"] == "/outer"


def test_what_comes_after_sees_the_visitors_address_and_nothing_of_the_proxys():
    headers = {"Host": "inner:9", "X-Forwarded-Host": "m.org", "X-Forwarded-Proto": "https", "X-Gradio-Server": "x"}
    scope = receive({**headers, "Forwarded": "host=n.org", "Accept": "text/html"}, **TRUSTED)
    assert scope["headers"] == [(b"host", b"m.org"), (b"accept", b"text/html")] and scope["scheme"] == "https"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Forwarded-For": VISITOR}, VISITOR),
        ({"X-Forwarded-For": f"1.2.3.4, {VISITOR}"}, VISITOR),
        ({"X-Forwarded-For": f"1.2.3.4, {VISITOR}, {PROXY}"}, VISITOR),
        ({"X-Forwarded-For": f"{VISITOR}:4711"}, VISITOR),
        ({"Forwarded": f"for=1.2.3.4, for={VISITOR}"}, VISITOR),
        ({"Forwarded": 'for="[2001:db8::1]:4711"'}, "2001:db8::1"),
        ({"X-Forwarded-For": "unknown"}, f"{PROXY} for unknown"),
        ({}, PROXY),
    ],
)
def test_a_visitor_is_the_last_one_that_no_trusted_proxy_can_have_made_up(headers, expected):
    assert caller_of(receive({"Host": "a", **headers}, **TRUSTED)).address == expected


def test_those_whom_an_unnamed_proxy_tells_apart_stay_apart():
    one, two = (caller_of(receive({"Host": "a", "X-Forwarded-For": address})) for address in ("1.1.1.1", VISITOR))
    assert one != two and VISITOR not in (one.address, two.address)
    assert len(caller_of(receive({"Host": "a", "X-Forwarded-For": "x" * 9999})).address) < 300


KNOWN = ["localhost:7860", "LOCALHOST.", "127.0.0.1", "[::1]:7860", "192.168.1.20:7860", "studio:7860", "studio.local"]


@pytest.mark.parametrize("host", [*KNOWN, "nas.home.arpa", "public.org", "a.b.example.org", "listens.org:7860"])
def test_a_known_host_is_answered(host):
    settings = {"public_url": "https://public.org/x", "allow_host": ("*.Example.org",), "host": "listens.org"}
    receive({"Host": host}, **settings)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.org:7860", "localhost.evil.org", "127.0.0.1.evil.org", "0x7f.1.org"]
)
@pytest.mark.parametrize("settings", [{}, {"public_url": "https://public.org"}, {"trusted_proxy": ("*",)}])
def test_a_name_that_anyone_may_have_led_here_is_refused(host, settings):
    with pytest.raises(AccessError, match=f"not known as “{host.partition(':')[0]}”.*--allow-host"):
        receive({"Host": host}, **settings)


def test_a_believed_name_must_be_known_too():
    with pytest.raises(AccessError, match=r"“evil\.org”"):
        receive({"Host": "127.0.0.1", "X-Forwarded-Host": "evil.org"}, trusted_proxy=("*",))


@pytest.mark.parametrize("host", ['a"><script>', "user@evil.org", "a/b", "", "a:b", "[::1", "x" * 300])
def test_what_is_no_host_is_refused(host):
    with pytest.raises(RequestError, match="Host"):
        receive({"Host": host}, allow_host=("*",))


@pytest.mark.parametrize(
    ("origin", "foreign"),
    [
        (None, False),
        ("http://a:1", False),
        ("https://public.org", False),
        ("https://public.org:443", False),
        ("https://front.org", False),
        ("http://a:2", True),
        ("https://evil.org", True),
        ("http://[", True),
        ("null", True),
    ],
)
def test_a_page_of_another_site_is_told_by_its_origin(origin, foreign):
    headers = {"Host": "a:1", "X-Forwarded-Host": "front.org", **({"Origin": origin} if origin else {})}
    scope = receive(headers, public_url="https://public.org/harp", **TRUSTED)
    assert is_foreign(scope) is foreign
    if foreign:
        with pytest.raises(AccessError, match=r"another site.s page.*--public-url"):
            refuse_foreign(scope)
    else:
        refuse_foreign(scope)
