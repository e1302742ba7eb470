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


class Demanding(WaveformToWaveformBase):
    """The input; fails when it gets less than the length that it was tried with, or over twenty seconds."""

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        assert 20_000 <= x.shape[1] <= 20 * 8000, "another length"
        return x


class Late(WaveformToWaveformBase):
    """A row for each delay, in samples; early, where that is negative."""

    def __init__(self, *delays: int) -> None:
        super().__init__(nn.Identity())
        self.delays = list(delays)

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([nn.functional.pad(x[:1], [late, -late]) for late in self.delays])


class LateBands(WaveformToWaveformBase):
    """What moves slowly, and the rest, 777 samples late."""

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        late = nn.functional.pad(x, [777, -777])
        slow = nn.functional.avg_pool1d(nn.functional.pad(late, [7, 7]).unsqueeze(0), 15, 1)[0]
        return torch.cat([slow, late - slow])


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


def test_a_mix_in_which_the_channels_cancel_each_other_is_told(tmp_path, models):
    x = noise(1, 9_000)
    for sound, notice in (([x, -x], True), ([x, x], False)):
        job = region(tmp_path, np.concatenate(sound), name=f"{notice}.wav")
        (output,) = loaded(models / "gain").process(job, {"channels": "Mix to mono", "wet": 100.0}, Watch())
        assert output.notice.startswith("Mixed to mono, the channels nearly cancel each other") is notice
        assert read(output.path).any() is np.bool_(not notice)


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
    effect = loaded(save(Demanding(nn.Identity()), EFFECT, tmp_path / "demanding"))
    for samples in (1, 20_000, 400_000):
        x = noise(2, samples)
        assert np.allclose(results(effect, tmp_path, x, name=f"{samples}.wav"), x, atol=1e-6)


@pytest.mark.parametrize("late", [777, -50])
@pytest.mark.parametrize("samples", [1, 500, 20_000, 400_000])
def test_a_known_delay_is_taken_back_and_does_not_comb(tmp_path, late, samples):
    effect = loaded(save(Late(late), EFFECT, tmp_path / "late"))
    x = noise(2, samples)
    for wet in (100.0, 50.0):
        (result,) = results(effect, tmp_path, x, {**ALL_WET, "wet": wet}, name=f"{wet}.wav")
        assert result.shape == x.shape
        assert np.allclose(result, x, atol=1e-6)


def test_a_known_delay_is_taken_back_at_every_rate_and_told_on_the_card(tmp_path):
    effect = loaded(save(Late(777), EFFECT, tmp_path / "late"))
    assert "The model returns its result 777 samples late, which is taken back." in effect.card.description
    x = np.zeros((1, 100_000), np.float32)
    x[0, 50_000] = 0.5
    (result,) = results(effect, tmp_path, x, rate=44_100)
    assert np.abs(result[0]).argmax() == 50_000
    # What 8 kHz holds of a click lies about it alike on either side.
    assert np.allclose(result[0, 49_000:50_000], result[0, 50_001:51_001][::-1], atol=1e-5)


def test_stems_are_taken_back_together_and_a_delay_of_one_row_is_not(tmp_path):
    effect = loaded(save(LateBands(nn.Identity()), {**EFFECT, "labels": ["slow", "fast"]}, tmp_path / "bands"))
    x = noise(1, 300_000)
    slow, fast = results(effect, tmp_path, x, {})
    assert np.allclose(slow + fast, x, atol=1e-6)
    assert np.corrcoef(slow[0, 1:-1], x[0, :-2] + x[0, 1:-1] + x[0, 2:])[0, 1] > 0.4
    effect = loaded(save(Late(0, 40), {**EFFECT, "labels": ["a", "b"]}, tmp_path / "uneven"))
    first, second = results(effect, tmp_path, x, {}, name="uneven.wav")
    assert np.allclose(first, x, atol=1e-6)
    assert np.allclose(second[:, 40:], x[:, :-40], atol=1e-6)


class Split(WaveformToWaveformBase):
    """A third and two thirds of the input, or as a stereo model of each side."""

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x / 3, x - x / 3])


