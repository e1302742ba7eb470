from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from torch import nn

from app.audacitorch import WaveformToWaveformBase
from app.audacitorch.effect import AudacitorchEffect
from app.audacitorch.profile import write_profile
from app.audacitorch.trial.inspection import inspect_model
from app.errors import AudioFileError, JobCancelledError, ModelRunError
from tests.audacitorch.models import (
    EFFECT,
    RATE,
    Failing,
    Gain,
    Longer,
    MidSide,
    Rows,
    Watch,
    noise,
    read,
    region,
    save,
)

ALL_WET = {"channels": "Keep stereo", "wet": 100.0}


def loaded(folder: Path, profile: bool = True) -> AudacitorchEffect:
    path = folder / "profile.json"
    if profile and not path.exists():
        write_profile(path, inspect_model(folder), folder)
    effect = AudacitorchEffect("some/effect", str(folder), str(path) if profile else "")
    effect.setup("cpu")
    return effect


def results(effect: AudacitorchEffect, folder: Path, samples: np.ndarray, controls=ALL_WET, **kind) -> list[np.ndarray]:
    outputs = effect.process(region(folder, samples, **kind), controls, Watch())
    assert [output.label for output in outputs] == [output.label for output in effect.outputs]
    return [read(output.path) for output in outputs]


class Silent(WaveformToWaveformBase):
    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        return x * 0


class Swap(WaveformToWaveformBase):
    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        return x.flip(0)


class Late(WaveformToWaveformBase):
    """The input a sample late; fails when it gets less than the length that it was tried with, or over ten seconds."""

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        assert 20_000 <= x.shape[1] <= 20 * 8000, "another length"
        return nn.functional.pad(x, [1, 0])[:, : x.shape[1]]


class Fickle(WaveformToWaveformBase):
    """One row for quiet sound, two for loud."""

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x, x]) if bool(x.abs().max() > 0.8) else x


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_a_mono_model_runs_on_each_channel(tmp_path, models, channels):
    x = noise(channels, 12_345)
    (result,) = results(loaded(models / "gain"), tmp_path, x)
    assert result.shape == x.shape
    assert np.allclose(result, 0.5 * x, atol=1e-6)


def test_mix_to_mono_gives_all_channels_the_result_of_the_mix(tmp_path, models):
    x = noise(3, 9_000)
    (result,) = results(loaded(models / "gain"), tmp_path, x, {"channels": "Mix to mono", "wet": 100.0})
    assert result.shape == x.shape
    assert np.allclose(result, np.tile(0.5 * x.mean(axis=0), (3, 1)), atol=1e-6)


@pytest.mark.parametrize("wet", [0.0, 25.0, 80.0, 100.0])
def test_wet_is_the_share_of_the_result(tmp_path, models, wet):
    x = noise(2, 30_000)
    (result,) = results(loaded(models / "gain"), tmp_path, x, {**ALL_WET, "wet": wet})
    assert np.allclose(result, wet / 100 * 0.5 * x + (1 - wet / 100) * x, atol=1e-6)
    if wet == 0.0:
        assert np.array_equal(result, x)


def test_all_dry_at_another_rate_is_the_input_bit_for_bit(tmp_path, models):
    x = noise(1, 44_100 + 7)
    (result,) = results(loaded(models / "gain"), tmp_path, x, {**ALL_WET, "wet": 0.0}, rate=44_100)
    assert np.array_equal(result, x)


def test_the_dry_part_is_not_resampled(tmp_path):
    effect = loaded(save(Silent(nn.Identity()), EFFECT, tmp_path / "silent"))
    x = noise(2, 48_000)  # far above what 8 kHz can hold
    (result,) = results(effect, tmp_path, x, {**ALL_WET, "wet": 60.0}, rate=48_000)
    assert np.allclose(result, 0.4 * x, atol=1e-7)


@pytest.mark.parametrize("samples", [1, 2, 17, 19_999, 20_000, 20_001, 80_001, 200_000])
def test_every_length_comes_back_to_the_sample(tmp_path, models, samples):
    x = noise(1, samples)
    (result,) = results(loaded(models / "gain"), tmp_path, x)
    assert result.shape == (1, samples)
    assert np.allclose(result, 0.5 * x, atol=1e-6)


