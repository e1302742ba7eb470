"""The three endpoints in one process: what they refuse, how they end early, and that equal seeds mean equal sound."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from app.errors import ControlError, JobCancelledError, ModelRunError
from endpoints.stems import separation
from endpoints.stems.all_stems import FourStems, SixStems
from endpoints.stems.htdemucs import open_htdemucs
from endpoints.stems.one_and_rest import OneAndRest
from endpoints.stems.versions import FINE_TUNED, HTDEMUCS, SIX_STEMS, STEMS
from tests.endpoints.stems import driving, tiny

tiny.needs_demucs()


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return driving.weights(tmp_path_factory.mktemp("weights"), HTDEMUCS, FINE_TUNED, SIX_STEMS)


@pytest.mark.parametrize("kind", [OneAndRest, FourStems, SixStems])
def test_all_tracks_sum_to_any_input_exactly(kind: Any, tmp_path: Path, at: dict[str, Path]) -> None:
    mix = driving.music(1.1, channels=1, rate=48000)
    stems, outputs, job = driving.run(driving.endpoint(kind, at), mix, tmp_path, rate=48000, subtype="PCM_16")
    assert len(outputs) == len(kind.outputs)
    assert np.array_equal(np.sum(stems, axis=0), soundfile.read(tmp_path / "mix.wav", always_2d=True)[0].T)
    assert [output.path.suffix for output in outputs] == [".wav"] * len(outputs)
    assert job.fractions[-1] == 1.0 and outputs[0].notice == ""


def test_a_job_ends_between_two_layers_and_the_next_one_runs(
    tmp_path: Path, at: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(separation, "_EVERY", 0.0)
    made = driving.endpoint(FourStems, at)
    region_folder = tmp_path / "cancelled"
    region_folder.mkdir()
    mix = driving.music(0.5)
    _, _, whole = driving.run(made, mix, tmp_path / "first")
    within = [fraction for fraction in whole.fractions if 0.02 < fraction < 1.0]
    assert len(set(within)) >= 15, "one segment alone is told of in its layers"
    stopped = driving.Job(until=0.5, error=JobCancelledError("The job was cancelled."))
    with pytest.raises(JobCancelledError):
        driving.run(made, mix, region_folder, job=stopped)
    assert 0.5 <= stopped.fractions[-1] < 0.6
    assert [path.name for path in region_folder.iterdir()] == ["mix.wav"]
    again, _, _ = driving.run(made, mix, tmp_path / "again")
    assert driving.parity(again[0], driving.run(made, mix, tmp_path / "third")[0][0]) > 100


def test_a_seed_gives_the_same_again_and_none_a_new_one_that_is_told(tmp_path: Path, at: dict[str, Path]) -> None:
    made, mix = driving.endpoint(OneAndRest, at), driving.music(0.4)
    drawn, outputs, _ = driving.run(made, mix, tmp_path / "a", shifts=1)
    said = outputs[0].notice.removeprefix("The seed was ").removesuffix(".")
    again, _, _ = driving.run(made, mix, tmp_path / "b", shifts=1, seed=int(said))
    other, _, _ = driving.run(made, mix, tmp_path / "c", shifts=1, seed=int(said) % 999_999 + 1)
    assert np.array_equal(drawn[0], again[0]) and not np.array_equal(drawn[0], other[0])


def test_what_cannot_be_chosen_is_said(tmp_path: Path, at: dict[str, Path]) -> None:
    made, mix = driving.endpoint(OneAndRest, at), driving.music(0.1)
    with pytest.raises(ControlError, match="at least one of Vocals, Drums, Bass, Guitar, Piano, Other; none was"):
        driving.run(made, mix, tmp_path / "a", stems=())
    with pytest.raises(ControlError, match="HTDemucs has no stem for guitar and piano, only for vocals, drums, bass"):
        driving.run(made, mix, tmp_path / "b", stems=("Vocals", "Guitar", "Piano"))
    stems, outputs, _ = driving.run(made, mix, tmp_path / "c", stems=STEMS, model=SIX_STEMS.name)
    assert outputs[0].label == "Vocals and Drums and Bass and Guitar and Piano and Other"
    assert np.allclose(stems[0] + stems[1], mix, atol=1e-6)


def test_only_the_networks_that_are_needed_are_loaded(tmp_path: Path, at: dict[str, Path]) -> None:
    made, mix = driving.endpoint(OneAndRest, at), driving.music(0.1)
    driving.run(made, mix, tmp_path / "a", model=FINE_TUNED.name, stems=("Bass",))
    held = made._networks
    assert held is not None and list(held._loaded) == ["d12395a8.safetensors"] and held.version == FINE_TUNED


def test_silence_stays_silent(tmp_path: Path, at: dict[str, Path]) -> None:
    stems, _, _ = driving.run(driving.endpoint(FourStems, at), np.zeros((2, 50_000)), tmp_path, exact=False)
    assert max(np.abs(stem).max() for stem in stems) < 1e-6


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"klass": "os.system"}, "holds a “os.system”; demucs.htdemucs.HTDemucs in plain tensors is expected"),
        ({"klass": None}, "holds a “”; demucs"),
        ({"structure": "{}"}, "in plain tensors is expected"),
        ({"kwargs": "{"}, "do not fit the network that it names"),
        ({"kwargs": '{"sources": ["drums"]}'}, "do not fit the network that it names"),
        ({"args": "[1, 2, 3]"}, "do not fit the network that it names"),
    ],
)
def test_a_file_that_is_no_such_network_is_refused(tmp_path: Path, about: dict[str, str], said: str) -> None:
    tiny.save(tmp_path / "x.safetensors", 1, **about)
    with pytest.raises(ModelRunError, match=said):
        open_htdemucs(tmp_path / "x.safetensors", tiny.FOUR, "cpu")


def test_a_network_for_other_stems_and_a_broken_file_are_refused(tmp_path: Path) -> None:
    tiny.save(tmp_path / "six.safetensors", 1, tiny.SIX)
    with pytest.raises(ModelRunError, match="is a network for drums, bass, other, vocals, guitar, piano, 44100 Hz"):
        open_htdemucs(tmp_path / "six.safetensors", tiny.FOUR, "cpu")
    (tmp_path / "broken.safetensors").write_bytes(b"\xff" * 100)
    with pytest.raises(ModelRunError, match=r"broken.safetensors cannot be read as safetensors"):
        open_htdemucs(tmp_path / "broken.safetensors", tiny.FOUR, "cpu")


def test_arguments_that_the_package_does_not_know_are_left_out_and_halves_are_read(tmp_path: Path) -> None:
    import torch
    from safetensors import safe_open
    from safetensors.torch import save_file

    model = tiny.save(tmp_path / "x.safetensors", 1, further={"an_argument_of_another_version": 3})
    with safe_open(str(tmp_path / "x.safetensors"), framework="pt") as file:
        metadata = file.metadata()
    # The published files hold 16-bit floats.
    save_file({name: value.half() for name, value in model.state_dict().items()}, tmp_path / "x.safetensors", metadata)
    network = open_htdemucs(tmp_path / "x.safetensors", tiny.FOUR, "cpu")
    mix = driving.music(0.8)
    with torch.no_grad():
        wanted = model(torch.from_numpy(mix)[None])[0].numpy()
    assert driving.parity(network(mix, range(4)), wanted) > 40
