"""Keys with limits of their own on one server: each caller meets exactly theirs, and reads which one it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.web.access.keys import KeyStore
from tests.fixtures.endpoints.mirror import Mirror, spec
from tests.fixtures.specs import wav
from tests.serving import Site, site
from tests.wire.clients import CLIENTS, HarpClient
from tests.wire.transport import HarpError

MODEL = "/models/test/mirror"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyStore:
    return KeyStore(tmp_path_factory.mktemp("limited"))


@pytest.fixture(scope="module")
def limited(keys: KeyStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = keys._path.parent
    shares = {"caller_rate": "2/hour", "caller_upload": 1, "caller_jobs": 2}
    with site(home, [spec(Mirror, "test/mirror")], workers=2, require_key=True, repeats=0, **shares) as made:
        yield made


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(bytes(44_100 * 8)))  # 2 s
    return path


def client(site: Site, key: str) -> HarpClient:
    made = CLIENTS[-1](f"{site.url}/key/{key}{MODEL}")
    made.load()
    return made


def send(site: Site, key: str, size: int) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"}
    files = {"files": ("a.wav", bytes(size))}
    return httpx.post(f"{site.url}{MODEL}/gradio_api/upload", files=files, headers=headers)


def test_each_key_has_its_own_limit_or_the_servers(limited: Site, keys: KeyStore, sound: Path):
    anna = client(limited, keys.add("Anna", limits={"caller_rate": "1/hour"}))
    ben = client(limited, keys.add("Ben"))
    cleo = client(limited, keys.add("Cleo", limits={"caller_rate": "", "longest_region": 0.02}))
    assert anna.process(sound).files
    with pytest.raises(HarpError, match=r"You may have at most 1 job in 60 min; try again in "):
        anna.process(sound)
    assert ben.process(sound).files and ben.process(sound).files
    with pytest.raises(HarpError, match=r"You may have at most 2 jobs in 60 min; try again in "):
        ben.process(sound)
    with pytest.raises(HarpError, match=r"Your key allows at most 0\.02 min of sound at once"):
        cleo.process(sound)


def test_a_program_that_asks_for_json_reads_a_status(limited: Site, keys: KeyStore, sound: Path):
    key = keys.add("Hans", limits={"caller_rate": "1/hour"})
    hans = client(limited, key)
    assert hans.process(sound).files
    call = f"{limited.url}{MODEL}/gradio_api/call/process"
    data = [{"path": hans.upload(sound), "meta": {"_type": "gradio.FileData"}}, "Keep stereo", 0.3, True, 0.0, ""]
    headers = {"Authorization": f"Bearer {key}", "Accept": "application/json"}
    answer = httpx.post(call, json={"data": data}, headers=headers)
    assert answer.status_code == 429 and answer.json()["error"].startswith("You may have at most 1 job in 60 min; try")
    assert 0 < int(answer.headers["retry-after"]) <= 7200  # it counts by the clock's hours
    for more in ({}, {"Authorization": "Bearer harpist_" + "x" * 43}):
        answer = httpx.post(call, json={"data": data}, headers={"Accept": "application/json", **more})
        assert answer.status_code == 401 and "error" in answer.json()


def test_uploads_obey_the_keys_limit_and_programs_read_429(limited: Site, keys: KeyStore):
    most = 1024 * 1024
    dora, emil = keys.add("Dora", limits={"caller_upload": 3}), keys.add("Emil")
    assert send(limited, dora, 2 * most).status_code == 200
    for key, told in ((dora, 3), (emil, 1)):
        answer = send(limited, key, 4 * most)
        assert answer.status_code == 429
        assert answer.json()["error"] == f"You may send at most {told} MiB at once, and this is more."


def test_jobs_at_once_obey_the_keys_limit(limited: Site, keys: KeyStore, sound: Path):
    fritz = client(limited, keys.add("Fritz", limits={"caller_jobs": 1, "caller_rate": ""}))
    next(widget for widget in fritz.widgets if widget.label == "Seconds").value = 20.0
    for number in range(2):
        fritz.client_header = f"tab-{number}"
        fritz.begin(sound)
    jobs = [job for job in limited.service._jobs.values() if job.caller.name == "Fritz"]
    limited.wait(lambda: [job.update.state.value for job in jobs] == ["running", "queued"], 30)
    for number in range(2):
        fritz.client_header = f"tab-{number}"
        fritz.cancel()
    limited.wait(lambda: limited.open_jobs() == 0, 30)


def test_a_key_that_is_made_anew_has_the_new_limit_at_once(limited: Site, keys: KeyStore):
    secret = keys.add("Gerd", limits={"caller_upload": 2})
    assert send(limited, secret, 1024 * 1024).status_code == 200
    keys.revoke("Gerd")
    assert send(limited, secret, 10).status_code == 401
    secret = keys.add("Gerd")
    assert send(limited, secret, 1024 * 1024).status_code == 429
