"""Match my master: it learns from a pair, in the time that it was given, and remembers."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.endpoint import FileOutput, Outputs, Region, TrackFile
from app.errors import JobCancelledError, ModelFormatError
from app.harp.controls import CONTROLS as KINDS
from app.harp.controls import Dropdown
from app.harp.labels import LabelList
from endpoints.deepafx.applying import applied
from endpoints.deepafx.chain import Chain, plan_of_data
from endpoints.deepafx.encoder import RATE, new_encoder
from endpoints.deepafx.example_pair import mastered
from endpoints.deepafx.folder import Result
from endpoints.deepafx.match_chains import CHAINS, DYNAMICS, MatchChain
from endpoints.deepafx.matching import MatchMyMaster, learnt_sentence, plan_of
from endpoints.deepafx.own_pair import read_own_pair
from endpoints.effects.torch_set.effects import EFFECTS
from tests.endpoints.deepafx.toys import music
from tests.lv2_plugins import CALF, needs_calf, needs_lsp


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
    return endpoint.process(Region(tracks, out), asked(**{"chain": DYNAMICS.name, **values}), job)


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


@pytest.mark.parametrize(
    "chain", [pytest.param(c, marks=[needs_calf, needs_lsp] if c.file else [], id=c.name) for c in CHAINS]
)
def test_every_chain_can_be_built_and_is_neutral_at_first(chain: MatchChain) -> None:
    plan, sound = plan_of(chain), music(1, 1)[None]
    assert 1 <= len(plan.knobs) <= 50 and ":" in chain.name
    one = Chain(plan, RATE, 1)
    made = np.concatenate(list(applied(one, iter([sound]), plan.defaults[None], RATE)), axis=1)
    # The plugins' crossovers turn the phase, and so add up to a little less.
    level = np.abs(np.fft.rfft(made)).sum() / np.abs(np.fft.rfft(sound)).sum()
    assert level == pytest.approx(1.0, abs=0.05)
    assert chain.file or np.abs(made - sound).max() < 1e-6


@needs_calf
def test_it_learns_the_knobs_of_installed_plugins(tmp_path: Path) -> None:
    chosen = "Calf Compressor (lv2/calf-compressor)"
    before, after = pair(tmp_path)
    endpoint = MatchMyMaster(plugins=json.dumps({chosen: f"lv2:{CALF}Compressor"}))
    [chain] = [item for item in endpoint.inputs if isinstance(item, Dropdown) and item.name == "chain"]
    assert chosen in chain.choices and len(chain.choices) == len(CHAINS) + 1
    endpoint.setup("cpu")
    soundfile.write(tmp_path / "region.wav", music(9, 1), RATE, "PCM_16")
    made, labels, file = run(
        endpoint, tmp_path, (tmp_path / "region.wav", before, after), Job(), seconds=2, chain=chosen
    )
    assert isinstance(made, FileOutput) and made.notice.endswith("Seed 1.")
    assert isinstance(labels, LabelList) and labels.labels
    # A preset for hosts lies beside the settings.
    assert isinstance(file, FileOutput) and file.path.suffix == ".zip"


def test_a_plugin_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    before, after = pair(tmp_path)
    endpoint = MatchMyMaster(plugins=json.dumps({"Gone": "lv2:urn:harpist:gone"}))
    endpoint.setup("cpu")
    with pytest.raises(ModelFormatError, match=r"urn:harpist:gone|lilv"):
        run(endpoint, tmp_path, (before, before, after), Job(), chain="Gone")


def test_the_example_is_a_pair_that_can_be_learnt_from() -> None:
    pair = read_own_pair(*MatchMyMaster.further_examples)
    again = mastered(pair.before)
    # What lies there is what the settings make, but for what Vorbis loses.
    assert np.abs(again - pair.after).mean() < 0.3 * np.abs(pair.before - pair.after).mean()
    assert soundfile.info(MatchMyMaster.example).duration == pytest.approx(8, abs=0.5)


def test_it_says_when_it_came_no_nearer() -> None:
    plan = plan_of_data([dict(plugin) for plugin in DYNAMICS.plugins])
    facts = {"steps": 5, "loss of the sound as it was": 1.0, "loss of what was learnt": 1.2}
    result = Result(plan, new_encoder(len(plan.knobs), 1), "", "", facts)
    assert "came no nearer" in learnt_sentence(result)
    assert "fell from 1.00 to 0.50" in learnt_sentence(replace(result, facts={**facts, "loss of what was learnt": 0.5}))