def test_every_row_is_a_stem(tmp_path):
    effect = loaded(save(Rows(3), {**EFFECT, "labels": ["a", "b"]}, tmp_path / "rows"))
    x = 0.1 * noise(2, 5_000)
    assert [output.label for output in effect.outputs] == ["a", "b", "Output 3"]
    for factor, result in enumerate(results(effect, tmp_path, x), start=1):
        assert np.allclose(result, factor * x, atol=1e-6)


def test_files_are_named_after_input_and_label_in_the_inputs_format(tmp_path, models):
    effect = loaded(models / "gain")
    (output,) = effect.process(
        region(tmp_path, noise(2, 4_000), 44_100, name="My take.flac", format="FLAC", subtype="PCM_24"),
        ALL_WET,
        Watch(),
    )
    assert output.path.name == "My take-Result.flac"
    info = soundfile.info(output.path)
    assert (info.format, info.subtype, info.samplerate, info.channels, info.frames) == (
        "FLAC",
        "PCM_24",
        44_100,
        2,
        4_000,
    )


def test_labels_that_make_one_file_name_get_two(tmp_path):
    effect = loaded(save(Rows(2), {**EFFECT, "labels": ["voice?", "voice*"]}, tmp_path / "rows"))
    x = 0.1 * noise(1, 5_000)
    outputs = effect.process(region(tmp_path, x), ALL_WET, Watch())
    assert [output.path.name for output in outputs] == ["take 1-voice_.wav", "take 1-2 voice_.wav"]
    assert np.allclose(read(outputs[1].path), 2 * x, atol=1e-6)


def test_a_stereo_model_gives_stereo_stems(tmp_path, models):
    effect = loaded(models / "midside")
    x = noise(2, 9_000)
    middle = x.mean(axis=0)
    first, *rest = results(effect, tmp_path, x)
    assert [output.label for output in effect.outputs] == ["Middle", "Output 2", "Output 3", "Output 4"]
    assert np.allclose(first, np.stack([middle, middle]), atol=1e-6)
    assert np.allclose(rest[1], np.stack([x[0] - middle] * 2), atol=1e-6)


def test_rows_2i_and_2i_plus_1_are_left_and_right(tmp_path):
    metadata = {**EFFECT, "multichannel": True, "labels": ["Middle", "Rest"]}
    effect = loaded(save(MidSide(nn.Identity()), metadata, tmp_path / "midside"))
    x = noise(2, 9_000)
    middle, rest = results(effect, tmp_path, x)
    assert np.allclose(middle, np.stack([x.mean(axis=0)] * 2), atol=1e-6)
    assert np.allclose(rest, x - x.mean(axis=0), atol=1e-6)
    assert np.allclose(middle + rest, x, atol=1e-6)


def test_stereo_in_and_out_with_one_label(tmp_path):
    effect = loaded(save(Swap(nn.Identity()), {**EFFECT, "multichannel": True}, tmp_path / "swap"))
    assert [output.label for output in effect.outputs] == ["Result"]
    x = noise(2, 9_000)
    (result,) = results(effect, tmp_path, x, {"wet": 100.0})
    assert np.allclose(result, x[::-1], atol=1e-6)


@pytest.mark.parametrize("channels, expected", [(1, [0]), (3, [1, 0, 2]), (4, [1, 0, 3, 2])])
def test_a_stereo_model_runs_on_pairs_of_channels(tmp_path, channels, expected):
    effect = loaded(save(Swap(nn.Identity()), {**EFFECT, "multichannel": True}, tmp_path / "swap"))
    x = noise(channels, 5_000)
    (result,) = results(effect, tmp_path, x, {"wet": 100.0})
    assert np.allclose(result, x[expected], atol=1e-6)


def test_a_model_that_wants_stereo_without_saying_so_gets_it(tmp_path):
    effect = loaded(save(MidSide(nn.Identity()), {**EFFECT, "labels": ["a", "b", "c", "d"]}, tmp_path / "midside"))
    x = noise(2, 5_000)
    assert np.allclose(results(effect, tmp_path, x, {})[0], np.stack([x.mean(axis=0)] * 2), atol=1e-6)


