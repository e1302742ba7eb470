"""The cookie of someone who has signed in."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from app.web.access.cookies import COOKIE, DAYS, Cookies, header


def test_a_cookie_holds_across_restarts_and_not_elsewhere(tmp_path):
    value = Cookies(tmp_path).value("abc")
    assert Cookies(tmp_path).read(f"a=1; {COOKIE}={value}; b=2") == "abc"
    other = tmp_path / "other"
    other.mkdir()
    assert Cookies(other).read(f"{COOKIE}={value}") == ""


def test_a_changed_old_or_broken_cookie_tells_nobody(tmp_path, monkeypatch):
    cookies = Cookies(tmp_path)
    value = cookies.value("abc")
    for broken in (value[:-1], "x" + value, "", "..", "\xff", value.replace(".", ",")):
        assert cookies.read(f"{COOKIE}={broken}") == "", broken
    assert cookies.read("") == "" and cookies.read("; ; =") == "" and cookies.read("a" * 100_000) == ""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + DAYS * 86400 + 2)
    assert cookies.read(f"{COOKIE}={value}") == ""


def test_only_a_browser_reads_it_and_only_over_tls_where_there_is_tls():
    assert header("v", "/h/", secure=True) == f"{COOKIE}=v; Path=/h/; Max-Age=1209600; HttpOnly; SameSite=Lax; Secure"
    assert "Max-Age=0" in header("", "/", secure=False) and "Secure" not in header("", "/", secure=False)


def test_two_servers_of_one_home_that_start_at_once_read_each_others_cookies(tmp_path):
    for round_ in range(20):
        home = tmp_path / str(round_)
        home.mkdir()
        servers = [Cookies(home) for _ in range(4)]
        with ThreadPoolExecutor(len(servers)) as pool:
            values = list(pool.map(lambda server: server.value("key 1"), servers))
        assert {server.read(f"{COOKIE}={value}") for server in servers for value in values} == {"key 1"}
