"""What holds for every rate, number of channels, length and plan, as hypothesis draws them."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.audio.io import AudioFormat, open_writer, probe
from app.audio.resample import Resampler, resampled_length
from app.audio.stream import StreamPlan, stream_chunks, stream_effect

RATES = [8000, 11025, 16000, 22050, 32000, 37800, 44056, 44100, 48000, 96000, 192000]
MODEL_RATES = [8000, 16000, 22050, 44100, 48000]
FORMATS = [("WAV", "PCM_16"), ("WAV", "PCM_24"), ("WAV", "PCM_32"), ("WAV", "FLOAT"), ("WAV", "DOUBLE")]
FORMATS += [("RF64", "PCM_24"), ("AIFF", "PCM_16"), ("FLAC", "PCM_16"), ("FLAC", "PCM_24")]

bounded = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def plans(draw: st.DrawFn, model_rate: int | None = None, longest: int = 300) -> StreamPlan:
    """Draw chunks of up to ``longest`` samples that share less than all of themselves."""
    chunk = draw(st.integers(1, longest))
    shared = draw(st.integers(0, chunk - 1))
    before = draw(st.integers(0, shared) | st.just(0))
    after = draw(st.integers(0, shared - before) | st.just(0))
    stride = draw(st.sampled_from([0, 1, 2, 7]))
    rate = model_rate or draw(st.sampled_from(MODEL_RATES))
    return StreamPlan(rate, chunk, shared - before - after, before, after, stride)


@st.composite
def lengths(draw: st.DrawFn, plan: StreamPlan) -> int:
    """Draw one sample, or about one to three chunks."""
    near = draw(st.integers(-1, 1)) + plan.chunk * draw(st.integers(1, 3))
    return max(1, draw(st.sampled_from([1, near, near, plan.chunk + plan.hop])))


def write(path: Path, samples: np.ndarray, rate: int, container: str, subtype: str) -> Path:
    """Write ``samples (n, channels)``: int32, or floats."""
    soundfile.write(path, samples, rate, format=container, subtype=subtype)
    return path


def raw(path: Path) -> np.ndarray:
    """Return ``(n, channels)`` with every bit that the file holds."""
    kind = "int32" if soundfile.info(path).subtype.startswith("PCM") else "float64"
    return soundfile.read(path, dtype=kind, always_2d=True)[0]


def ignore(_fraction: float) -> None:
    pass


def identity(chunk: np.ndarray) -> np.ndarray:
    return chunk[None]


def band_limited(rate: int, top: float, length: int, channels: int, seed: int) -> np.ndarray:
    """Make ``(n, channels)`` of tones up to ``top`` Hz, as loud as 1, that rise from silence and fall back to it."""
    random = np.random.default_rng(seed)
    seconds = np.arange(length)[:, None, None] / rate
    frequencies = random.uniform(0, top, (channels, 5))
    x = np.sin(2 * np.pi * frequencies * seconds + random.uniform(0, 6, (channels, 5))).mean(axis=2)
    return x * np.hanning(length)[:, None] ** 2


@bounded
@given(data=st.data(), rate=st.sampled_from(MODEL_RATES), channels=st.integers(1, 8), stems=st.integers(1, 3))
def test_at_its_own_rate_every_bit_comes_back(
    tmp_path: Path, data: st.DataObject, rate: int, channels: int, stems: int
) -> None:
    plan = data.draw(plans(rate))
    length = data.draw(lengths(plan))
    container, subtype = data.draw(st.sampled_from(FORMATS))
    random = np.random.default_rng(length)
    x = random.integers(-(2**31), 2**31, (length, channels)).astype(np.int32)
    source = write(tmp_path / "in", x if subtype.startswith("PCM") else x * 2.0**-30, rate, container, subtype)
    paths = [tmp_path / f"out{n}" for n in range(stems)]
    written = stream_effect(source, paths, lambda chunk: np.stack([chunk] * stems), plan, progress=ignore)
    assert written.changed == ""
    for path in paths:
        assert probe(path) == probe(source) == AudioFormat(rate, channels, length, container, subtype)
        assert raw(path).tobytes() == raw(source).tobytes()


@bounded
@given(
    data=st.data(),
    rate=st.sampled_from(RATES),
    plan=plans(),
    channels=st.integers(1, 8),
    form=st.sampled_from(FORMATS),
)
def test_at_another_rate_the_length_is_exact_and_chunks_do_not_matter(
    tmp_path: Path, data: st.DataObject, rate: int, plan: StreamPlan, channels: int, form: tuple[str, str]
) -> None:
    length = max(1, data.draw(lengths(plan)) * rate // plan.model_rate)
    x = np.random.default_rng(length).uniform(-0.3, 0.3, (length, channels))
    source = write(tmp_path / "in", x, rate, *form)
    stream_effect(source, [tmp_path / "out"], identity, plan, progress=ignore)
    assert probe(tmp_path / "out") == probe(source)
    whole = replace(plan, chunk=5000, overlap=0, before=0, after=0)
    stream_effect(source, [tmp_path / "whole"], identity, whole, progress=ignore)
    one, other = (soundfile.read(tmp_path / name, dtype="float64")[0] for name in ("out", "whole"))
    assert np.abs(one - other).max() <= (2.0**-15 if form[1] == "PCM_16" else 1e-6)


@bounded
@given(
    rate=st.sampled_from(RATES),
    plan=plans(longest=2000),
    channels=st.integers(1, 4),
    length=st.integers(300, 3000),
    subtype=st.sampled_from(["FLOAT", "DOUBLE", "PCM_24"]),
)
def test_what_both_rates_hold_comes_back_unchanged(
    tmp_path: Path, rate: int, plan: StreamPlan, channels: int, length: int, subtype: str
) -> None:
    lower = min(rate, plan.model_rate)
    samples = length * rate // lower
    x = band_limited(rate, 0.42 * lower, samples, channels, length)
    source = write(tmp_path / "in", x, rate, "WAV", subtype)
    stream_effect(source, [tmp_path / "out"], identity, plan, progress=ignore)
    y = soundfile.read(tmp_path / "out", dtype="float64", always_2d=True)[0]
    assert y.shape == x.shape
    assert np.abs(y - x).max() < 1e-4  # 0.001 dB of full scale


@bounded
@given(data=st.data(), rate=st.sampled_from(RATES), plan=plans(), channels=st.integers(1, 8))
def test_chunks_for_labels_are_the_sound_at_the_models_rate(
    tmp_path: Path, data: st.DataObject, rate: int, plan: StreamPlan, channels: int
) -> None:
    length = max(1, data.draw(lengths(plan)) * rate // plan.model_rate)
    x = np.random.default_rng(length).uniform(-0.9, 0.9, (channels, length)).astype(np.float32)
    with open_writer(tmp_path / "in", AudioFormat(rate, channels, length, "WAV", "FLOAT")) as writer:
        writer.write(x)
    there = Resampler(channels, rate, plan.model_rate)
    total = resampled_length(length, rate, plan.model_rate)
    expected = np.concatenate([there.push(x), there.finish(total)], axis=1)
    chunks = list(stream_chunks(tmp_path / "in", plan))
    for chunk in chunks:
        first = round(chunk.start * plan.model_rate)
        heard = expected[:, first : first + chunk.valid]
        assert chunk.samples.shape[0] == channels
        assert np.abs(chunk.samples[:, : chunk.valid] - heard).max() < 1e-6
        assert not chunk.samples[:, chunk.valid :].any()
    assert chunks[0].keep_from == 0.0
    assert chunks[-1].keep_to == length / rate
    assert round(chunks[-1].start * plan.model_rate) + chunks[-1].valid == total
    for one, other in pairwise(chunks):
        assert one.keep_to == other.keep_from
