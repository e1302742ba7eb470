"""What was learnt, and what learns, as a musician meets them: through every HARP, over the command line, sandboxed."""

from __future__ import annotations

import io
import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import psutil
import pytest
import soundfile

from endpoints.deepafx.encoder import RATE
from tests.endpoints.deepafx.test_matching import pair
from tests.endpoints.deepafx.test_serving import PLAN, learnt_by_nobody
from tests.endpoints.deepafx.toys import music
from tests.fixtures.endpoints import learns
from tests.server.harp import begin, call, fetch, upload
from tests.server.running import command
from tests.server.test_certainty import spent
from tests.serving import Site, site
from tests.wire.clients import CLIENTS, HarpClient


@dataclass(frozen=True)
class Served:
    """A server, the folder in which it remembers, and three sounds: a region, before and after."""

    site: Site
    learnt: Path
    sounds: tuple[Path, Path, Path]

    def url(self, name: str) -> str:
        return f"{self.site.url}/models/test/{name}"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("home")
    learnt_by_nobody(home / "folder")
    region = home / "region.wav"
    soundfile.write(region, np.stack([music(9, 1.5)] * 2, axis=1), RATE, "PCM_16")
    specs = learns.specs(home / "folder", home / "learnt")
    with site(home / "site", specs, workers=1, threads=1) as made:
        yield Served(made, home / "learnt", (region, *pair(home)))


def sound(body: bytes) -> np.ndarray:
    samples, rate = soundfile.read(io.BytesIO(body), dtype="float32", always_2d=True)
    assert rate == RATE
    return samples


@pytest.mark.parametrize("kind", CLIENTS, ids=lambda kind: kind.version)
def test_every_harp_gets_sound_and_labels_that_lead_to_the_settings(kind: type[HarpClient], served: Served) -> None:
    client = kind(served.url("folder"))
    client.load()
    ((name, body),) = (result := client.process(served.sounds[0])).files
    assert name.endswith("region-Processed.wav") or not client.draws_on_outputs
    assert sound(body).shape == sound(served.sounds[0].read_bytes()).shape
    assert result.labels and result.labels[0]["label"]
    settings = httpx.get(str(result.labels[0]["link"])).json()
    assert [effect["uri"] for effect in settings["effects"]] == [link.uri for link in PLAN.links]


@pytest.mark.parametrize("kind", CLIENTS, ids=lambda kind: kind.version)
def test_every_harp_matches_a_master(kind: type[HarpClient], served: Served) -> None:
    client = kind(served.url("quickmatch"))
    client.load()
    tracks = [widget for widget in client.widgets if widget.kind.startswith("audio")]
    assert [widget.label for widget in tracks] == ["Input Audio", "Before", "After"]
    sent = iter([client._file(client.upload(path)) for path in served.sounds])
    values = [next(sent) if widget in tracks else widget.value for widget in client.widgets]
    result = client.finish(client._post("process", json.dumps({"data": values})))
    ((_, body),) = result.files
    assert sound(body).shape == sound(served.sounds[0].read_bytes()).shape and result.labels
    # The first client's job learnt; the sandboxed worker kept it, and no other one learns.
    assert len([path for path in served.learnt.iterdir() if not path.name.startswith(".")]) == 1


def values(served: Served, *, seconds: float = 2.0, seed: float = 1.0) -> list[object]:
    url = served.url("quickmatch")
    controls = {item.name: item.value for item in learns.QuickMatch.inputs[3:]} | {"seconds": seconds, "seed": seed}
    return [*(upload(url, path) for path in served.sounds), *controls.values()]


@pytest.mark.parametrize("name", ["quickmatch", "folder"])
def test_a_cancel_ends_the_computing_within_a_second(name: str, served: Served, tmp_path: Path) -> None:
    url, jobs = served.url(name), served.site.service._jobs
    if name == "quickmatch":
        data = values(served, seconds=600.0, seed=5.0)
    else:
        long = tmp_path / "long.wav"
        soundfile.write(long, np.tile(music(9, 2.0), (2, 30)).T, RATE, "PCM_16")
        data = [upload(url, long), *(item.value for item in learns.Folder.inputs[1:])]
    event = begin(url, "process", data)

    def far_enough() -> bool:
        """Whether it learns; or has heard the sound, and sends it through the effects."""
        now = [job.update for job in list(jobs.values()) if not job.update.state.ended]
        return any("Learning" in update.said or update.fraction > 0.4 for update in now)

    served.site.wait(far_enough, 60.0)
    workers = psutil.Process().children(recursive=True)
    began = last = time.monotonic()
    assert call(url, "cancel", [])[0] == "complete"
    computed = sum(map(spent, workers))
    while time.monotonic() < last + 1.0:
        time.sleep(0.05)
        if (now := sum(map(spent, workers))) > computed + 0.02:
            computed, last = now, time.monotonic()
    assert last - began < 20.0  # a second on an idle machine
    assert fetch(event)[0] == "error"


def test_what_is_wrong_with_a_pair_is_a_sentence(served: Served, tmp_path: Path) -> None:
    data = values(served)
    soundfile.write(tmp_path / "short.wav", music(1, 3), RATE)
    data[2] = upload(served.url("quickmatch"), tmp_path / "short.wav")
    kind, answer = call(served.url("quickmatch"), "process", data)
    assert kind == "error" and "“After” lasts 3.0 s; 20 s or more are expected" in str(answer)


def test_a_broken_folder_is_a_sentence(served: Served, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    learnt_by_nobody(folder)
    (folder / "encoder.safetensors").write_bytes(b"nothing")
    with site(tmp_path / "site", learns.specs(folder, tmp_path / "learnt")[:1], workers=1) as made:
        url = f"{made.url}/models/test/folder"
        defaults = [item.value for item in learns.Folder.inputs[1:]]
        kind, answer = call(url, "process", [upload(url, served.sounds[0]), *defaults])
    assert kind == "error" and "“encoder.safetensors” is no safetensors file" in str(answer), answer
    assert str(tmp_path) not in str(answer)


@pytest.mark.slow  # 30 s of learning
def test_the_command_line_learns_and_remembers(bundled_home: Path, served: Served, tmp_path: Path) -> None:
    region, before, after = map(str, served.sounds)
    told = []
    for name in ("one", "two"):
        arguments = ["process", "harpist/match-my-master", region, "--out", str(tmp_path / name)]
        arguments += ["--track", f"before={before}", "--track", f"after={after}", "--set", "seconds=30"]
        made = subprocess.run(**command(*arguments, home=bundled_home), capture_output=True, timeout=300, check=False)
        assert made.returncode == 0, made.stderr
        names = ["region-Processed.wav", "region-Settings file.json", "region-labels.json", "region-labels.txt"]
        assert sorted(path.name for path in (tmp_path / name).iterdir()) == names
        told.append(made.stderr)
    assert "fell from" in told[0] and "Remembered" not in told[0] and "Remembered" in told[1]