class WholeFrames(WaveformToWaveformBase):
    """Leaves out what does not fill a frame, and its first frame."""

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, : (x.shape[1] // 300 - 1) * 300]


class NeverEnough(WaveformToWaveformBase):
    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, :19_990]


@pytest.mark.parametrize("extra", [-64, 64])
def test_a_model_that_returns_a_little_less_or_more_is_not_shifted(tmp_path, extra):
    effect = loaded(save(Longer(extra), EFFECT, tmp_path / "longer"))
    x = noise(1, 150_000)
    (result,) = results(effect, tmp_path, x)
    assert result.shape == x.shape
    assert np.allclose(result, x, atol=1e-6)


def test_a_model_that_returns_whole_frames_only_loses_nothing(tmp_path):
    effect = loaded(save(WholeFrames(nn.Identity()), EFFECT, tmp_path / "frames"))
    x = noise(2, 160_000)
    assert np.allclose(results(effect, tmp_path, x)[0], x, atol=1e-6)


def test_what_a_model_never_returns_is_silence(tmp_path):
    effect = loaded(save(NeverEnough(nn.Identity()), EFFECT, tmp_path / "never"))
    x = noise(1, 20_000)
    (result,) = results(effect, tmp_path, x)
    assert np.allclose(result[:, :19_990], x[:, :19_990], atol=1e-6)
    assert not result[:, 19_990:].any()


def test_the_model_meets_lengths_that_it_bears(tmp_path):
    effect = loaded(save(Late(nn.Identity()), EFFECT, tmp_path / "late"))
    for samples in (1, 20_000, 400_000):
        x = noise(2, samples)
        (result,) = results(effect, tmp_path, x, name=f"{samples}.wav")
        assert np.allclose(result[:, 1:], x[:, :-1], atol=1e-6)


SAID = {
    "float": "The stems were {0:.1f} dB too loud for {1}-bit files, and were written as 32-bit float{2}; "
    "the level is kept.",
    "scale": "The stems were {0:.1f} dB too loud for {1}-bit files and were turned down together; "
    "32-bit float keeps the level.",
    "clip": "The stems were {0:.1f} dB too loud for {1}-bit files, and were cut off at full scale.",
}


@pytest.mark.parametrize("too_loud", SAID)
@pytest.mark.parametrize("form", [("wav", 16), ("wav", 24), ("flac", 24), ("aiff", 16)])
def test_stems_too_loud_for_integers_are_dealt_with_alike_and_with_a_notice(tmp_path, form, too_loud):
    effect = loaded(save(Rows(3), {**EFFECT, "labels": ["a", "b", "c"]}, tmp_path / "rows"))
    ending, bits = form
    x = noise(2, 30_000)
    x[0, 17] = 0.5
    sent = replace(region(tmp_path, x, name=f"in.{ending}", subtype=f"PCM_{bits}"), too_loud=too_loud)
    outputs = effect.process(sent, ALL_WET, Watch())
    changed = " WAV" if ending == "flac" else ""
    assert {output.notice for output in outputs} == {SAID[too_loud].format(20 * np.log10(1.5), bits, changed)}
    assert {output.path.suffix for output in outputs} == {".wav" if changed and too_loud == "float" else f".{ending}"}
    turned_down = 1.5 if too_loud == "scale" else 1.0
    full = 10.0 if too_loud == "float" else 1.0
    for factor, output in enumerate(outputs, start=1):
        expected = np.clip(factor * read(sent.audio.path) / turned_down, -full, full)
        assert np.abs(read(output.path) - expected).max() < (1e-6 if too_loud == "float" else 1e-4)
    if too_loud == "float":
        one, two, three = (read(output.path).astype(np.float64) for output in outputs)
        assert np.abs(one + two - three).max() < 2.0**-22


