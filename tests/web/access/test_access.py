"""A server that asks for a key: who has one gets exactly what is theirs, everyone else a sentence."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.fixtures.specs import wav
from tests.wire.clients import CLIENTS, HarpClient
from tests.wire.transport import HarpError

SOUND = wav(bytes(range(256)) * 40)
SILENT = ("1.4.1", "2.0", "3.1")
"""Versions of HARP that show no server's sentence."""
BROWSER = {"Accept": "text/html,application/xhtml+xml"}


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "take 1.wav"
    path.write_bytes(SOUND)
    return path


@pytest.fixture(params=CLIENTS, ids=lambda kind: kind.version)
def kind(request):
    return request.param


def test_every_harp_works_by_an_address_with_a_key(kind: type[HarpClient], guarded, sound):
    client = kind(f"{guarded.site.url}/key/{guarded.ben}/models/test/mirror")
    client.load()
    result = client.process(sound)
    assert result.files and all(content == SOUND for _, content in result.files)
    client.cancel()


def test_two_people_in_every_harp_get_each_theirs(kind: type[HarpClient], guarded, tmp_path):
    clients, sounds = {}, {}
    for name, key in (("Anna", guarded.anna), ("Ben", guarded.ben)):
        clients[name] = kind(f"{guarded.site.url}/key/{key}/models/test/mirror")
        clients[name].load()
        sounds[name] = tmp_path / f"{name}.wav"
        sounds[name].write_bytes(wav(name.encode() * 4000))
    events = {name: client.begin(sounds[name]) for name, client in clients.items()}
    # Somebody else's event is none, and stays there for whoever it belongs to.
    with pytest.raises(HarpError, match=None if kind.version in SILENT else "no such event"):
        clients["Ben"].finish(events["Anna"])
    for name, client in clients.items():
        assert {content for _, content in client.finish(events[name]).files} == {sounds[name].read_bytes()}
    # Nor is what somebody else sent a file to work on.
    hers = clients["Anna"].upload(sounds["Anna"])
    clients["Ben"].upload = lambda path, name="": hers
    with pytest.raises(HarpError, match=None if kind.version in SILENT else "belongs to somebody else"):
        clients["Ben"].process(sounds["Ben"])


@pytest.mark.parametrize(
    "address", ["/models/test/mirror", "/key/harpist_mistyped/models/test/mirror", "/models/no/such"]
)
def test_every_harp_reads_why_it_is_refused(kind: type[HarpClient], guarded, address: str):
    sentence = "key opens nothing here" if "/key/" in address else "wants a key"
    shown = None if kind.version in SILENT else sentence
    with pytest.raises(HarpError, match=shown):
        kind(f"{guarded.site.url}{address}").load()


def test_a_token_works_where_a_client_sends_one(guarded):
    url = f"{guarded.site.url}/models/test/mirror/gradio_api/upload"
    sent = httpx.post(url, files={"files": ("a.wav", SOUND)}, headers=bearer(guarded.ben))
    assert sent.status_code == 200


def test_nobody_gets_json_or_the_page_to_sign_in(guarded):
    url = guarded.site.url
    for path in ("/", "/catalogue", "/models/test/mirror/", "/models/test/mirror/config", "/models/no/such/"):
        answer = httpx.get(url + path)
        assert answer.status_code == 401 and "wants a key" in answer.json()["error"], path
        page = httpx.get(url + path, headers=BROWSER)
        assert page.status_code == 401 and page.headers["content-type"].startswith("text/html")
        assert f'name="to" value="{path}"' in page.text
    assert httpx.get(f"{url}/health").status_code == 200
    wrong = httpx.get(f"{url}/catalogue", headers=bearer("harpist_" + "x" * 43))
    assert wrong.status_code == 401 and "opens nothing here" in wrong.json()["error"]


def test_a_browser_signs_in_and_out(guarded):
    with httpx.Client(base_url=guarded.site.url, headers=BROWSER) as browser:
        answer = browser.post("/sign-in", data={"key": f" {guarded.ben} ", "to": "/models/test/mirror/?a=b"})
        assert answer.status_code == 303 and answer.headers["location"] == "/models/test/mirror/?a=b"
        cookie = answer.headers["set-cookie"]
        assert all(word in cookie for word in ("HttpOnly", "SameSite=Lax", "Path=/;", "Max-Age=1209600"))
        assert "Secure" not in cookie and guarded.ben not in cookie
        assert browser.get("/models/test/mirror/").status_code == 200
        answer = browser.post("/sign-out")
        assert answer.status_code == 303 and answer.headers["location"] == "/sign-in"
        assert browser.get("/models/test/mirror/").status_code == 401
        assert browser.get("/sign-in").status_code == 200


