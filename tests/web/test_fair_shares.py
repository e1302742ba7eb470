"""Limits and turns, as clients read them: a sentence in HARP's stream, 429 with Retry-After elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from app.jobs.record import record_of
from tests.fixtures.endpoints.mirror import Mirror, spec
from tests.fixtures.specs import wav
from tests.serving import site
from tests.wire.clients import CLIENTS
from tests.wire.transport import HarpError

MODEL = "/models/test/mirror"


class Forging(CLIENTS[-1]):
    """Claims to ask for somebody else, as a proxy does, and has a token that nobody has given it."""

    def _headers(self) -> dict[str, str]:
        return {**super()._headers(), "X-Forwarded-For": "192.0.2.7"}


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(bytes(44_100 * 4)))
    return path


def test_a_limit_is_a_sentence_in_harp_and_429_elsewhere(tmp_path, sound):
    settings = {"caller_rate": "1/hour", "caller_upload": 1}
    with site(tmp_path / "home", [spec(Mirror, "test/mirror")], **settings) as made:
        client = CLIENTS[-1](made.url + MODEL)
        client.load()
        assert client.process(sound).files
        with pytest.raises(HarpError, match=r"You may have at most 1 job in 60 min; try again in "):
            client.process(sound)
        forged = {"Authorization": "Harpist key 1", "x-harp-client": "another"}
        files = {"files": ("a.wav", bytes(2 * 1024 * 1024))}
        answer = httpx.post(f"{made.url}{MODEL}/gradio_api/upload", files=files, headers=forged)
        assert answer.status_code == 429 and "retry-after" not in answer.headers
        assert answer.json()["error"] == "You may send at most 1 MiB at once, and this is more."
        multipart = {"Content-Type": "multipart/form-data; boundary=x"}
        head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n\r\n'
        untold = iter([head, *[bytes(64 * 1024)] * 32, b"\r\n--x--\r\n"])
        answer = httpx.post(f"{made.url}{MODEL}/gradio_api/upload", content=untold, headers=multipart)
        assert answer.status_code == 429 and answer.json()["error"].endswith("and this is more.")
        forging = Forging(made.url + MODEL, token="another")
        forging.client_header = "another"
        forging.load()
        with pytest.raises(HarpError, match="You may have at most"):
            forging.process(sound)


def test_whoever_waits_is_told_the_place(tmp_path, sound):
    with site(tmp_path / "home", [spec(Mirror, "test/mirror")], workers=1) as made:
        client = CLIENTS[-1](made.url + MODEL)
        client.load()
        next(widget for widget in client.widgets if widget.label == "Seconds").value = 20.0
        for number in range(3):
            client.client_header = f"tab-{number}"
            client.begin(sound)
        jobs = list(made.service._jobs.values())
        made.wait(lambda: [job.update.said for job in jobs][1:] == ["1st in the queue", "2nd in the queue"], 30)
        client.cancel()
        made.wait(lambda: made.open_jobs() == 2, 30)
        client.client_header = "tab-0"
        client.cancel()
        made.wait(lambda: [job.update.state.value for job in jobs][1] == "running", 30)


def test_the_same_once_more_costs_nothing_unless_somebody_wants_it_fresh(tmp_path, sound):
    repeated = replace(spec(Mirror, "test/mirror"), repeatable=True)
    with site(tmp_path / "home", [repeated], workers=1) as made:
        client = CLIENTS[-1](made.url + MODEL)
        client.load()
        next(widget for widget in client.widgets if widget.label == "Seconds").value = 1.5
        first, second = client.process(sound), client.process(sound)
        assert first.files == second.files
        data = [
            {"path": client.upload(sound), "meta": {"_type": "gradio.FileData"}},
            "Keep stereo",
            0.3,
            True,
            1.5,
            "as it is",
        ]
        calls = f"{made.url}{MODEL}/gradio_api/call/process"
        fresh = httpx.post(calls, json={"data": data}, headers={"Cache-Control": "no-cache"}).json()["event_id"]
        assert "event: complete" in httpx.get(f"{calls}/{fresh}", timeout=30).text
        told = [record_of(job).outcome for job in made.service._jobs.values()]
        assert told == ["done", "repeated", "done"]
        times = [job.times for job in made.service._jobs.values()]
        assert [bool(time.began) for time in times] == [True, False, True]
        assert len({job.folder for job in made.service._jobs.values()}) == 3
