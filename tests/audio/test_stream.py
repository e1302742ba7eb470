import tracemalloc
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.audio.io import AudioFormat, open_writer, probe
from app.audio.stream import StreamPlan, stream_chunks, stream_effect
from app.errors import AudioFileError, JobCancelledError, ModelRunError

FORMATS = [
    ("WAV", "PCM_16"),
    ("WAV", "PCM_24"),
    ("WAV", "PCM_32"),
    ("WAV", "FLOAT"),
    ("WAV", "DOUBLE"),
    ("RF64", "PCM_16"),
    ("RF64", "FLOAT"),
    ("AIFF", "PCM_16"),
    ("AIFF", "PCM_24"),
    ("FLAC", "PCM_16"),
    ("FLAC", "PCM_24"),
]


def ignore(_fraction: float) -> None:
    pass


def identity(chunk: np.ndarray) -> np.ndarray:
    return chunk[None]


def silence(chunk: np.ndarray) -> np.ndarray:
    return np.zeros_like(chunk)[None]


def write(path: Path, samples: np.ndarray, rate: int = 44100, container: str = "WAV", subtype: str = "FLOAT") -> Path:
    """Write ``samples (n, channels)``: int32, or floats."""
    soundfile.write(path, samples, rate, format=container, subtype=subtype)
    return path


def raw(path: Path) -> np.ndarray:
    """Return ``(n, channels)`` with every bit that the file holds."""
    kind = "int32" if soundfile.info(path).subtype.startswith("PCM") else "float64"
    return soundfile.read(path, dtype=kind, always_2d=True)[0]


def noise(subtype: str, samples: int, channels: int) -> np.ndarray:
    random = np.random.default_rng(samples)
    if subtype.startswith("PCM"):
        return random.integers(-(2**31), 2**31, (samples, channels)).astype(np.int32)
    result = random.normal(0, 2, (samples, channels))
    result[::5] = -0.0
    return result


