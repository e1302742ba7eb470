"""Table 4: how true the result is: chunks against the whole, the resampler, the null test."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray

from app.audacitorch.effect import AudacitorchEffect
from app.audacitorch.profile import read_profile, write_profile
from app.audacitorch.torchscript import open_archive
from app.audacitorch.trial.inspection import inspect_model
from app.audio.resample import Resampler, resampled_length
from app.endpoint import FileOutput, Region, TrackFile
from benchmarks import models
from benchmarks.models import BenchmarkModel
from benchmarks.sounds import file_of
from benchmarks.table import Options, Table, command
from benchmarks.unwatched import Unwatched

COLUMNS = ("What", "Of", "Measured")

KINDS = (
    (models.IDENTITY, "no memory"),
    (models.FILTER, "bounded memory"),
    (models.CONV_TASNET, "normalised over the whole input"),
    (models.RECURRENT, "recurrent, both ways"),
    (models.NORMALISER, "scaled by the whole input's peak"),
)
RATES = ((44_100, 8_000), (44_100, 16_000), (44_100, 48_000), (48_000, 44_100), (96_000, 44_100), (192_000, 48_000))
FORMATS = (
    ("WAV", "PCM_16"),
    ("WAV", "PCM_24"),
    ("WAV", "PCM_32"),
    ("WAV", "FLOAT"),
    ("RF64", "PCM_24"),
    ("AIFF", "PCM_16"),
    ("AIFF", "PCM_24"),
    ("FLAC", "PCM_16"),
    ("FLAC", "PCM_24"),
)


@dataclass(frozen=True)
class _Run:
    """A model as the worker holds it, and where its files go."""

    effect: AudacitorchEffect
    chunk: float
    """The longest that the model gets at once, in seconds."""
    folder: Path

    def over(self, sound: Path) -> list[Path]:
        """Process a file; return the results."""
        controls = {item.name: item.value for item in self.effect.inputs if hasattr(item, "name")}
        outputs = self.effect.process(Region((TrackFile(sound, sound.name),), self.folder), controls, Unwatched())
        return [output.path for output in outputs if isinstance(output, FileOutput)]


def measure(options: Options) -> Table:
    """Measure all of it."""
    kinds = (KINDS[0], KINDS[1]) if options.quick else KINDS
    rates = RATES[:1] if options.quick else RATES
    formats = FORMATS[:2] if options.quick else FORMATS
    rows = [("SNR, chunks against the whole", *_chunks(options.home, model, kind)) for model, kind in kinds]
    rows += [("resampler", f"{there} to {back} Hz", _resampler(there, back)) for there, back in rates]
    with tempfile.TemporaryDirectory() as scratch:
        identical = [
            _null_test(options.home, Path(scratch), *fmt, channels) for fmt in formats for channels in (1, 2, 8)
        ]
    rows.append(
        (
            "null test: files that come back with the same samples and format",
            f"identity; {', '.join(f'{container} {kind}' for container, kind in formats)}; 1, 2 and 8 channels",
            f"{sum(identical)} of {len(identical)}",
        )
    )
    return Table(COLUMNS, rows)


def _prepared(home: Path, model: BenchmarkModel, out: Path) -> _Run:
    folder = model.export(home)
    path = folder / "profile.json"
    if read_profile(path, folder) is None:
        write_profile(path, inspect_model(folder), folder)
    profile = read_profile(path, folder)
    assert profile is not None and profile.calibration is not None
    effect = AudacitorchEffect(model.id, str(folder), str(path))
    effect.setup("cpu")
    return _Run(effect, profile.calibration.chunk / model.rate, out)


def _chunks(home: Path, model: BenchmarkModel, kind: str) -> tuple[str, str]:
    """Return what was compared, and the SNR of the endpoint's result against the model over the whole file.

    The region is as long as two and a half of the longest chunks that this model gets, at the model's rate.
    """
    with tempfile.TemporaryDirectory() as scratch:
        run = _prepared(home, model, Path(scratch))
        region = 2.5 * run.chunk
        sound = file_of(home, region, model.rate, 2 if model.stereo else 1, "FLOAT")
        results = run.over(sound)
        chunked = np.concatenate([soundfile.read(path, dtype="float32", always_2d=True)[0].T for path in results])
    whole_model = open_archive(model.export(home) / "model.pt", torch.device("cpu"))
    samples, _ = soundfile.read(sound, dtype="float32", always_2d=True)
    with torch.inference_mode():
        whole = whole_model(torch.from_numpy(samples.T.copy())).numpy()
    return f"{model.title} ({kind}), {region:.1f} s in chunks of {run.chunk:.1f} s", _snr(whole, chunked)


def _snr(expected: NDArray[np.float32], found: NDArray[np.float32]) -> str:
    noise = float(np.sum((expected.astype(np.float64) - found) ** 2))
    if noise == 0:
        return "bit-identical"
    return f"{10 * np.log10(float(np.sum(expected.astype(np.float64) ** 2)) / noise):.1f} dB"


def _resampler(rate_in: int, rate_out: int) -> str:
    """Send tones through the resampler; return pass-band error, largest alias or image, and shift."""
    lower = min(rate_in, rate_out)
    shares = np.linspace(0.01, 0.9, 12)
    ripple = max(abs(_gain(share * lower / 2, rate_in, rate_out)[0]) for share in shares)
    shift = max(abs(_gain(share * lower / 2, rate_in, rate_out)[1]) for share in shares)
    tones = [share * lower / 2 for share in shares]
    if rate_in > rate_out:  # all of a tone that the lower rate cannot hold is alias
        tones = [rate_out / 2 * 1.02, (rate_out / 2 + rate_in / 2) / 2, 0.97 * rate_in / 2]
    foreign = max(_foreign(tone, rate_in, rate_out, above=rate_in > rate_out) for tone in tones)
    return f"pass band within {ripple:.4f} dB, aliases and images {foreign:.0f} dB, shift {shift:.5f} samples"


def _through(tone: float, rate_in: int, rate_out: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the middle second of a tone of one second each way, and the times of its samples (s)."""
    samples = 2 * rate_in
    resampler = Resampler(1, rate_in, rate_out, np.float64)
    wave = np.sin(2 * np.pi * tone * np.arange(samples) / rate_in)[None]
    total = resampled_length(samples, rate_in, rate_out)
    result = np.concatenate([resampler.push(wave), resampler.finish(total)], axis=1)[0]
    middle = slice(rate_out // 2, rate_out // 2 + rate_out)
    return result[middle], np.arange(len(result))[middle] / rate_out


def _fit(tone: float, rate_in: int, rate_out: int) -> tuple[complex, NDArray[np.float64]]:
    """Return a tone's amplitude and phase after the change of rate, and what else is there."""
    result, times = _through(tone, rate_in, rate_out)
    basis = np.stack([np.sin(2 * np.pi * tone * times), np.cos(2 * np.pi * tone * times)], axis=1)
    weights = np.linalg.lstsq(basis, result, rcond=None)[0]
    return complex(weights[0], weights[1]), result - basis @ weights


def _gain(tone: float, rate_in: int, rate_out: int) -> tuple[float, float]:
    """Return a tone's gain (dB) and shift (samples of the lower rate)."""
    found, _ = _fit(tone, rate_in, rate_out)
    return 20 * float(np.log10(abs(found))), float(np.angle(found)) / (2 * np.pi * tone) * min(rate_in, rate_out)


def _foreign(tone: float, rate_in: int, rate_out: int, *, above: bool) -> float:
    """Return the level (dB, against the tone) of what should not be there."""
    rest = _through(tone, rate_in, rate_out)[0] if above else _fit(tone, rate_in, rate_out)[1]
    return 20 * float(np.log10(max(float(np.sqrt(2 * np.mean(rest**2))), 1e-12)))


def _null_test(home: Path, scratch: Path, container: str, subtype: str, channels: int) -> bool:
    """Tell whether the identity gives back a file of noise with the same samples and format."""
    source = scratch / f"{container}-{subtype}-{channels}.{'wav' if container == 'RF64' else container.lower()}"
    generator = np.random.default_rng(channels)
    noise = generator.uniform(-1, 1, (models.IDENTITY.rate * 12 + 7, channels))
    soundfile.write(source, noise, models.IDENTITY.rate, subtype=subtype, format=container)
    result = _prepared(home, models.IDENTITY, scratch).over(source)[0]
    one, other = soundfile.info(source), soundfile.info(result)
    kind = "float64" if subtype in ("FLOAT", "DOUBLE") else "int32"
    same = np.array_equal(soundfile.read(source, dtype=kind)[0], soundfile.read(result, dtype=kind)[0])
    return bool(same) and (one.format, one.subtype) == (other.format, other.subtype)


if __name__ == "__main__":
    command("quality", measure)
