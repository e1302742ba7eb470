"""A Gradio app that speaks HARP is hosted beside the others, in a process of its own, without a change."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import httpx
import psutil
import pytest

from app.errors import SettingsError
from app.guests.guest import GuestApp, parse_guest
from tests.fixtures.specs import wav
from tests.server.harp import call, upload
from tests.server.manager import wait_for
from tests.server.running import RunningServer, run_server
from tests.wire.clients import Harp22, Harp30, Harp40, HarpClient
from tests.wire.sending import Sending, process
from tests.wire.transport import HarpError

GUESTS = Path(__file__).parent.parent / "fixtures" / "guests"
HALVES = GUESTS / "halves" / "app.py"
SOUND = wav(bytes(range(256)) * 40)


@pytest.fixture(scope="module")
def server(bundled_home: Path, tmp_path_factory: pytest.TempPathFactory):
    home = tmp_path_factory.mktemp("home")
    (home / "bundled").symlink_to(bundled_home / "bundled")
    beside = (str(GUESTS / name) for name in ("raises.py", "silent.py"))
    apps = (f"{HALVES}:demo", f"{GUESTS / 'no_app.py'}:demo", *beside, "nowhere.py:demo")
    flags = [flag for app in apps for flag in ("--gradio-app", app)]
    with run_server(home, *flags, HARPIST_INSTALL_TOKEN="secret", HARPIST_WORKERS="1") as running:
        yield running


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "my take.wav"
    path.write_bytes(SOUND)
    return path


def guest_process(server: RunningServer) -> psutil.Process:
    children = psutil.Process(server.process.pid).children()
    return next(child for child in children if str(HALVES) in " ".join(child.cmdline()))


def test_speaks_harp_through_us(server: RunningServer, sound: Path) -> None:
    url = f"{server.url}/models/local/halves"
    kind, data = call(url, "controls", [])
    assert kind == "complete" and data[0]["card"]["name"] == "Halves"
    kind, data = call(url, "process", [upload(url, sound), 0.5])
    assert kind == "complete", data
    assert data[0]["url"].startswith(f"{url}/gradio_api/file=")
    answer = httpx.get(data[0]["url"])
    assert answer.content == SOUND
    assert call(url, "cancel", [])[0] == "complete"


def test_its_page_and_what_belongs_to_it_come_through(server: RunningServer) -> None:
    url = f"{server.url}/models/local/halves"
    assert httpx.get(url).headers["location"] == "halves/"
    page = httpx.get(f"{url}/")
    assert page.status_code == 200 and "Halves of everything" in page.text
    assert httpx.get(f"{url}/config").json()["root"] == url
    script = page.text.split('crossorigin src="')[1].split('"')[0].removeprefix("./")
    assert httpx.get(f"{url}/{script}").headers["content-type"].endswith("javascript")


def test_is_listed_and_says_what_it_is(server: RunningServer) -> None:
    listed = {item["id"]: item for item in httpx.get(f"{server.url}/catalogue").json()["endpoints"]}
    assert listed["local/halves"]["name"] == "Halves" and listed["local/halves"]["tags"] == ["copy"]
    own = [name for name in listed if name.startswith("harpist/")]
    assert len(listed) == len(own) + 2, "those that cannot be loaded are left out"
    printed = "\n".join(server.lines)
    assert "local/halves is a program of its own, app.py: it runs with your rights, outside the sandbox." in printed
    assert f"  {server.url}/models/local/halves" in server.lines
    assert (
        "left out no_app.py: The app local/no_app cannot be loaded: TypeError: demo in no_app.py is no Gradio"
        in printed
    )
    assert "left out raises.py: The app local/raises cannot be loaded: OSError: there is no such GPU." in printed
    assert "left out nowhere.py:demo: “nowhere.py:demo” names no Gradio app" in printed
    assert "harpist: local/silent does not speak HARP: it is for the browser only." in printed
    assert "Traceback" not in printed and "Fatal Python error" not in printed


def test_errors_are_sentences(server: RunningServer, sound: Path) -> None:
    url = f"{server.url}/models/local/halves"
    kind, data = call(url, "process", [upload(url, sound), 1])
    assert kind == "error" and data["error"] == "It is too loud."
    assert httpx.get(f"{url}/gradio_api/file=/etc/passwd").status_code in (403, 404)


def test_no_error_tells_a_path_of_the_machine(server: RunningServer, sound: Path) -> None:
    url = f"{server.url}/models/local/halves"
    uploaded = upload(url, sound)
    kind, data = call(url, "process", [uploaded, 0.8])
    assert (kind, data["error"]) == ("error", "[Errno 2] No such file: '(a file)'")
    answer = httpx.post(f"{url}/gradio_api/run/process", json={"data": [uploaded, 0.8]})
    assert answer.status_code == 500 and str(GUESTS) not in answer.text and "(a file)" in answer.text


@pytest.mark.parametrize("kind", [Harp22, Harp30, Harp40], ids=lambda kind: kind.version)
def test_every_version_from_2_2_on_loads_and_processes(
    server: RunningServer, sound: Path, kind: type[HarpClient]
) -> None:
    client = kind(f"{server.url}/models/local/halves")
    client.load()
    assert [item.label for item in client.widgets] == ["Input Audio", "Level"]
    assert [body for _, body in client.process(sound).files] == [SOUND]


def started(client: HarpClient, sound: Path) -> tuple[threading.Thread, list[object]]:
    """Begin a job of half a minute; returns who waits for it, and the list that gets its end."""
    client.load()
    next(item for item in client.widgets if item.label == "Level").value = 0.9
    event, ends = client.begin(sound), []

    def wait() -> None:
        try:
            ends.append(client.finish(event))
        except HarpError as error:
            ends.append(str(error))

    thread = threading.Thread(target=wait)
    thread.start()
    return thread, ends


@pytest.mark.slow
def test_a_cancel_stops_what_would_not_stop_and_tells_the_others(server: RunningServer, sound: Path) -> None:
    url = f"{server.url}/models/local/halves"
    before = guest_process(server)
    at_rest = spent(before)
    mine, other = Harp30(url, "hf_mine"), Harp30(url, "hf_other")
    thread, ends = started(mine, sound)
    waiting, answers = started(other, sound)
    wait_for(lambda: spent(before) > at_rest + 0.5)
    Harp30(url, "hf_third").cancel()
    assert before.is_running() and not ends
    Harp30(url, "hf_other").cancel()
    waiting.join(30)
    assert answers == ['data: {"error": "The job was cancelled."}']
    assert before.is_running() and not ends, "one that only waits is taken from the queue, and nobody else is hit"
    waiting, answers = started(other, sound)
    Harp30(url, "hf_mine").cancel()
    thread.join(30)
    waiting.join(30)
    assert ends == ['data: {"error": "The job was cancelled."}']
    assert "another caller cancelled; send yours again" in answers[0]
    before.wait(10)
    wait_for(lambda: httpx.get(f"{url}/").status_code == 200, 60)
    assert call(url, "process", [upload(url, sound), 0.5])[0] == "complete"
    assert any("local/halves is started anew" in line for line in server.lines)


@pytest.mark.parametrize("kind", [Harp22, Harp30, Harp40], ids=lambda kind: kind.version)
def test_a_cancel_while_the_file_is_sent_ends_that_job_and_no_other(server, tmp_path, sound, kind) -> None:
    url = f"{server.url}/models/local/halves"
    long = tmp_path / "long take.wav"
    long.write_bytes(wav(bytes(range(256)) * 400))
    mine, other = kind(url, "hf_mine"), kind(url, "hf_other")
    for client in (mine, other):
        client.load()
    if kind is Harp40:
        other.client_header = "tab-2"
    cancelled, kept = Sending(mine, long), Sending(other, sound)
    assert httpx.get(f"{server.url}/health").status_code == 200, "both uploads were seen before"
    mine.cancel()
    uploaded = cancelled.finish()
    with pytest.raises(HarpError, match="The job was cancelled"):
        process(mine, uploaded)
    assert process(other, kept.finish()) == 1
    assert process(mine, mine.upload(long)) == 1, "what is sent anew runs"


def spent(process: psutil.Process) -> float:
    """Return the processor time (s) that a process has used."""
    return float(process.cpu_times().user)


def test_another_sites_page_may_not_use_it(server: RunningServer) -> None:
    url = f"{server.url}/models/local/halves/gradio_api/call/controls"
    answer = httpx.post(url, json={"data": []}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


def test_it_knows_nothing_of_the_server(server: RunningServer) -> None:
    environment = guest_process(server).environ()
    assert not [name for name in environment if name.startswith("HARPIST_")]


def test_one_that_ends_by_itself_is_started_again(server: RunningServer) -> None:
    url = f"{server.url}/models/local/halves"
    before = guest_process(server)
    before.kill()
    before.wait(10)
    deadline = time.monotonic() + 60
    sentences = set()
    while (answer := httpx.get(f"{url}/")).status_code != 200:
        sentences.add(answer.json()["error"])
        assert time.monotonic() < deadline, sentences
        time.sleep(0.2)
    assert guest_process(server).pid != before.pid
    again = "The app local/halves has ended by itself and is started again; try again in some seconds."
    assert again in sentences and len(sentences) <= 2


@pytest.mark.slow
def test_it_ends_with_a_server_that_is_killed(bundled_home: Path, tmp_path: Path) -> None:
    (tmp_path / "bundled").symlink_to(bundled_home / "bundled")
    with run_server(tmp_path, "--gradio-app", str(HALVES)) as server:
        guest = guest_process(server)
        os.kill(server.process.pid, signal.SIGKILL)
        guest.wait(10)


def test_reads_how_an_app_is_named(tmp_path: Path) -> None:
    (tmp_path / "My app.py").write_text("")
    assert parse_guest(f"{tmp_path}/My app.py") == GuestApp(tmp_path / "My app.py", "demo")
    assert parse_guest(f"{tmp_path}/My app.py:block").name == "block"
    assert parse_guest(str(HALVES)).title == "halves"
    for wrong in ("", "nowhere.py:demo", str(tmp_path)):
        with pytest.raises(SettingsError, match=r"path/to/app\.py:demo is expected"):
            parse_guest(wrong)
