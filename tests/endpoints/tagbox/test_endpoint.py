"""Steered separation: what it says of what it found, what it refuses, and how it is met from outside."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from app.endpoint import FileOutput, Outputs, Region, TrackFile
from app.errors import ControlError, JobCancelledError
from app.harp.controls import CONTROLS
from app.harp.labels import LabelList
from app.plugins.own import own_endpoints
from app.sources import IN_PYTHON, PACKAGED_WEIGHTS
from app.ui.curves_view import read_settings
from endpoints.bundled.network_weights import MUSICNN
from endpoints.tagbox.endpoint import SteeredSeparation
from tests.endpoints.tagbox.toys import ToneTagger, tones
from tests.server.harp import call, upload
from tests.serving import site

NAME = "harpist/steered-separation"


class Job:
    def __init__(self, until: float = 2.0) -> None:
        self.fractions, self.words, self._until = [0.0], [""], until

    def report(self, fraction: float, said: str = "") -> None:
        assert self.fractions[-1] <= fraction <= 1.0
        self.fractions.append(fraction)
        self.words.append(said)
        if fraction >= self._until:
            raise JobCancelledError("The job was cancelled.")


@pytest.fixture
def toy() -> SteeredSeparation:
    """The endpoint with a tagger that hears tones in place of its networks."""
    made = SteeredSeparation()
    made._taggers = {"musicnn": ToneTagger(), "FCN": ToneTagger()}
    return made


def run(made: SteeredSeparation, folder: Path, job: Job | None = None, seconds: float = 1.0, **values: Any) -> Outputs:
    low, high = tones(seconds)
    soundfile.write(folder / "mix.wav", (low + high).numpy(), 16000, "PCM_16")
    out = folder / f"out-{time.monotonic_ns()}"
    out.mkdir()
    asked = {item.name: item.value for item in made.inputs if isinstance(item, CONTROLS)} | values
    return made.process(Region((TrackFile(folder / "mix.wav", "mix.wav"),), out), asked, job or Job())


def test_both_tracks_sum_to_the_region_and_the_opinion_is_told(toy: SteeredSeparation, tmp_path: Path) -> None:
    job = Job()
    brought, rest, told, course = run(toy, tmp_path, job, tags="Low", steps=40)
    assert isinstance(course, FileOutput)
    assert isinstance(brought, FileOutput) and isinstance(rest, FileOutput) and isinstance(told, LabelList)
    assert [output.path.name for output in (brought, rest)] == ["mix-low.wav", "mix-rest.wav"]
    stems = [soundfile.read(output.path, dtype="int16")[0].astype(int) for output in (brought, rest)]
    assert np.array_equal(stems[0] + stems[1], soundfile.read(tmp_path / "mix.wav", dtype="int16")[0])
    assert re.fullmatch(
        r"The tagger hears low at \d+% in what was brought out, \d+% in the mixture\. Seed 1\.", brought.notice
    )
    [label] = told.labels
    assert label.t == 0 and label.duration == 1.0 and re.fullmatch(r"low \d+% → \d+%", label.label)
    drawn = read_settings(course.path)
    assert drawn is not None and drawn[0] == 1.0 and drawn[2] == "What the tagger heard"
    assert [curve.label for curve in drawn[1]] == [
        "Heard, from the mixture to the last step",
        "Share that was brought out",
    ]
    assert job.words[1] == "Listening" and any("Window 1 of 1: step 40 of 40, heard" in said for said in job.words)


def test_a_job_ends_in_the_middle_of_a_window_and_leaves_no_file(toy: SteeredSeparation, tmp_path: Path) -> None:
    with pytest.raises(JobCancelledError):
        run(toy, tmp_path, Job(until=0.35), tags="low", steps=300)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["mix.wav"]
    [out] = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert not list(out.iterdir())


def test_a_new_seed_is_told_and_gives_the_same_again(toy: SteeredSeparation, tmp_path: Path) -> None:
    drawn = run(toy, tmp_path, tags="low", steps=5, seed=0)[0]
    assert isinstance(drawn, FileOutput)
    seed = int(re.findall(r"Seed (\d+)\.", drawn.notice)[0])
    again, other = (run(toy, tmp_path, tags="low", steps=5, seed=number)[0] for number in (seed, seed % 999_999 + 1))
    sounds = [soundfile.read(one.path)[0] for one in (drawn, again, other) if isinstance(one, FileOutput)]
    assert np.array_equal(sounds[0], sounds[1]) and not np.array_equal(sounds[0], sounds[2])


def test_a_tag_that_no_tagger_has_is_refused(toy: SteeredSeparation, tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="“banjo” is no tag of the tagger; it knows high, low, other"):
        run(toy, tmp_path, tags="banjo")


def test_the_package_with_the_weights_is_named() -> None:
    assert {PACKAGED_WEIGHTS[NAME]} == {weights.pin for weights in MUSICNN}


def test_it_is_served_with_the_networks_in_a_sandboxed_worker(tmp_path: Path) -> None:
    low, high = tones(1.5, 44100)
    path = tmp_path / "take.flac"
    soundfile.write(path, np.stack([(low + high).numpy()] * 2, 1), 44100, "PCM_24")
    specs = own_endpoints({NAME: IN_PYTHON[NAME]}, tmp_path / "kept.json", 60.0, print)
    with site(tmp_path / "home", specs, workers=1) as server:
        url = f"{server.url}/models/{NAME}"
        _, [record] = call(url, "controls", [])
        assert [item["type"] for item in record["outputs"]] == ["audio_track", "audio_track", "json"]
        values = {item["label"]: item.get("value") for item in record["inputs"]}
        sent = {**values, "Input Audio": upload(url, path), "Bring out": "Flute", "Steps": 5}
        kind, data = call(url, "process", list(sent.values()))
        assert kind == "complete", data
        assert data[0]["url"].endswith("take-Flute.flac") and "The tagger hears flute at" in data[0]["notice"]
        stems = []
        for item, name in zip(data, ("brought.flac", "rest.flac")):
            (tmp_path / name).write_bytes(httpx.get(item["url"]).content)
            stems.append(soundfile.read(tmp_path / name, dtype="int32")[0].astype(np.int64))
        assert np.array_equal(stems[0] + stems[1], soundfile.read(path, dtype="int32")[0])
        assert [label["label"].split()[0] for label in data[2]["labels"]] == ["flute"]
        [linked] = {label["link"] for label in data[2]["labels"]}
        assert httpx.get(linked).json()["heading"] == "What the tagger heard"
        kind, data = call(url, "process", list({**sent, "Own tags": "banjo"}.values()))
        assert kind == "error" and "“banjo” is no tag of the tagger" in str(data)
