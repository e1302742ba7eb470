"""A server answers while its new models are still tried."""

from __future__ import annotations

import subprocess
from pathlib import Path

import httpx
import pytest

from tests.audacitorch.models import EFFECT, save
from tests.fixtures.models.endless import Endless
from tests.fixtures.models.half import Half
from tests.proxies.programs import free_port
from tests.server.harp import call
from tests.server.running import command


@pytest.mark.parametrize("root", ["", pytest.param("local/endless", marks=pytest.mark.slow)])
def test_answers_from_the_first_trial_on(bundled_home: Path, tmp_path: Path, root: str) -> None:
    home, port = tmp_path / "home", free_port()
    home.mkdir()
    (home / "bundled").symlink_to(bundled_home / "bundled")
    folders = [
        f"--model={save(made, EFFECT, tmp_path / name)}" for name, made in (("endless", Endless()), ("half", Half()))
    ]
    flags = ["--port", str(port), "--load-timeout", "600", *folders, *(["--root", root] if root else [])]
    process = subprocess.Popen(**command("serve", *flags, home=home), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    url = f"http://localhost:{port}"
    try:
        assert process.stdout is not None
        assert next(process.stdout) == "harpist: trying local/endless (1 of 2) …\n"
        health = httpx.get(f"{url}/health", timeout=30)
        assert health.status_code == 200 and health.json()["status"] == "starting: trying 1 of 2"
        for name in ("local/half", "some/thing"):
            answer = httpx.get(f"{url}/models/{name}/", timeout=30)
            assert answer.status_code == 503 and "starting: trying 1 of 2" in answer.json()["error"]
            assert answer.headers["retry-after"] == "5"
        answer = httpx.post(f"{url}/models/local/endless/gradio_api/call/controls", json={"data": []}, timeout=30)
        assert answer.status_code == 503
        assert call(f"{url}/models/harpist/chords", "controls", [])[0] == "complete", "what is known is served at once"
        root_answer = httpx.post(f"{url}/gradio_api/call/controls", json={"data": []}, timeout=30)
        assert root_answer.status_code == (503 if root else 200)
        assert "harpist/chords" in httpx.get(url, timeout=30).text
    finally:
        process.terminate()
        rest = process.stdout.read()
        assert process.wait(30) == 0
        process.stdout.close()
    assert "left out" not in rest and "Traceback" not in rest
