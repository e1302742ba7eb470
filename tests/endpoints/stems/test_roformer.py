"""Mel-Band RoFormer in fixed memory: as the package's own class, chunk by chunk, and what is refused."""

from __future__ import annotations

import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from app.errors import JobCancelledError, ModelRunError
from endpoints.stems import roformer, separation
from endpoints.stems.roformer import arguments, mel_bands, network_class, open_roformer
from endpoints.stems.versions import DEUX, HTDEMUCS, ROFORMER, ROFORMER_FAMILY, Version
from endpoints.stems.vocals import Vocals
from tests.endpoints.stems import driving, tiny, tiny_roformer

tiny.needs_demucs()
tiny_roformer.needs_the_package()

LEAST = 60.0
"""dB."""


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return driving.weights(tmp_path_factory.mktemp("weights"), *Vocals.versions)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> int:
    """Segments of 0.4 seconds."""
    shorter = [replace(one, segment=17_640) if one.family == ROFORMER_FAMILY else one for one in Vocals.versions]
    monkeypatch.setattr(Vocals, "versions", tuple(shorter))
    return 17_640


def by_the_package(at: dict[str, Path], version: Version = ROFORMER) -> Any:
    """Return the package's own network, built and loaded as its documentation says."""
    state = torch.load(at[version.weights.repo] / version.files["vocals"], weights_only=True)
    given = {
        **tiny_roformer.SMALL,
        "stereo": True,
        "num_stems": len(version.sources),
        "time_transformer_depth": 1,
        "freq_transformer_depth": 1,
        "num_bands": 60,
        "attn_dropout": 0,
        "ff_dropout": 0,
        "flash_attn": False,
        "dim_freqs_in": 1025,
        "sample_rate": 44100,
        "stft_n_fft": 2048,
        "stft_hop_length": 441,
        "stft_win_length": 2048,
        "stft_normalized": False,
        "mask_estimator_depth": 2,
    }
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "A window was not provided", UserWarning)
        model = network_class()(**given)
    model.load_state_dict(state)
    return model.eval()


def chunk(model: Any, sound: Any) -> np.ndarray:
    with torch.no_grad():
        return model(torch.from_numpy(np.asarray(sound, np.float32))[None])[0].numpy()