def test_a_wrong_key_is_told_on_the_page_and_leads_nowhere_else(guarded):
    with httpx.Client(base_url=guarded.site.url, headers=BROWSER) as browser:
        answer = browser.post("/sign-in", data={"key": "harpist_<b>", "to": "//evil.example/"})
        assert answer.status_code == 401 and "opens nothing here" in answer.text and "evil" not in answer.text
        assert "set-cookie" not in answer.headers
        answer = browser.post("/sign-in", data={"key": guarded.ben, "to": "https://evil.example/"})
        assert answer.headers["location"] == "/"
        foreign = {"Origin": "https://evil.example"}
        assert browser.post("/sign-in", data={"key": guarded.ben}, headers=foreign).status_code == 403
        assert browser.post("/sign-out", headers=foreign).status_code == 403
        assert browser.post("/sign-in", json={"key": guarded.ben}).status_code == 400
        assert browser.post("/sign-in", data={"key": "x" * 20_000}).status_code == 413


def test_a_browser_that_comes_with_a_key_in_the_address_goes_on_without(guarded):
    with httpx.Client(base_url=guarded.site.url, headers=BROWSER) as browser:
        answer = browser.get(f"/key/{guarded.ben}/models/test/mirror/")
        assert answer.status_code == 303 and answer.headers["location"] == "/models/test/mirror/"
        assert browser.get("/models/test/mirror/").text.startswith("test/mirror /models/test/mirror GET")
        assert httpx.get(f"{guarded.site.url}/key/{guarded.ben}", headers=BROWSER).headers["location"] == "/"


def test_a_cookie_is_sent_over_tls_only_where_there_is_tls(guarded):
    behind = {**BROWSER, "X-Forwarded-Proto": "https"}
    answer = httpx.post(f"{guarded.site.url}/sign-in", data={"key": guarded.ben}, headers=behind)
    assert "Secure" not in answer.headers["set-cookie"]  # no proxy is believed here


def test_what_belongs_to_one_key_is_not_anothers(guarded, sound):
    url = f"{guarded.site.url}/models/test/mirror/gradio_api"
    anna, ben = bearer(guarded.anna), bearer(guarded.ben)
    [path] = httpx.post(f"{url}/upload", files={"files": ("a.wav", SOUND)}, headers=anna).json()
    assert httpx.get(f"{url}/file={path}", headers=anna).content == SOUND
    for place in (f"{url}/file={path}", f"{guarded.site.url}/models/test/mirror/c/file={path}"):
        refused = httpx.get(place, headers=ben)
        assert refused.status_code == 403 and "somebody else" in refused.json()["error"]
    data = [{"path": path, "meta": {"_type": "gradio.FileData"}}, "Keep stereo", 0.3, True, 0.0, ""]

    def call(headers: dict[str, str], name: str = "process", values: object = data) -> str:
        return httpx.post(f"{url}/call/{name}", json={"data": values}, headers=headers).json()["event_id"]

    def told(event: str, headers: dict[str, str], name: str = "process") -> str:
        return httpx.get(f"{url}/call/{name}/{event}", headers=headers, timeout=30).text

    assert "somebody else" in told(call(ben), ben)
    event = call(anna)
    assert "no such event" in told(event, ben) and "wants a key" in told(event, {})
    done = told(event, anna)
    assert "event: complete" in done
    made = done.partition('"url": "')[2].partition('"')[0]
    assert httpx.get(made, headers=anna).content == SOUND
    assert httpx.get(made, headers=ben).status_code == 403 and httpx.get(made).status_code == 401
    job = made.partition("jobs/")[2].partition("/")[0]
    for place in (f"archive/{job}", f"gradio_api/file/jobs/{job}/a.wav"):
        address = f"{guarded.site.url}/models/test/mirror/{place}"
        assert [httpx.get(address, headers=who).status_code for who in (anna, ben, {})] == [200, 403, 401]


def test_a_cancel_ends_only_ones_own_job(guarded, sound):
    def client(key: str) -> HarpClient:
        made = CLIENTS[-1](f"{guarded.site.url}/key/{key}/models/test/mirror")
        made.client_header = ""
        made.load()
        next(widget for widget in made.widgets if widget.label == "Seconds").value = 20.0
        return made

    anna, ben = client(guarded.anna), client(guarded.ben)
    anna.begin(sound)
    guarded.site.wait(lambda: guarded.site.open_jobs() == 1, 30)
    ben.cancel()
    assert guarded.site.open_jobs() == 1
    anna.cancel()
    guarded.site.wait(lambda: guarded.site.open_jobs() == 0, 30)


def test_a_revoked_key_opens_nothing_at_once(guarded):
    secret = guarded.keys.add("Cleo")
    with httpx.Client(base_url=guarded.site.url, headers=BROWSER) as browser:
        browser.post("/sign-in", data={"key": secret})
        assert browser.get("/catalogue").status_code == 200
        guarded.keys.revoke("cleo")
        assert browser.get("/catalogue").status_code == 401
        assert browser.get("/catalogue", headers=bearer(secret)).status_code == 401
