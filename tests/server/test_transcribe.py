"""Speech to text, with tiny random networks on a hub of our own: installed, used by HARP and the command line."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from endpoints.transcribe.published import BASE, FILES, PUBLISHED, TINY
from tests.endpoints.transcribe import tiny_whisper as tiny
from tests.fixtures.stems import write_stated
from tests.hub_server.repositories import Content
from tests.hub_server.server import HubServer, serve_hub
from tests.server.harp import call, upload
from tests.server.manager import install, installed, models, order
from tests.server.running import RunningServer, command, run_server

NAME = "harpist/transcribe"
MODULE = "tests.server.stems"

tiny.needs_transformers()


def stock(hub: HubServer, folder: Path) -> dict[str, dict[str, Any]]:
    """Put tiny networks on a hub under the published ones' names; returns what is to be stated of each."""
    stated = {}
    for repo, at in tiny.save_all(folder).items():
        content = {file: (Path(at) / file).read_bytes() for file in FILES}
        repository = hub.add(repo, content, tags=())
        licence = next(one.weights.licence for one in PUBLISHED if one.weights.repo == repo)
        repository.card["license"], repository.large = licence, (".safetensors",)
        stated[repo] = {
            "revision": hub.commit(repo),
            "files": list(FILES),
            "sha256": {file: Content(data).sha256 for file, data in content.items()},
            "licence": licence,
            "size": sum(map(len, content.values())),
        }
    return stated


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    folder = tmp_path_factory.mktemp("hub")
    with serve_hub() as hub:
        write_stated(folder / "stated.json", stock(hub, folder))
        yield {"HF_ENDPOINT": hub.url, "TEST_STATED": str(folder / "stated.json"), "TEST_PREFIX": NAME}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def server(environment: dict[str, str], home: Path) -> Iterator[RunningServer]:
    with run_server(home, module=MODULE, **environment) as running:
        card = models(running.url)[NAME]
        assert (card["installed"], card["weights"]["lacking"], card["weights"]["asks"]) == (False, "", "")
        assert "only Base ran where this was written" in card["long"]
        assert install(running.url, NAME)["state"] == "done"
        yield running


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "talk.wav"
    tiny.speech(path, 7.0, 44100, 2)
    return path


def sent_to(server: RunningServer, talk: Path) -> dict[str, object]:
    """What HARP sends as it stands there at first, by label."""
    url = server.model(NAME)
    _, [record] = call(url, "controls", [])
    return {item["label"]: item.get("value") for item in record["inputs"]} | {"Input Audio": upload(url, talk)}


def texts(answer: tuple[str, list[Any]]) -> list[str]:
    kind, data = answer
    assert kind == "complete", data
    labels = data[-1]["labels"]
    assert all(0 <= one["t"] <= one["t"] + one["duration"] <= 7.0 + 1e-6 for one in labels)
    assert all(re.fullmatch(r"\d+% sure", one["description"]) for one in labels)
    return [one["label"] for one in labels]


def test_from_the_card_to_the_text_of_two_sizes(server: RunningServer, talk: Path) -> None:
    assert models(server.url)[NAME]["speed"] > 0, "how long a sound takes is known from the trial"
    url, sent = server.model(NAME), sent_to(server, talk)
    assert (sent["Model"], sent["Language"], sent["Labels"]) == (BASE.name, "Find out", "Sentences")
    base = texts(call(url, "process", list(sent.values())))
    kind, failed = call(url, "process", list({**sent, "Model": TINY.name}.values()))
    assert kind == "error" and f"Install {TINY.weights.repo} on the page" in str(failed)
    assert order(server.url, "install", model=TINY.weights.repo).status_code == 202, "no consent is asked for"
    assert installed(server.url, TINY.weights.repo)[-1]["state"] == "done"
    small = texts(call(url, "process", list({**sent, "Model": TINY.name, "Labels": "Words"}.values())))
    assert base and small and base != small
    assert base == texts(call(url, "process", list(sent.values())))


def test_subtitles_on_the_command_line(
    server: RunningServer, environment: dict[str, str], home: Path, talk: Path, tmp_path: Path
) -> None:
    """The installed weights, without the server; the text is that which HARP gets."""
    expected = texts(call(server.model(NAME), "process", list(sent_to(server, talk).values())))
    asked = ("process", NAME, str(talk), "--out", str(tmp_path), "--labels", "srt")
    how = command(*asked, home=home, module=MODULE, **environment)
    ran = subprocess.run(how.pop("args"), capture_output=True, timeout=300, **how)  # type: ignore[call-overload]
    assert ran.returncode == 0, ran.stderr
    [path] = tmp_path.glob("*.srt")
    written = path.read_text(encoding="utf-8")
    times = re.findall(r"^\d\d:\d\d:\d\d,\d\d\d --> (\d\d:\d\d:\d\d,\d\d\d)$", written, re.MULTILINE)
    assert len(times) == len(expected) and max(times) <= "00:00:07,000"
    assert all(" ".join(text.split())[:10].split("<")[0] in " ".join(written.split()) for text in expected)