# How many tensors there are and what they weigh, by what several projects wrote down of the published files.
@pytest.mark.parametrize(
    ("sizes", "stems", "count", "size"),
    [(tiny_roformer.PUBLISHED, 1, 684, 912_812_688 // 4), (tiny_roformer.DEUX, 2, 1188, 434_605_240 // 2)],
)
def test_the_published_sizes_are_read_from_the_published_tensors(
    sizes: dict[str, int], stems: int, count: int, size: int
) -> None:
    state = {
        name: torch.empty(shape, device="meta") for name, shape in tiny_roformer.shapes(**sizes, stems=stems).items()
    }
    assert (len(state), sum(value.numel() for value in state.values())) == (count, size)
    assert arguments(state) == {
        **roformer.SPECTRA,
        **sizes,
        "num_stems": stems,
        "time_transformer_depth": 1,
        "freq_transformer_depth": 1,
        "num_bands": 60,
        "attn_dropout": 0.0,
        "ff_dropout": 0.0,
        "flash_attn": True,
        "mask_estimator_depth": 2,
    }


def test_bands_are_those_of_the_published_network_and_of_librosa() -> None:
    widths = tiny_roformer.widths()
    assert (min(widths), max(widths), sum(widths), widths[0]) == (24, 520, 7916, 28)
    librosa = pytest.importorskip("librosa", reason="only requirements-accuracy.txt brings librosa")
    for rate, size, count in ((44100, 2048, 60), (48000, 4096, 64), (22050, 1024, 40)):
        assert np.array_equal(
            librosa.filters.mel(sr=rate, n_fft=size, n_mels=count) > 0, mel_bands(rate, size, count) > 0
        )


def test_the_package_is_imported_without_its_front() -> None:
    network_class()
    assert not {"mel_band_roformer", "mel_band_roformer.download", "mel_band_roformer.inference"} & set(sys.modules)
    assert "librosa" not in sys.modules or hasattr(sys.modules["librosa"], "__version__")


def test_a_whole_segment_is_as_in_the_package(tmp_path: Path, at: dict[str, Path], short: int) -> None:
    sound = driving.music(short / 44100)
    wanted = chunk(by_the_package(at), sound)
    [vocals, rest], outputs, job = driving.run(driving.endpoint(Vocals, at), sound, tmp_path, overlap=0)
    assert [output.label for output in outputs] == ["Vocals", "Rest"] and job.fractions[-1] == 1.0
    assert driving.parity(vocals, wanted) >= LEAST and driving.parity(rest, sound - wanted) >= LEAST
    assert driving.parity(sound, wanted) < 20, "a network that does nothing would show nothing"


def test_the_vocals_of_a_network_for_two_stems_are_as_in_the_package(
    tmp_path: Path, at: dict[str, Path], short: int
) -> None:
    sound = driving.music(short / 44100)
    vocals_and_other = chunk(by_the_package(at, DEUX), sound)
    tracks, _, _ = driving.run(driving.endpoint(Vocals, at), sound, tmp_path, overlap=0, model=DEUX.name)
    assert driving.parity(tracks[0], vocals_and_other[0]) >= LEAST
    assert driving.parity(tracks[1], sound - vocals_and_other[0]) >= LEAST, "the rest makes the sum exact"
    assert driving.parity(vocals_and_other[1], vocals_and_other[0]) < 20, "two networks that say the same show nothing"


def test_segments_one_after_the_other_are_as_in_the_package(tmp_path: Path, at: dict[str, Path], short: int) -> None:
    sound, model = driving.music(3 * short / 44100), by_the_package(at)
    wanted = np.concatenate([chunk(model, part) for part in np.split(sound, 3, axis=1)], axis=1)
    [vocals, _], _, _ = driving.run(driving.endpoint(Vocals, at), sound, tmp_path, overlap=0)
    assert driving.parity(vocals, wanted) >= LEAST


def test_overlapping_segments_are_faded_into_each_other(tmp_path: Path, at: dict[str, Path], short: int) -> None:
    hop = short // 2
    sound, model = driving.music((short + hop) / 44100), by_the_package(at)
    first, second = chunk(model, sound[:, :short]), chunk(model, sound[:, hop:])
    [vocals, _], _, _ = driving.run(driving.endpoint(Vocals, at), sound, tmp_path, overlap=50)
    assert driving.parity(vocals[:, :hop], first[:, :hop]) >= LEAST
    share = (np.arange(hop) + 0.5) / hop
    assert driving.parity(vocals[:, hop:short], first[:, hop:] * (1 - share) + second[:, :hop] * share) >= 40


@pytest.mark.slow
def test_a_segment_is_as_long_as_the_published_one(tmp_path: Path, at: dict[str, Path]) -> None:
    sound = driving.music(ROFORMER.segment / 44100)
    [vocals, _], _, _ = driving.run(driving.endpoint(Vocals, at), sound, tmp_path, overlap=0)
    assert driving.parity(vocals, chunk(by_the_package(at), sound)) >= LEAST


def test_the_quick_model_is_that_of_stems(tmp_path: Path, at: dict[str, Path]) -> None:
    sound = driving.music(0.7)
    wanted = driving.by_the_package(driving.bag(at, HTDEMUCS), sound, shifts=0, overlap=0.25)["vocals"]
    [vocals, _], _, _ = driving.run(driving.endpoint(Vocals, at), sound, tmp_path, model=HTDEMUCS.name)
    assert driving.parity(vocals, wanted) >= LEAST


@pytest.mark.parametrize(("channels", "rate", "subtype"), [(1, 48000, "PCM_16"), (3, 22050, "PCM_24")])
def test_both_tracks_sum_to_any_input_exactly(
    tmp_path: Path, at: dict[str, Path], short: int, channels: int, rate: int, subtype: str
) -> None:
    import soundfile

    [vocals, rest], _, _ = driving.run(
        driving.endpoint(Vocals, at), driving.music(0.5, channels, rate), tmp_path, rate, subtype
    )
    assert np.array_equal(vocals + rest, soundfile.read(tmp_path / "mix.wav", always_2d=True)[0].T)
    assert np.abs(vocals).max() > 0.01


def test_silence_stays_silent(tmp_path: Path, at: dict[str, Path], short: int) -> None:
    [vocals, rest], _, _ = driving.run(driving.endpoint(Vocals, at), np.zeros((2, 20_000)), tmp_path)
    assert not vocals.any() and not rest.any()


def test_a_job_ends_between_two_slices_of_a_layer(
    tmp_path: Path, at: dict[str, Path], short: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(separation, "_EVERY", 0.0)
    made, sound = driving.endpoint(Vocals, at), driving.music(0.4)
    _, _, whole = driving.run(made, sound, tmp_path / "whole", overlap=0)
    assert len(set(whole.fractions)) > 40, "one segment alone is told of slice by slice"
    stopped = driving.Job(until=0.5, error=JobCancelledError("The job was cancelled."))
    with pytest.raises(JobCancelledError):
        driving.run(made, sound, tmp_path / "stopped", job=stopped, overlap=0)
    assert 0.5 <= stopped.fractions[-1] < 0.55


class Strange:
    """No tensor."""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda state: state | {"more": Strange()}, "cannot be read as tensors that PyTorch saved"),
        (lambda state: state | {"more": 3}, "holds more than tensors by their names"),
        (lambda state: list(state.values()), "holds more than tensors by their names"),
        (lambda state: {}, "do not fit a Mel-Band RoFormer"),
        (lambda state: state | {"layers.0.0.norm.gamma": torch.ones(9)}, "do not fit a Mel-Band RoFormer"),
        (lambda state: state | {"more": torch.ones(9)}, "do not fit a Mel-Band RoFormer"),
        (lambda state: state | {"mask_estimators.1.x": torch.ones(9)}, r"a network for 2 stems; 1 \(vocals\) are"),
    ],
)
def test_a_file_that_is_no_such_network_is_refused(tmp_path: Path, change: Any, said: str) -> None:
    torch.save(change(tiny_roformer.tensors(1)), tmp_path / "x.ckpt")
    with pytest.raises(ModelRunError, match=said):
        open_roformer(tmp_path / "x.ckpt", ("vocals",), 17_640, "cpu")


def test_a_broken_file_is_refused(tmp_path: Path) -> None:
    tiny_roformer.save(tmp_path / "x.ckpt", 1)
    whole = (tmp_path / "x.ckpt").read_bytes()
    for content in (b"", b"\xff" * 500, whole[: len(whole) // 2]):
        (tmp_path / "x.ckpt").write_bytes(content)
        with pytest.raises(ModelRunError, match=r"x.ckpt cannot be read as tensors"):
            open_roformer(tmp_path / "x.ckpt", ("vocals",), 17_640, "cpu")