def test_one_result_too_loud_has_a_sentence_of_its_own(tmp_path):
    effect = loaded(save(Gain(4.0), EFFECT, tmp_path / "loud"))
    x = noise(1, 5_000)
    x[0, 17] = 0.5
    (output,) = effect.process(region(tmp_path, x, subtype="PCM_16"), ALL_WET, Watch())
    assert output.notice == (
        "The result was 6.0 dB too loud for a 16-bit file, and was written as 32-bit float; the level is kept."
    )
    assert np.allclose(read(output.path), 4 * read(tmp_path / "upload-take 1.wav"), atol=1e-6)
    (output,) = effect.process(region(tmp_path, x, name="float.wav"), ALL_WET, Watch())
    assert output.notice == ""
    assert np.allclose(read(output.path), 4 * x, atol=1e-6)
    (output,) = effect.process(region(tmp_path, 0.2 * x, name="quiet.wav", subtype="PCM_16"), ALL_WET, Watch())
    assert output.notice == ""
    assert soundfile.info(output.path).subtype == "PCM_16"


def test_a_model_that_fails_is_one_sentence_and_leaves_no_file(tmp_path):
    effect = loaded(save(Failing(nn.Identity()), EFFECT, tmp_path / "failing"))
    loud = region(tmp_path, np.ones((1, 3_000), np.float32))
    with pytest.raises(ModelRunError, match=r"^The model failed on this region: louder than this model bears, see …"):
        effect.process(loud, ALL_WET, Watch())
    assert list(loud.folder.iterdir()) == []
    assert np.allclose(results(effect, tmp_path, noise(1, 100), name="quiet.wav"), noise(1, 100), atol=1e-6)


def test_a_model_that_changes_its_number_of_rows_is_refused(tmp_path):
    effect = loaded(save(Fickle(nn.Identity()), EFFECT, tmp_path / "fickle"))
    with pytest.raises(ModelRunError, match="returned 2 rows for this region and 1 when it was tried"):
        effect.process(region(tmp_path, np.ones((1, 3_000), np.float32)), ALL_WET, Watch())


def test_without_a_profile_the_metadata_name_the_outputs(tmp_path):
    x = 0.1 * noise(2, 5_000)
    effect = loaded(save(Rows(3), {**EFFECT, "labels": ["a", "b"]}, tmp_path / "more"), profile=False)
    _, second = results(effect, tmp_path, x)
    assert np.allclose(second, 2 * x, atol=1e-6)
    effect = loaded(save(Rows(1), {**EFFECT, "labels": ["a", "b"]}, tmp_path / "fewer"), profile=False)
    with pytest.raises(ModelRunError, match="returned 1 rows where its metadata name 2"):
        effect.process(region(tmp_path, x, name="b.wav"), ALL_WET, Watch())
    metadata = {**EFFECT, "multichannel": True, "labels": ["Middle", "Rest"]}
    effect = loaded(save(MidSide(nn.Identity()), metadata, tmp_path / "stereo"), profile=False)
    middle, rest = results(effect, tmp_path, x, name="c.wav")
    assert np.allclose(middle + rest, x, atol=1e-6)


def test_progress_grows_to_the_whole(tmp_path, models):
    watch = Watch()
    loaded(models / "gain").process(region(tmp_path, noise(1, 40 * RATE)), ALL_WET, watch)
    assert watch.fractions == sorted(watch.fractions)
    assert watch.fractions[0] == 0
    assert watch.fractions[-1] == 1
    assert len(set(watch.fractions)) >= 4


def test_a_job_that_should_stop_stops(tmp_path, models):
    job = region(tmp_path, noise(1, 40 * RATE))
    with pytest.raises(JobCancelledError):
        loaded(models / "gain").process(job, ALL_WET, Watch(JobCancelledError("stopped"), at=2))
    assert list(job.folder.iterdir()) == []


def test_what_is_no_sound_is_refused(tmp_path, models):
    job = region(tmp_path, noise(1, 10))
    job.audio.path.write_text("no sound")
    with pytest.raises(AudioFileError):
        loaded(models / "gain").process(job, ALL_WET, Watch())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_the_model_runs_on_the_gpu(tmp_path):
    folder = save(Gain(), EFFECT, tmp_path / "gain")
    effect = AudacitorchEffect("a/b", str(folder))
    effect.setup("auto")
    x = noise(2, 5_000)
    assert np.allclose(results(effect, tmp_path, x)[0], 0.5 * x, atol=1e-6)
