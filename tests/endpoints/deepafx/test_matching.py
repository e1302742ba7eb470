"""Match my master: it learns from a pair, in the time that it was given, and remembers."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.endpoint import FileOutput, Outputs, Region, TrackFile
from app.errors import JobCancelledError
from app.harp.controls import CONTROLS as KINDS
from endpoints.deepafx.chain import plan_of_data
from endpoints.deepafx.encoder import RATE, new_encoder
from endpoints.deepafx.folder import Result
from endpoints.deepafx.match_chains import CHAINS, DYNAMICS
from endpoints.deepafx.matching import MatchMyMaster, learnt_sentence
from endpoints.effects.torch_set.effects import EFFECTS
from tests.endpoints.deepafx.toys import music


class Job:
    def __init__(self, ends_after: float = 1e9) -> None:
        self.fractions, self.words, self._end = [0.0], [""], time.monotonic() + ends_after

    def report(self, fraction: float, said: str = "") -> None:
        if time.monotonic() > self._end:
            raise JobCancelledError("The job was cancelled.")
        assert self.fractions[-1] <= fraction <= 1.0
        self.fractions.append(fraction)
        if said != self.words[-1]:
            self.words.append(said)


def pair(folder: Path) -> tuple[Path, Path]:
    """Write 20 s of music, and the same quieter by 12 dB and then compressed."""
    before = music(3, 20.5) * np.float32(0.25)
    after = EFFECTS["harpist:compressor"](RATE, 1).process(
        before[None], {"threshold": -40, "ratio": 6, "output": 20, "attack": 10, "release": 120}
    )[0]
    for name, sound in (("before.wav", before), ("after.wav", after)):
        soundfile.write(folder / name, sound, RATE, "FLOAT")
    return folder / "before.wav", folder / "after.wav"


def asked(**values: object) -> dict[str, object]:
    return {item.name: item.value for item in MatchMyMaster.inputs if isinstance(item, KINDS)} | values


def run(endpoint: MatchMyMaster, folder: Path, paths: tuple[Path, ...], job: Job, **values: object) -> Outputs:
    out = folder / f"out-{time.monotonic_ns()}"
    out.mkdir()
    tracks = tuple(TrackFile(path, path.name) for path in paths)
    return endpoint.process(Region(tracks, out), asked(chain=DYNAMICS.name, **values), job)


def test_it_learns_within_its_time_and_remembers(tmp_path: Path) -> None:
    before, after = pair(tmp_path)
    soundfile.write(tmp_path / "region.wav", music(9, 2), RATE, "PCM_16")
    (tmp_path / "learnt").mkdir()
    endpoint = MatchMyMaster(str(tmp_path / "learnt"))
    endpoint.setup("cpu")
    job = Job()
    made, *_ = run(endpoint, tmp_path, (tmp_path / "region.wav", before, after), job, seconds=2.0)
    assert isinstance(made, FileOutput) and "fell from" in made.notice and made.notice.endswith("Seed 1.")
    assert any(word.startswith("Learning: loss ") for word in job.words) and job.words[-1] == "Processing"
    [kept] = (tmp_path / "learnt").iterdir()
    assert {"encoder.safetensors", "chain.json", "README.md"} == {path.name for path in kept.iterdir()}
    # Another process, another region: nothing is learnt.
    other = MatchMyMaster(str(tmp_path / "learnt"))
    other.setup("cpu")
    again = Job()
    second, _, _ = run(other, tmp_path, (tmp_path / "region.wav", before, after), again, seconds=2.0)
    assert isinstance(second, FileOutput) and second.notice.startswith("Remembered from these two tracks. Learnt in")
    assert not any(word.startswith("Learning") for word in again.words)
    assert second.path.read_bytes() == made.path.read_bytes()


def test_a_cancel_ends_the_learning_and_nothing_is_remembered(tmp_path: Path) -> None:
    before, after = pair(tmp_path)
    endpoint = MatchMyMaster(str(tmp_path))
    endpoint.setup("cpu")
    with pytest.raises(JobCancelledError):
        run(endpoint, tmp_path, (before, before, after), Job(ends_after=2.0), seconds=600.0)
    assert not [path for path in tmp_path.iterdir() if path.is_dir() and not path.name.startswith("out-")]


def test_every_chain_can_be_built_and_is_neutral_at_first() -> None:
    sound = music(1, 1)[None]
    for chain in CHAINS:
        plan = plan_of_data([dict(plugin) for plugin in chain.plugins])
        assert 1 <= len(plan.knobs) <= 20 and ":" in chain.name
    assert len({chain.name for chain in CHAINS}) == len(CHAINS) and sound.shape[0] == 1


def test_it_says_when_it_came_no_nearer() -> None:
    plan = plan_of_data([dict(plugin) for plugin in DYNAMICS.plugins])
    facts = {"steps": 5, "loss of the sound as it was": 1.0, "loss of what was learnt": 1.2}
    result = Result(plan, new_encoder(len(plan.knobs), 1), "", "", facts)
    assert "came no nearer" in learnt_sentence(result)
    assert "fell from 1.00 to 0.50" in learnt_sentence(replace(result, facts={**facts, "loss of what was learnt": 0.5}))
