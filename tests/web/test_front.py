"""Ready or not, what was counted, and what was logged."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import httpx
import psutil
import pytest

from app.backends import local
from app.config import Settings
from app.main import create_app
from app.registry import Registry
from app.web.ready import ready
from app.workers import launcher
from tests.fixtures.endpoints.mirror import Failing, Mirror, spec
from tests.fixtures.specs import endpoint_spec, wav
from tests.server.metrics import counted
from tests.serving import serving
from tests.wire.clients import CLIENTS
from tests.wire.transport import HarpError

SOUND = wav(bytes(44_100 * 4))


def body(answer) -> dict[str, object]:
    return json.loads(answer.body)


def test_ready_says_why_not(tmp_path: Path) -> None:
    def asked(**more: object):
        return ready(**{"starting": "", "closing": False, "obstacle": "", "work": tmp_path, "least": 0, **more})  # type: ignore[arg-type]

    assert asked().status_code == 200 and body(asked()) == {"ready": True}
    for more, reason in (
        ({"starting": "trying 3 of 7"}, "The server is starting: trying 3 of 7."),
        ({"closing": True}, "The server ends."),
        ({"obstacle": "There is no cluster."}, "There is no cluster."),
        ({"work": tmp_path / "none"}, "The folder of uploads and results cannot be used: No such file or directory."),
    ):
        assert asked(**more).status_code == 503 and body(asked(**more)) == {"ready": False, "reason": reason}
    full = asked(least=10**12)
    assert full.status_code == 503 and str(body(full)["reason"]).endswith(f"MiB left; {10**12} are needed.")


@pytest.mark.parametrize("form", ["lines", "json"])
def test_what_was_counted_and_logged_is_what_clients_saw(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    registry = Registry()
    registry.add(spec(Mirror, "test/mirror"))
    registry.add(spec(Failing, "test/failing"))
    registry.add(endpoint_spec("segfault"))
    settings = Settings(home=tmp_path / "home", metrics=True, log_format=form, late_pages=True, min_disk=0)
    sound = tmp_path / "my secret song.wav"
    sound.write_bytes(SOUND)
    with serving(create_app(settings, registry, print)) as url:
        names = ("mirror", "failing", "segfault")
        mirror, failing, crashing = (CLIENTS[-1](f"{url}/models/test/{name}") for name in names)
        for client in (mirror, failing, crashing):
            client.load()
        mirror.process(sound)
        mirror.process(sound)
        with pytest.raises(HarpError) as caught:
            failing.process(sound)
        with pytest.raises(HarpError, match="crashed"):
            crashing.process(sound)
        seen = counted(url)
        assert httpx.get(f"{url}/ready").json() == {"ready": True}
    assert seen["harpist_jobs_total", "test/mirror", "done"] == 2
    assert seen["harpist_jobs_total", "test/failing", "model"] == 1
    assert seen["harpist_sound_seconds_total", "test/mirror"] == pytest.approx(4.0, abs=0.01)
    assert seen["harpist_computing_seconds_total", "test/mirror"] > 0
    assert seen[("harpist_uploads_total",)] == 4 and seen[("harpist_upload_bytes_total",)] > 4 * len(SOUND)
    assert seen[("harpist_wait_seconds_count",)] == 4 and seen[("harpist_jobs_running",)] == 0
    assert seen["harpist_jobs_total", "test/segfault", "crash"] == 1 == seen["harpist_workers_ended_total", "crash"]
    assert seen["harpist_workers_ended_total", "cancelled"] == 0 == seen["harpist_hub_installs_total", "done"]
    assert seen[("harpist_hub_download_bytes_total",)] == 0
    assert seen["harpist_workers", "idle"] >= 1 and seen[("harpist_workers_memory_bytes",)] > 1e6
    lines = capsys.readouterr().err.splitlines()
    jobs = [line for line in lines if "test/" in line]
    assert len(jobs) == 4 and not any("secret" in line or "127.0.0.1" in line for line in lines)
    if form == "json":
        told = [json.loads(line) for line in jobs]
        assert [item["outcome"] for item in told] == ["done", "done", "model", "crash"]
        assert told[0]["sound"] == pytest.approx(2.0, abs=0.01) and told[0]["endpoint"] == "test/mirror"
        assert str(caught.value).startswith(f"Job {told[2]['job']}: The model gave")
    else:
        assert ": done; 2 s of sound, waited 0" in jobs[0]
        assert jobs[2].split(" job ")[1].split(" ")[0] in str(caught.value)


def test_nobody_counts_unless_asked_to(tmp_path: Path) -> None:
    registry = Registry()
    registry.add(spec(Mirror, "test/mirror"))
    with serving(create_app(Settings(home=tmp_path, late_pages=True), registry, print)) as url:
        answer = httpx.get(f"{url}/metrics")
        assert answer.status_code == 404 and "start it with --metrics" in answer.json()["error"]


def test_the_metrics_are_not_for_other_machines(tmp_path: Path) -> None:
    registry = Registry()
    registry.add(spec(Mirror, "test/mirror"))
    settings = Settings(home=tmp_path, late_pages=True, metrics=True)
    with serving(create_app(settings, registry, print)) as url:
        answer = httpx.get(f"{url}/metrics", headers={"X-Forwarded-For": "192.0.2.7"})
        assert answer.status_code == 403 and "on the server's own machine, or with a key" in answer.json()["error"]


def test_ready_tries_whether_processes_can_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: object) -> None:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    registry = Registry()
    registry.add(spec(Mirror, "test/mirror"))
    with serving(create_app(Settings(home=tmp_path, late_pages=True, min_disk=0), registry, print)) as url:
        monkeypatch.setattr(local, "_TRY_EVERY", 0.0)
        before = children()
        assert httpx.get(f"{url}/ready", timeout=60).json() == {"ready": True}
        assert children() == before  # the one that was tried is gone
        with monkeypatch.context() as system:
            system.setattr(launcher, "_start", none)
            answer = httpx.get(f"{url}/ready", timeout=60)
            assert answer.status_code == 503 and "gives no process for a model" in answer.json()["reason"]
        assert httpx.get(f"{url}/ready", timeout=60).status_code == 200


def children() -> int:
    return len(psutil.Process().children(recursive=True))
