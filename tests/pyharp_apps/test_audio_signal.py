"""Our AudioSignal, against arithmetic by hand and the meter of the loudness endpoints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from app.errors import AudioFileError, ModelRunError
from app.pyharp_apps.stand_ins.audio_signal import AudioSignal
from endpoints.loudness.k_weighting import impulse_response

RATE = 48000


def tone(hertz: float = 997.0, level: float = 0.1, seconds: float = 2.0, rate: int = RATE) -> np.ndarray:
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


@pytest.mark.parametrize("shape", [(480,), (2, 480), (3, 2, 480)])
def test_samples_come_in_every_shape(shape: tuple[int, ...]) -> None:
    samples = np.random.default_rng(0).normal(size=shape)
    for given in (samples, torch.from_numpy(samples)):
        signal = AudioSignal(given, RATE)
        assert signal.audio_data.shape == (*(1,) * (3 - len(shape)), *shape)
        assert signal.audio_data.dtype == torch.float32
        assert np.allclose(signal.numpy().reshape(shape), samples, atol=1e-6)
    assert (signal.signal_length, signal.duration, signal.sample_rate) == (480, 0.01, RATE)
    assert (signal.batch_size, signal.num_channels) == tuple(signal.shape[:2])


def test_what_it_expects_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expects a sample_rate"):
        AudioSignal(np.zeros(8))
    with pytest.raises(ValueError, match=r"of shape \(batch, channels, samples\) are expected"):
        AudioSignal(np.zeros((1, 1, 1, 8)), RATE)
    (tmp_path / "x.wav").write_bytes(b"no sound")
    with pytest.raises(AudioFileError):
        AudioSignal(tmp_path / "x.wav")
    with pytest.raises(ModelRunError, match=r"AudioSignal\.mel_spectrogram is not in Harpist’s stand-in"):
        AudioSignal(np.zeros(8), RATE).mel_spectrogram()


def test_files_are_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "in.flac"
    soundfile.write(path, np.stack([tone(), tone(440.0)], axis=1), RATE, "PCM_24")
    signal = AudioSignal(str(path))
    assert signal.shape == (1, 2, 2 * RATE)
    part = AudioSignal(path, offset=0.5, duration=0.25)
    assert torch.equal(part.audio_data, signal.audio_data[..., RATE // 2 : RATE // 2 + RATE // 4])
    for name, factor, subtype in (("a.wav", 1.0, "PCM_24"), ("b.wav", 20.0, "FLOAT"), ("c.flac", 1.0, "PCM_24")):
        assert (signal * factor).write(tmp_path / "new" / name).path_to_file == tmp_path / "new" / name
        samples, rate = soundfile.read(tmp_path / "new" / name)
        assert rate == RATE and soundfile.info(tmp_path / "new" / name).subtype == subtype
        assert np.abs(samples.T - signal.numpy()[0] * factor).max() < 2e-7 * factor
    with pytest.raises(ModelRunError, match=r"ends in “\.xyz”; \.wav, \.flac, \.ogg or \.mp3"):
        signal.write(tmp_path / "d.xyz")
    assert not (tmp_path / "d.xyz").exists()
    for name in ("f.mp3", "f.ogg", "f.aiff", "f.w64"):
        assert soundfile.info(signal.write(tmp_path / name).path_to_file).channels == 2
    (tmp_path / "g.mp3").mkdir()
    with pytest.raises(IsADirectoryError):
        signal.write(tmp_path / "g.mp3")
    with pytest.raises(ModelRunError, match="not finite"):
        (signal * float("nan")).write(tmp_path / "e.wav")


def test_what_changes_it_returns_it() -> None:
    signal = AudioSignal(np.stack([tone(), -tone()]), RATE)
    twin = signal.clone()
    assert signal.to_mono() is signal and signal.shape == (1, 1, 2 * RATE) and float(signal.audio_data.abs().max()) == 0
    assert twin.num_channels == 2, "a clone is its own"
    assert twin.trim(100, 200).signal_length == 2 * RATE - 300
    assert twin.zero_pad(100, 200).signal_length == 2 * RATE
    assert float(twin.audio_data[..., :100].abs().max()) == 0
    assert twin.zero_pad_to(3 * RATE).truncate_samples(RATE).duration == 1.0
    assert float(AudioSignal(np.full(8, 4.0), RATE).ensure_max_of_audio().audio_data.max()) == 1.0


def test_another_rate() -> None:
    signal = AudioSignal(np.stack([tone(), tone(440.0)]), RATE).resample(16000)
    assert (signal.sample_rate, signal.shape) == (16000, (1, 2, 32000))
    expected = np.stack([tone(rate=16000), tone(440.0, rate=16000)])
    assert np.abs(signal.numpy()[0] - expected)[:, 500:-500].max() < 1e-4


@pytest.mark.parametrize("rate", [44100, 48000, 96000])
@pytest.mark.parametrize("hertz", [60.0, 997.0, 8000.0])
def test_loudness_is_the_recommendations(rate: int, hertz: float) -> None:
    wave = tone(hertz, 0.1, 3.0, rate)
    weight = impulse_response(rate)
    gain = abs(np.sum(weight * np.exp(-2j * np.pi * hertz * np.arange(len(weight)) / rate)))
    expected = -0.691 + 10 * np.log10((0.1 * gain) ** 2 / 2)
    assert float(AudioSignal(wave, rate).loudness()) == pytest.approx(expected, abs=0.02)
    assert float(AudioSignal(np.stack([wave, wave]), rate).loudness()) == pytest.approx(expected + 3.01, abs=0.02)


def test_normalizing_and_silence() -> None:
    loud = np.stack([tone()[None], 3 * tone()[None]])
    signal = AudioSignal(loud, RATE).normalize(-20.0)
    assert signal.loudness().tolist() == pytest.approx([-20.0, -20.0], abs=0.05)
    assert float(signal.volume_change(-6.0).loudness()[0]) == pytest.approx(-26.0, abs=0.05)
    silence = AudioSignal.zeros(1.0, RATE)
    assert float(silence.loudness()) == -70.0 and float(silence.normalize().audio_data.abs().max()) == 0.0


def test_arithmetic_makes_new_ones() -> None:
    one, two = AudioSignal(np.ones(4), RATE), AudioSignal(np.full(4, 2.0), RATE)
    assert [float((item).audio_data[0, 0, 0]) for item in (one + two, two - one, two * 3, 3 * two, two / 4)] == [
        3.0, 1.0, 6.0, 6.0, 0.5
    ]  # fmt: skip
    assert float(one.audio_data[0, 0, 0]) == 1.0
    both = AudioSignal.batch([one, AudioSignal(np.ones(2), RATE)], pad_signals=True)
    assert both.shape == (2, 1, 4) and both[1].numpy()[0, 0].tolist() == [1.0, 1.0, 0.0, 0.0]
    with pytest.raises(ValueError, match="of one length are expected"):
        AudioSignal.batch([one, AudioSignal(np.ones(2), RATE)])