@pytest.mark.parametrize(("container", "subtype"), FORMATS)
@pytest.mark.parametrize("channels", [1, 2, 8])
@pytest.mark.parametrize(("process", "dry"), [(identity, 0.0), (silence, 1.0)])
def test_null(tmp_path: Path, container: str, subtype: str, channels: int, process, dry: float) -> None:
    source = write(tmp_path / "in", noise(subtype, 5001, channels), 44100, container, subtype)
    plan = StreamPlan(44100, 1000, 600)
    written = stream_effect(source, [tmp_path / "out"], process, plan, dry=dry, progress=ignore)
    assert (written.paths, written.changed) == ((tmp_path / "out",), "")
    assert probe(tmp_path / "out") == probe(source)
    assert raw(tmp_path / "out").tobytes() == raw(source).tobytes()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_null_for_any_plan_and_length(tmp_path: Path, data: st.DataObject) -> None:
    chunk = data.draw(st.integers(1, 500))
    overlap = data.draw(st.integers(max(0, chunk - 100), chunk - 1) | st.integers(0, chunk // 2 if chunk > 1 else 0))
    length = data.draw(st.sampled_from([1, chunk - 1, chunk, chunk + 1, 2 * chunk + 1, 3 * chunk - 1, 3 * chunk]))
    length = max(1, length)
    container, subtype = data.draw(st.sampled_from(FORMATS))
    channels = data.draw(st.integers(1, 8))
    source = write(tmp_path / "in", noise(subtype, length, channels), 48000, container, subtype)
    shapes = set()

    def process(block: np.ndarray) -> np.ndarray:
        shapes.add((block.shape, block.dtype))
        result = np.stack([block, np.zeros_like(block)])
        block[:] = 7  # a model may use its input as it likes
        return result

    stems = [tmp_path / "a", tmp_path / "b"]
    stream_effect(source, stems, process, StreamPlan(48000, chunk, overlap), progress=ignore)
    assert shapes == {((channels, chunk), np.dtype(np.float32))}
    assert raw(stems[0]).tobytes() == raw(source).tobytes()
    assert raw(stems[1]).shape == (length, channels)
    assert not raw(stems[1]).any()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rate=st.sampled_from([8000, 11025, 22050, 44100, 48000, 96000, 192000]),
    model_rate=st.sampled_from([8000, 16000, 22050, 44100, 48000]),
    length=st.integers(1, 3000),
    channels=st.integers(1, 8),
    overlap=st.integers(0, 99),
)
def test_length_rate_and_channels_come_back(
    tmp_path: Path, rate: int, model_rate: int, length: int, channels: int, overlap: int
) -> None:
    source = write(tmp_path / "in", noise("PCM_16", length, channels) // 4, rate, "FLAC", "PCM_16")
    stream_effect(source, [tmp_path / "out"], identity, StreamPlan(model_rate, 100, overlap), progress=ignore)
    assert probe(tmp_path / "out") == probe(source)


@pytest.mark.parametrize("rate", [8000, 44100, 96000, 192000])
@pytest.mark.parametrize("model_rate", [8000, 16000, 22050, 44100, 48000])
def test_no_shift_and_a_flat_pass_band_through_another_rate(tmp_path: Path, rate: int, model_rate: int) -> None:
    seconds = np.arange(rate * 2) / rate
    lower = min(rate, model_rate) / 2
    frequencies = [0.02 * lower, 0.4 * lower, 0.9 * lower]
    x = sum(0.3 * np.sin(2 * np.pi * f * seconds) for f in frequencies)
    source = write(tmp_path / "in", x[:, None], rate)
    plan = StreamPlan(model_rate, model_rate // 2, model_rate // 10)
    stream_effect(source, [tmp_path / "out"], identity, plan, progress=ignore)
    y = raw(tmp_path / "out")[:, 0]
    assert len(y) == len(x)
    inner = slice(rate // 2, -rate // 2)
    basis = [wave(2 * np.pi * f * seconds[inner]) for f in frequencies for wave in (np.sin, np.cos)]
    parts = np.linalg.lstsq(np.stack(basis, 1), y[inner], rcond=None)[0].reshape(3, 2)
    for f, (a, b) in zip(frequencies, parts):
        assert abs(20 * np.log10(np.hypot(a, b) / 0.3)) < 0.002
        assert abs(np.arctan2(b, a) / (2 * np.pi * f) * rate) < 0.01
    assert np.abs(y[inner] - np.stack(basis, 1) @ parts.ravel()).max() < 1e-6


@pytest.mark.parametrize(("container", "subtype"), [("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS")])
def test_lossy_in_24_bit_wav_out_of_the_decoded_length(tmp_path: Path, container: str, subtype: str) -> None:
    source = write(tmp_path / "in", noise("FLOAT", 30_001, 2) * 0.02, 44100, container, subtype)
    stream_effect(source, [tmp_path / "out"], identity, StreamPlan(44100, 5000, 1000), progress=ignore)
    assert probe(tmp_path / "out") == AudioFormat(44100, 2, 30_001, "WAV", "PCM_24")
    decoded = soundfile.read(source, dtype="float32")[0]
    assert np.abs(soundfile.read(tmp_path / "out")[0] - decoded).max() <= 2.0**-24


@pytest.mark.parametrize("model_rate", [44100, 16000])
def test_an_mp3_cut_short_gives_what_it_holds(tmp_path: Path, model_rate: int) -> None:
    source = write(tmp_path / "in", noise("FLOAT", 50_000, 2) * 0.02, 44100, "MP3", "MPEG_LAYER_III")
    source.write_bytes(source.read_bytes()[:9000])
    with av.open(str(source)) as container:
        held = sum(frame.samples for frame in container.decode(audio=0))
    assert held < 50_000
    done: list[float] = []
    stream_effect(
        source, [tmp_path / "out"], identity, StreamPlan(model_rate, 5000, 1000), dry=0.5, progress=done.append
    )
    assert probe(tmp_path / "out").samples == held
    last = list(stream_chunks(source, StreamPlan(model_rate, 5000, 1000)))[-1]
    assert last.keep_to == held / 44100
    assert last.fraction == done[-1] == 1.0


def test_dry_is_added_at_the_inputs_own_rate(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(20_000, 2)).astype(np.float32)
    source = write(tmp_path / "in", x)
    stems = [tmp_path / "a", tmp_path / "b"]
    plan = StreamPlan(8000, 1000, 100)
    stream_effect(source, stems, lambda chunk: np.stack([chunk * 0, chunk]), plan, dry=0.25, progress=ignore)
    assert np.array_equal(raw(stems[0]), x * 0.25)
    stream_effect(source, [tmp_path / "wet"], identity, plan, progress=ignore)
    assert raw(stems[1]) == pytest.approx(raw(tmp_path / "wet") + 0.25 * x, abs=1e-6)


def test_too_loud_stems_keep_their_level(tmp_path: Path) -> None:
    source = write(tmp_path / "in", np.full((1000, 1), 0.5), 44100, "FLAC", "PCM_16")
    stems = [tmp_path / "a.flac", tmp_path / "b.flac"]
    plan = StreamPlan(44100, 300, 100)
    written = stream_effect(source, stems, lambda chunk: np.stack([chunk * 4, chunk * -3]), plan, progress=ignore)
    assert written.paths == (tmp_path / "a.wav", tmp_path / "b.wav")
    assert soundfile.read(written.paths[0])[0] == pytest.approx(2.0, abs=1e-6)
    assert soundfile.read(written.paths[1])[0] == pytest.approx(-1.5, abs=1e-6)


def test_too_loud_stems_keep_their_proportions(tmp_path: Path) -> None:
    source = write(tmp_path / "in", np.full((1000, 1), 0.5), 44100, "WAV", "PCM_16")
    stems = [tmp_path / "a", tmp_path / "b"]
    plan = StreamPlan(44100, 300, 100)
    written = stream_effect(
        source, stems, lambda chunk: np.stack([chunk * 4, chunk]), plan, too_loud="scale", progress=ignore
    )
    assert written.gain == 0.5
    assert soundfile.read(stems[0])[0] == pytest.approx(1.0, abs=1e-4)
    assert soundfile.read(stems[1])[0] == pytest.approx(0.25, abs=1e-4)


def test_progress_rises_from_0_to_1(tmp_path: Path) -> None:
    source = write(tmp_path / "in", np.zeros((10_000, 1)), 44100, "WAV", "PCM_16")
    seen: list[float] = []
    stream_effect(source, [tmp_path / "out"], identity, StreamPlan(16000, 500, 100), progress=seen.append)
    assert seen[0] == 0.0
    assert seen[-1] == 1.0
    assert seen == sorted(seen)
    assert len(set(seen)) > 5


def test_a_cancel_leaves_nothing(tmp_path: Path) -> None:
    source = write(tmp_path / "in", np.zeros((10_000, 1)), 44100, "WAV", "PCM_16")
    folder = tmp_path / "out"
    folder.mkdir()

    def progress(fraction: float) -> None:
        if fraction > 0.5:
            raise JobCancelledError("The job was cancelled.")

    with pytest.raises(JobCancelledError):
        stream_effect(source, [folder / "a"], identity, StreamPlan(44100, 500, 100), progress=progress)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("process", "expected"),
    [
        (lambda chunk: chunk, "shape"),
        (lambda chunk: chunk[None, :, :-1], "shape"),
        (lambda chunk: np.stack([chunk, chunk]), "shape"),
        (lambda chunk: chunk[None] * np.float32(np.nan), "not finite"),
        (lambda chunk: chunk[None] + np.float32(np.inf), "not finite"),
    ],
)
def test_what_is_no_sound_is_the_models_fault(tmp_path: Path, process, expected: str) -> None:
    source = write(tmp_path / "in", np.ones((1000, 2)))
    with pytest.raises(ModelRunError, match=expected):
        stream_effect(source, [tmp_path / "out"], process, StreamPlan(44100, 500, 100), progress=ignore)
    assert not (tmp_path / "out").exists()


def test_a_bad_sample_late_in_the_file_leaves_nothing(tmp_path: Path) -> None:
    x = np.zeros((200_000, 1))
    x[-1] = np.nan
    source = write(tmp_path / "in", x)
    with pytest.raises(AudioFileError):
        stream_effect(source, [tmp_path / "out"], identity, StreamPlan(44100, 5000, 100), progress=ignore)
    assert [item.name for item in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize(("rate", "subtype"), [(44100, "PCM_16"), (44100, "FLOAT"), (16000, "PCM_24")])
def test_memory_does_not_grow_with_the_length(tmp_path: Path, rate: int, subtype: str) -> None:
    peaks = []
    for minutes in (0.5, 4):
        fmt = AudioFormat(44100, 2, int(minutes * 60 * 44100), "WAV", subtype)
        with open_writer(tmp_path / "in.wav", fmt) as writer:
            for _ in range(int(minutes * 2)):
                writer.write(np.zeros((2, 30 * 44100), np.float32))
        tracemalloc.start()
        stream_effect(
            tmp_path / "in.wav", [tmp_path / "out"], identity, StreamPlan(rate, rate, rate // 5), progress=ignore
        )
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 8e6  # 3.5 minutes more are 74 MB; what waits to be collected varies


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rate=st.sampled_from([8000, 44100]),
    chunk=st.integers(1, 300),
    length=st.integers(1, 1500),
    share=st.floats(0, 0.999),
)
def test_chunks_for_labels_tile_the_region(tmp_path: Path, rate: int, chunk: int, length: int, share: float) -> None:
    plan = StreamPlan(rate, chunk, int(share * chunk))
    source = write(tmp_path / "in", noise("PCM_16", length, 2), 44100, "WAV", "PCM_16")
    chunks = list(stream_chunks(source, plan))
    assert chunks[0].keep_from == 0.0
    assert chunks[-1].keep_to == length / 44100
    assert chunks[-1].fraction == 1.0
    for before, after in pairwise(chunks):
        assert before.keep_to == after.keep_from
        assert before.fraction <= after.fraction
    for item in chunks:
        assert item.samples.shape == (2, chunk)
        assert item.samples.dtype == np.float32
        assert item.start <= item.keep_from < item.keep_to <= item.start + (item.valid + 1) / rate


def test_chunks_for_labels_hold_the_sound_at_their_time(tmp_path: Path) -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (10_000, 2)).astype(np.float32)
    for chunk in stream_chunks(write(tmp_path / "in", x), StreamPlan(44100, 3000, 1000)):
        first = round(chunk.start * 44100)
        assert np.array_equal(chunk.samples[:, : chunk.valid], x[first : first + chunk.valid].T)
