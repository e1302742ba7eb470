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
from tests.server.metrics import counted
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
    flags = ("--require-key", "--metrics", "--workers", "1", "--gradio-app", f"{APP}:demo")
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


def test_an_app_is_called_no_more_often_than_its_caller_may(keyed: Keyed, sound: Path):
    url = keyed.at(keyed.keys.add("Dora", limits={"caller_rate": "1/hour"}))
    watcher = keyed.keys.add("Watcher", may=("metrics",))
    before = counted(keyed.server.url, watcher)
    file = upload(url, sound)
    assert call(url, "controls", [])[0] == "complete"  # is free
    assert call(url, "process", [file])[0] == "complete"
    sentence = "You may have at most 1 job in 60 min; try again in "
    kind, data = call(url, "process", [file])
    assert kind == "error" and sentence in str(data)
    for place in ("queue/join", "call/v2/process", "run/predict", "api/process"):
        answer = httpx.post(f"{url}/gradio_api/{place}", json={"data": [file], "session_hash": "a", "fn_index": 0})
        assert answer.status_code == 429 and answer.json()["error"].startswith(sentence), place
        assert int(answer.headers["retry-after"]) > 60
    assert call(keyed.at(keyed.ben), "process", [upload(keyed.at(keyed.ben), sound)])[0] == "complete"
    grown = {name: value - before.get(name, 0.0) for name, value in counted(keyed.server.url, watcher).items()}
    assert grown["harpist_app_calls_total", "local/listens", "taken"] == 2
    assert grown["harpist_app_calls_total", "local/listens", "refused"] == 5
    assert grown[("harpist_uploads_total",)] == 2


@pytest.mark.parametrize("path", ["upload", "upload?upload_id=abc"])
def test_an_app_takes_no_more_at_once_than_its_caller_may_send(keyed: Keyed, path: str):
    name = f"Sender {len(path)}"
    url = keyed.at(keyed.keys.add(name, limits={"caller_upload": 1}))
    sentence = "You may send at most 1 MiB at once, and this is more."
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n\r\n'
    bodies = [[head, bytes(3 * 1024 * 1024), b"\r\n--x--\r\n"], [head, *[bytes(64 * 1024)] * 48, b"\r\n--x--\r\n"]]
    multipart = {"Content-Type": "multipart/form-data; boundary=x"}
    told = {**multipart, "Content-Length": str(sum(map(len, bodies[0])))}
    for headers, body in ((told, bodies[0]), (multipart, bodies[1])):
        answer = httpx.post(f"{url}/gradio_api/{path}", content=iter(body), headers=headers, timeout=30)
        assert (answer.status_code, answer.json()) == (429, {"error": sentence})
