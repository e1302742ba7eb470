"""Streaming with networks that are arithmetic: what is left, what is exact, how long it is; no package is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from app.audio.overlap_add import StreamPlan
from app.errors import ModelRunError
from endpoints.stems.level import measure_levels
from endpoints.stems.passes import stream_separation

PLAN = StreamPlan(44100, 8000, 2000, centred=True, linear=True)


def half(mix: Any, tick: Any) -> Any:
    """Two stems that do not sum to the mix, and know left from right."""
    tick(0.5)
    stems = np.stack([mix * 0.3, np.tanh(mix) * np.array([[0.2], [0.4]])])
    return stems.astype(np.float32)


def separated(
    folder: Path,
    sound: np.ndarray,
    rate: int,
    subtype: str,
    separate: Any = half,
    *,
    leads: tuple[int, ...] = (0,),
    rest: int | None = 1,
    too_loud: str = "float",
) -> tuple[list[np.ndarray], np.ndarray]:
    """Write a sound, separate it, and return the stems and the sound as they lie in their files, as floats."""
    source = folder / "mix.wav"
    soundfile.write(source, sound.T, rate, subtype)
    levels = measure_levels(source, PLAN.model_rate, lambda _: None)
    paths = [folder / "one.wav", folder / "two.wav"]
    seen = [0.0]
    written = stream_separation(
        source,
        paths,
        separate,
        PLAN,
        leads,
        levels,
        sums=[1, 1],
        rest=rest,
        too_loud=too_loud,
        progress=seen.append,
    )
    assert seen == sorted(seen) and seen[-1] == 1.0
    stems = []
    for path in written.paths:
        about = soundfile.info(path)
        assert (about.samplerate, about.channels, about.frames) == (rate, len(sound), sound.shape[1])
        stems.append(soundfile.read(path, always_2d=True)[0].T)
    return stems, soundfile.read(source, always_2d=True)[0].T


def sound(samples: int, channels: int, level: float = 0.1) -> np.ndarray:
    return level * np.random.default_rng(samples).standard_normal((channels, samples)).clip(-4, 4)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32"])
@pytest.mark.parametrize(("rate", "channels", "samples"), [(44100, 2, 30_001), (48000, 1, 9_000), (96000, 3, 33_333)])
def test_integers_sum_to_the_input_bit_for_bit(
    tmp_path: Path, subtype: str, rate: int, channels: int, samples: int
) -> None:
    stems, mix = separated(tmp_path, sound(samples, channels), rate, subtype)
    assert np.array_equal(stems[0] + stems[1], mix)
    assert np.abs(stems[0]).max() > 0.01


@pytest.mark.parametrize(
    ("rate", "samples"), [(8000, 5000), (44100, 1), (44100, 6000), (44100, 6001), (192_000, 60_000)]
)
def test_floats_sum_to_the_input_within_their_last_bits(tmp_path: Path, rate: int, samples: int) -> None:
    stems, mix = separated(tmp_path, sound(samples, 2), rate, "FLOAT")
    assert np.allclose(stems[0] + stems[1], mix, atol=2e-7)


def test_without_a_rest_the_stems_are_the_network_s(tmp_path: Path) -> None:
    mix = sound(20_000, 2)
    stems, _ = separated(tmp_path, mix, 44100, "FLOAT", rest=None)
    mean, deviation = mix.mean(axis=0).mean(), mix.mean(axis=0).std(ddof=1)
    assert np.allclose(stems[0], 0.3 * (mix - mean) + mean, atol=1e-6)
    assert np.allclose(stems[1], np.tanh((mix - mean) / deviation) * [[0.2], [0.4]] * deviation + mean, atol=1e-6)


def test_a_mono_file_is_both_sides_and_comes_back_as_their_mean(tmp_path: Path) -> None:
    mix = sound(20_000, 1)
    stems, _ = separated(tmp_path, mix, 44100, "FLOAT", rest=None)
    mean, deviation = mix.mean(), mix.std(ddof=1)
    assert np.allclose(stems[1], np.tanh((mix - mean) / deviation) * 0.3 * deviation + mean, atol=1e-6)


def test_passes_are_averaged_each_at_its_own_place(tmp_path: Path) -> None:
    places: list[float] = []

    def ramp(mix: Any, tick: Any) -> Any:
        """What it returns depends on where in a segment a sample is."""
        places.append(float(np.flatnonzero(mix.any(axis=0))[0]))
        return np.stack([mix * np.linspace(0, 1, mix.shape[1], dtype=np.float32), mix])

    mix = sound(30_000, 2)
    together, _ = separated(tmp_path, mix, 44100, "FLOAT", ramp, leads=(0, 700, 5000), rest=None)
    assert places[:3] == [0, 700, 5000]
    alone = [separated(tmp_path, mix, 44100, "FLOAT", ramp, leads=(lead,), rest=None)[0] for lead in (0, 700, 5000)]
    assert np.allclose(together[0], np.mean([stems[0] for stems in alone], axis=0), atol=1e-6)
    assert not np.allclose(alone[0][0], alone[1][0], atol=1e-3)


def test_what_is_too_loud_for_integers_still_sums(tmp_path: Path) -> None:
    def loud(mix: Any, tick: Any) -> Any:
        return np.stack([mix * 9, mix])

    stems, mix = separated(tmp_path, sound(9000, 2, 0.2), 44100, "PCM_16", loud)
    assert np.abs(stems[0]).max() > 1.0 and soundfile.info(tmp_path / "one.wav").subtype == "FLOAT"
    assert np.allclose(stems[0] + stems[1], mix, atol=2e-6)


def test_no_numbers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelRunError, match="not finite numbers"):
        separated(tmp_path, sound(9000, 2), 44100, "PCM_16", lambda mix, tick: np.full((2, *mix.shape), np.nan))
    assert not (tmp_path / "one.wav").exists()
