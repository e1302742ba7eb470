"""A Gradio app beside a server that asks for keys: it hears who calls, and nothing that opens the server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from app.web.access.keys import KeyStore
from tests.fixtures.specs import wav
from tests.server.harp import begin, call, fetch, upload
from tests.server.running import RunningServer, run_server

APP = Path(__file__).parent.parent / "fixtures" / "guests" / "listens.py"


@dataclass(frozen=True)
class Keyed:
    server: RunningServer
    keys: KeyStore
    anna: str
    ben: str

    def at(self, key: str) -> str:
        return f"{self.server.url}/key/{key}/models/local/listens"


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyed]:
    home = tmp_path_factory.mktemp("keyed")
    keys = KeyStore(home)
    anna, ben = keys.add("Anna"), keys.add("Ben")
    flags = ("--require-key", "--workers", "1", "--gradio-app", f"{APP}:demo")
    with run_server(home, *flags, module="tests.server.mirrors") as server:
        yield Keyed(server, keys, anna, ben)


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "take.wav"
    path.write_bytes(wav(bytes(400)))
    return path


def test_an_app_hears_who_calls_but_no_key(keyed: Keyed, sound: Path):
    url = keyed.at(keyed.anna)
    kind, data = call(url, "process", [upload(url, sound)])
    assert kind == "complete", data
    heard = httpx.get(data[0]["url"]).raise_for_status().text
    assert ";Anna" in heard and keyed.anna not in heard
    headers = {"Referer": f"{url}/", "Cookie": "harpist_person=x; its=own"}
    answer = httpx.get(f"{url}/config", headers=headers)
    assert answer.status_code == 200 and keyed.anna not in answer.text


def test_what_an_app_hears_in_place_of_a_key_opens_that_app_alone(keyed: Keyed):
    root = httpx.get(f"{keyed.at(keyed.anna)}/config").json()["root"]
    assert httpx.get(f"{root}/config").json()["root"] == root
    server, _, _ = root.rpartition("/models/")
    for place in ("/catalogue", "/models/test/mirror/config", "/models/local/listens2/config"):
        answer = httpx.get(server + place)
        assert answer.status_code == 401 and "opens nothing here" in answer.json()["error"], place
    secret = keyed.keys.add("Cleo")
    passed = httpx.get(f"{keyed.at(secret)}/config").json()["root"]
    assert httpx.get(f"{passed}/config").status_code == 200
    keyed.keys.revoke("Cleo")
    assert httpx.get(f"{passed}/config").status_code == 401


def test_what_one_sends_to_an_app_and_what_comes_of_it_is_not_anothers(keyed: Keyed, sound: Path):
    anna, ben = keyed.at(keyed.anna), keyed.at(keyed.ben)
    file = upload(anna, sound)
    assert httpx.get(f"{anna}/gradio_api/file={file['path']}").content == sound.read_bytes()
    answer = httpx.get(f"{ben}/gradio_api/file={file['path']}")
    assert answer.status_code == 403 and "somebody else" in answer.json()["error"]
    event = begin(anna, "process", [file])
    answer = httpx.get(event.replace(keyed.anna, keyed.ben), timeout=30)
    assert answer.status_code == 404 and "no such event" in answer.json()["error"]
    assert fetch(event)[0] == "complete"