class HalfSplit(WaveformToWaveformBase):
    """Stems that leave out half of the mix."""

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x / 4, x / 4])


def split(folder: Path, *, stereo: bool = False) -> AudacitorchEffect:
    return loaded(
        save(Split(nn.Identity()), {**EFFECT, "labels": ["Other", "Voice"], "multichannel": stereo}, folder / "split")
    )


def test_stems_of_a_mix_have_a_control_for_the_band_above(tmp_path):
    (control,) = [item for item in split(tmp_path).inputs if getattr(item, "name", "") == "above"]
    assert (control.label, control.choices, control.value) == ("Band above", ("Other", "Voice", "No stem"), "Other")
    assert "up to 4 kHz" in control.info
    others = [
        save(HalfSplit(nn.Identity()), {**EFFECT, "labels": ["a", "b"]}, tmp_path / "half"),
        save(Rows(2), {**EFFECT, "labels": ["a", "b"]}, tmp_path / "rows"),
        save(Gain(1.0), EFFECT, tmp_path / "one"),
    ]
    for folder in others:
        assert "above" not in [getattr(item, "name", "") for item in loaded(folder).inputs]


@pytest.mark.parametrize("stereo", [False, True])
@pytest.mark.parametrize(
    "rate, samples", [(44_100, 30_011), (96_000, 90_001), (16_000, 700_001), (11_025, 20_000), (7999, 5000)]
)
def test_stems_sum_to_the_mix_at_every_rate(tmp_path, stereo, rate, samples):
    x = noise(3, samples)
    effect = split(tmp_path, stereo=stereo)
    other, voice = results(effect, tmp_path, x, {"above": "Other"}, rate=rate)
    assert np.abs(other + voice - x).max() < 1e-6
    _, plain = results(effect, tmp_path, x, {"above": "No stem"}, rate=rate, name="none.wav")
    assert np.array_equal(voice, plain)
    other, voice = results(effect, tmp_path, x, {"above": "Voice"}, rate=rate, name="voice.wav")
    assert np.abs(other + voice - x).max() < 1e-6
    if rate > 20_000:
        t = np.arange(samples) / rate
        high = np.tile(0.5 * np.sin(2 * np.pi * 9000 * t), (3, 1)).astype(np.float32)
        other, voice = results(effect, tmp_path, high, {"above": "Voice"}, rate=rate, name="high.wav")
        assert np.abs(other[:, 999:-999]).max() < 1e-4
        assert np.abs(voice - high)[:, 999:-999].max() < 1e-4


def test_wide_files_keep_their_bits_in_the_sum(tmp_path):
    x = noise(2, 60_000).astype(np.float64) + 1e-9 * noise(2, 60_000, seed=1)
    job = region(tmp_path, x, rate=48_000, subtype="DOUBLE")
    other, voice = split(tmp_path).process(job, {"above": "Other"}, Watch())
    both = [soundfile.read(output.path, dtype="float64")[0].T for output in (other, voice)]
    # The model computes with 24 bits, at levels of up to a half: what it loses of the band below is all that is lost.
    assert np.abs(both[0] + both[1] - x).max() < 1e-7
    high = np.tile(0.5 * np.sin(2 * np.pi * 9000 * np.arange(60_000) / 48_000), (2, 1))
    job = region(tmp_path, high, rate=48_000, subtype="DOUBLE", name="high.wav")
    other, voice = split(tmp_path / "again").process(job, {"above": "Other"}, Watch())
    both = [soundfile.read(output.path, dtype="float64")[0].T for output in (other, voice)]
    assert np.abs(both[0] + both[1] - high)[:, 2000:-2000].max() < 1e-11


def test_the_band_above_of_a_mix_is_that_of_the_mix(tmp_path):
    x = noise(2, 50_000)
    controls = {"channels": "Mix to mono", "above": "Voice"}
    other, voice = results(split(tmp_path), tmp_path, x, controls, rate=44_100)
    assert np.abs(other + voice - x.mean(axis=0)).max() < 1e-6


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
