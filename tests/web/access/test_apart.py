"""Two people on one server: what either of them sends, by whatever way, ends or opens nothing of the other's."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.fixtures.specs import wav
from tests.wire.clients import CLIENTS, HarpClient


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "take.wav"
    path.write_bytes(wav(bytes(400)))
    return path


def test_a_cancel_with_another_ones_client_value_ends_nothing(guarded, sound):
    def client(key: str) -> HarpClient:
        made = CLIENTS[-1](f"{guarded.site.url}/key/{key}/models/test/mirror")
        made.client_header = "the same in both"
        made.load()
        next(widget for widget in made.widgets if widget.label == "Seconds").value = 20.0
        return made

    def callers() -> list[str]:
        jobs = list(guarded.site.service._jobs.values())
        return [job.caller.name for job in jobs if not job.update.state.ended]

    anna, ben = client(guarded.anna), client(guarded.ben)
    ben.begin(sound)
    guarded.site.wait(lambda: callers() == ["Ben"], 30)
    anna.begin(sound)
    guarded.site.wait(lambda: callers() == ["Ben", "Anna"], 30)
    ben.cancel()
    guarded.site.wait(lambda: len(callers()) == 1, 30)
    assert callers() == ["Anna"]
    anna.cancel()
    guarded.site.wait(lambda: not callers(), 30)


def test_one_deletes_only_ones_own(guarded, sound):
    base = f"{guarded.site.url}/models/test/mirror/gradio_api"
    anna, ben = ({"Authorization": f"Bearer {key}"} for key in (guarded.anna, guarded.ben))
    [path] = httpx.post(f"{base}/upload", files={"files": ("a.wav", sound.read_bytes())}, headers=anna).json()
    assert httpx.delete(f"{base}/file={path}", headers=ben).status_code == 403 and Path(path).exists()
    assert httpx.delete(f"{base}/file={path}").status_code == 401 and Path(path).exists()
    # Whoever has the same file keeps it, however it came to lie in one place.
    [his] = httpx.post(f"{base}/upload", files={"files": ("b.wav", sound.read_bytes())}, headers=ben).json()
    [token] = guarded.site.uploads._owners._of[Path(his).parent.name][1]
    guarded.site.uploads.own(Path(path).parent, token)
    assert httpx.delete(f"{base}/file={path}", headers=anna).status_code == 200 and Path(path).exists()
    assert httpx.get(f"{base}/file={path}", headers=anna).status_code == 403
    assert httpx.delete(f"{base}/file={path}", headers=ben).status_code == 200 and not Path(path).exists()
    assert httpx.get(f"{base}/file={path}", headers=ben).status_code == 410
