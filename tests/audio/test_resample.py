import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.audio.resample import Resampler, resampled, resampled_length

RATES = [8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000]


def resample(x: np.ndarray, rate_in: int, rate_out: int, block: int = 4096) -> np.ndarray:
    resampler = Resampler(x.shape[0], rate_in, rate_out, x.dtype)
    parts = [resampler.push(x[:, at : at + block]) for at in range(0, x.shape[1], block)]
    parts.append(resampler.finish(resampled_length(x.shape[1], rate_in, rate_out)))
    return np.concatenate(parts, axis=1)


def windowed_sinc(x: np.ndarray, rate_in: int, rate_out: int, at: np.ndarray, reach: int = 400) -> np.ndarray:
    """Evaluate band-limited ``x`` at output samples ``at``, by direct summation with a Kaiser-windowed sinc."""
    cutoff = min(1.0, rate_out / rate_in)
    half = int(reach / cutoff)
    result = []
    for index in at:
        centre = index * rate_in / rate_out
        n = np.arange(max(0, int(centre) - half), min(len(x), int(centre) + half + 1))
        u = n - centre
        window = np.i0(14 * np.sqrt(np.clip(1 - (u / (half + 1)) ** 2, 0, None))) / np.i0(14)
        result.append(np.sum(x[n] * cutoff * np.sinc(cutoff * u) * window))
    return np.array(result)


@pytest.mark.parametrize("rate_in", [8000, 44100, 192000])
@pytest.mark.parametrize("rate_out", [8000, 22050, 44100, 48000])
def test_agrees_with_a_direct_windowed_sinc(rate_in: int, rate_out: int) -> None:
    length = rate_in // 4
    seconds = np.arange(length) / rate_in
    random = np.random.default_rng(1)
    top = 0.9 * min(rate_in, rate_out) / 2
    frequencies = [*random.uniform(50, top, 11), top]
    x = sum(np.sin(2 * np.pi * f * seconds + p) for f, p in zip(frequencies, random.uniform(0, 6, 12))) / 12
    x = x * np.hanning(length)
    y = resample(x[None], rate_in, rate_out)[0]
    at = np.linspace(0, len(y) - 1, 60).astype(int)
    error = y[at] - windowed_sinc(x, rate_in, rate_out, at)
    assert np.sqrt(np.mean(error**2)) < 6e-5 * np.sqrt(np.mean(y**2))  # 0.0005 dB


def there_and_back(rate: int, model_rate: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Return an impulse's response, there and back again, at the frequencies up to 0.9 of the lower Nyquist."""
    lower = min(rate, model_rate)
    length = rate * 3000 // lower | 1
    x = np.zeros((1, length))
    x[0, length // 2] = 1
    back = Resampler(1, model_rate, rate, np.float64)
    y = np.concatenate([back.push(resample(x, rate, model_rate)), back.finish(length)], axis=1)[0]
    spectrum = np.fft.rfft(np.roll(y, -(length // 2)))
    inside = np.arange(len(spectrum)) * rate / length <= 0.9 * lower / 2
    return np.arange(len(spectrum))[inside], spectrum[inside], length


@pytest.mark.parametrize("rate", [8000, 11025, 32000, 37800, 44056, 44100, 48000, 88200, 96000, 192000])
@pytest.mark.parametrize("model_rate", [8000, 16000, 22050, 44100, 48000])
def test_there_and_back_is_flat_and_unshifted(rate: int, model_rate: int) -> None:
    bins, spectrum, length = there_and_back(rate, model_rate)
    assert len(bins) > 1300
    assert np.abs(20 * np.log10(np.abs(spectrum))).max() < 0.0015
    shift = np.angle(spectrum[1:]) / (2 * np.pi * bins[1:]) * length
    assert np.abs(shift).max() < 1e-5


@pytest.mark.parametrize(
    ("rate_in", "rate_out"),
    [(44100, 48000), (48000, 44100), (44100, 16000), (192000, 8000), (8000, 192000), (44056, 44100)],
)
def test_no_aliases_and_no_images(rate_in: int, rate_out: int) -> None:
    """What is below the lower Nyquist frequency has no image above it, and what is above it leaves no alias below."""
    lower = min(rate_in, rate_out) / 2
    seconds = np.arange(rate_in * 4000 // int(lower)) / rate_in
    shares = [share for share in (1.001, 1.02, 1.3, 1.9, 5.5) if share * lower < rate_in / 2]
    for share in shares:
        y = resample(np.sin(2 * np.pi * share * lower * seconds)[None], rate_in, rate_out)[0]
        assert np.abs(y[len(y) // 4 : -len(y) // 4]).max() < 1e-6
    for share in (0.3, 0.9, 0.97):
        y = resample(np.sin(2 * np.pi * share * lower * seconds)[None], rate_in, rate_out)[0]
        spectrum = np.abs(np.fft.rfft(y * np.kaiser(len(y), 24)))
        distance = np.abs(np.arange(len(spectrum)) * rate_out / len(y) - share * lower)
        assert spectrum[distance > 0.01 * lower].max() < 1e-6 * spectrum.max()


@settings(max_examples=60)
@given(
    rate_in=st.sampled_from(RATES),
    rate_out=st.sampled_from(RATES),
    length=st.integers(1, 5000),
    block=st.integers(1, 6000),
    channels=st.integers(1, 8),
)
def test_length_is_exact_and_blocks_do_not_matter(
    rate_in: int, rate_out: int, length: int, block: int, channels: int
) -> None:
    x = np.random.default_rng(length).uniform(-1, 1, (channels, length)).astype(np.float32)
    y = resample(x, rate_in, rate_out, block)
    assert y.shape == (channels, -(-length * rate_out // rate_in))
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, resample(x, rate_in, rate_out, 5000), atol=1e-7)
    if rate_in == rate_out:
        assert np.array_equal(x, y)


def test_there_and_back_restores_the_length_and_the_place() -> None:
    for length in (1, 2, 3, 44, 4411):
        x = np.zeros((1, length), np.float32)
        x[0, length // 2] = 1
        there = resample(x, 44100, 48000)
        back = Resampler(1, 48000, 44100)
        y = np.concatenate([back.push(there), back.finish(length)], axis=1)
        assert y.shape == x.shape
        assert np.argmax(y) == length // 2


@pytest.mark.parametrize(("rate_in", "rate_out"), [(44100, 48000), (48000, 22050), (8000, 8000)])
def test_a_whole_sound_is_what_its_blocks_give(rate_in: int, rate_out: int) -> None:
    sound = np.random.default_rng(1).standard_normal((2, 3001)).astype(np.float32)
    length = resampled_length(3001, rate_in, rate_out)
    resampler = Resampler(2, rate_in, rate_out)
    blocks = np.concatenate([resampler.push(sound), resampler.finish(length)], axis=1)
    whole = resampled(sound, rate_in, rate_out)
    assert whole.dtype == np.float32
    assert np.array_equal(whole, blocks)
    assert np.array_equal(resampled(sound, rate_in, rate_out, 100), blocks[:, :100])
