from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from app.audacitorch import WaveformToLabelsBase
from app.audacitorch.inference.label_drawing import class_colour
from app.audacitorch.labeler import AudacitorchLabeler
from app.audacitorch.profile import write_profile
from app.audacitorch.trial.inspection import inspect_model
from app.endpoint import FileOutput
from app.errors import AudioFileError, JobCancelledError, ModelRunError
from app.harp.labels import AudioLabel, LabelList
from app.midi.notes import read_notes
from app.midi.reading import read_midi
from tests.audacitorch.models import LABELER, RATE, Watch, noise, region, save
from tests.fixtures.models.catalogue import bad_models

DEFAULTS = {"threshold": 0.0, "drop_uncertain": False, "join": True, "minimum_duration": 0.0}


def loaded(folder: Path) -> AudacitorchLabeler:
    path = folder / "profile.json"
    if not path.exists():
        write_profile(path, inspect_model(folder), folder)
    labeler = AudacitorchLabeler("some/labeler", str(folder), str(path))
    labeler.setup("cpu")
    return labeler


def found(
    labeler: AudacitorchLabeler, folder: Path, samples: np.ndarray, rate: int = RATE, **controls
) -> list[AudioLabel]:
    (result,) = labeler.process(region(folder, samples, rate), {**DEFAULTS, **controls}, Watch())
    assert isinstance(result, LabelList)
    return list(result.labels)


def levels(*parts: tuple[float, float]) -> np.ndarray:
    """A mono sound of ``(seconds, level)`` after each other."""
    return np.concatenate([np.full(round(seconds * RATE), level, np.float32) for seconds, level in parts])[None]


class Everything(WaveformToLabelsBase):
    """One label over all that it gets."""

    def do_forward_pass(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.zeros(1, dtype=torch.int64), torch.tensor([[0.0, x.shape[1] / 8000.0]])


class OutOfRange(WaveformToLabelsBase):
    def do_forward_pass(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.tensor([7, 12]), torch.tensor([[0.1, 0.2], [0.3, 0.4]])


class Sides(WaveformToLabelsBase):
    """Class 0 where the sides are the same, else class 1; refuses mono."""

    def do_forward_pass(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        assert x.shape[0] == 2, "this model wants two channels"
        kind = 0 if bool(torch.equal(x[0], x[1])) else 1
        return torch.tensor([kind]), torch.tensor([[0.0, 1.0]])


class WithoutLength(nn.Module):
    """Labels without a length, that start before 0, or are in no order."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.tensor([0, 1, 2]), torch.tensor([[0.5, 0.5], [0.6, 0.9], [-0.5, 0.3]])


class Nervous(WaveformToLabelsBase):
    def do_forward_pass(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        assert x.abs().max() < 0.9, "too loud"
        return torch.zeros(0), torch.zeros(0, 2)


def test_labels_have_start_duration_name_colour_and_confidence(tmp_path, models):
    first, second, third = found(loaded(models / "bands"), tmp_path, levels((1, 0), (0.5, 0.55), (1, 1)))
    assert first == AudioLabel(0, "low", 1, "confidence 100 %", class_colour(0))
    assert (second.t, second.duration, second.label) == (pytest.approx(1), pytest.approx(0.5), "middle")
    assert second.description == "confidence 90 %"
    assert (third.t, third.label, third.color) == (pytest.approx(1.5), "high", class_colour(2))


def test_indices_carry_no_confidence(tmp_path, models):
    labels = found(loaded(models / "indices"), tmp_path, levels((1, 0), (1, 1)))
    assert [(label.label, label.description) for label in labels] == [("low", None), ("high", None)]


def test_no_labels_are_an_empty_list(tmp_path, models):
    assert found(loaded(models / "pulses"), tmp_path, levels((1, 0))) == []


def test_below_the_threshold_labels_are_uncertain_or_dropped(tmp_path, models):
    sound = levels((1, 0), (1, 0.3), (1, 1))
    assert [label.label for label in found(loaded(models / "bands"), tmp_path, sound)] == ["low", "middle", "high"]
    for threshold, expected in ((50.0, ["low", "middle", "high"]), (70.0, ["low", "uncertain", "high"])):
        folder = tmp_path / str(threshold)
        folder.mkdir()
        labels = found(loaded(models / "bands"), folder, sound, threshold=threshold)
        assert [label.label for label in labels] == expected
    assert labels[1].description == "confidence 60 %"
    folder = tmp_path / "drop"
    folder.mkdir()
    labels = found(loaded(models / "bands"), folder, sound, threshold=70.0, drop_uncertain=True)
    assert [label.label for label in labels] == ["low", "high"]


def test_equal_neighbours_are_joined_or_not(tmp_path, models):
    sound = levels((1, 0), (0.5, 1))
    assert len(found(loaded(models / "bands"), tmp_path, sound)) == 2
    (tmp_path / "apart").mkdir()
    labels = found(loaded(models / "bands"), tmp_path / "apart", sound, join=False)
    assert [label.label for label in labels] == ["low"] * 10 + ["high"] * 5
    assert all(label.duration == pytest.approx(0.1) for label in labels)


def test_what_is_odd_about_the_file_is_said(tmp_path, models):
    sent = region(tmp_path, levels((1, 0), (1, 1)), name="a.ogg", format="OGG", subtype="VORBIS")
    (alone,) = loaded(models / "bands").process(sent, DEFAULTS, Watch())
    assert (len(alone.labels), alone.notice) == (2, "")
    path = sent.audio.path
    path.write_bytes(path.read_bytes() * 2)
    (joined,) = loaded(models / "bands").process(sent, DEFAULTS, Watch())
    assert [label.label for label in joined.labels] == ["low", "high", "low", "high"]
    assert joined.notice == "The file is 2 files joined; all were read, one after the other."


def test_labels_shorter_than_the_minimum_are_left_out(tmp_path, models):
    sound = levels((1, 0), (0.3, 1), (1, 0))
    labels = found(loaded(models / "bands"), tmp_path, sound, minimum_duration=0.5)
    assert [(label.label, label.t, label.duration) for label in labels] == [
        ("low", 0, pytest.approx(1)),
        ("low", pytest.approx(1.3), pytest.approx(1)),
    ]


@pytest.mark.parametrize("seconds", [0.5, 2.5, 7.3, 61.0, 131.7])
def test_a_label_over_everything_is_one_and_ends_with_the_region(tmp_path, seconds):
    labeler = loaded(save(Everything(nn.Identity()), LABELER, tmp_path / "everything"))
    for join in (True, False):
        folder = tmp_path / str(join)
        folder.mkdir()
        (label,) = found(labeler, folder, levels((seconds, 0.1)), join=join)
        assert label.t == 0
        assert label.duration == pytest.approx(seconds, abs=1e-6)


def test_pulses_of_a_long_region_are_all_there_once_and_whole(tmp_path, models):
    seconds = 170
    starts = np.sort(np.random.default_rng(4).choice(np.arange(0, seconds * 10 - 3), 400, replace=False)) / 10
    starts = starts[np.concatenate([[True], np.diff(starts) > 0.35])]
    # On both seams of 60 s chunks that share 10 s, and across them.
    starts = np.sort(np.concatenate([starts[np.abs(starts[:, None] - [55, 105]).min(axis=1) > 0.5], [54.9, 104.8]]))
    sound = np.zeros((1, seconds * RATE), np.float32)
    for start in starts:
        sound[0, round(start * RATE) : round((start + 0.2) * RATE)] = 0.9
    labels = found(loaded(models / "pulses"), tmp_path, sound, join=False)
    assert np.allclose([label.t for label in labels], starts, atol=1e-5)
    assert np.allclose([label.duration for label in labels], 0.2, atol=1e-5)


def test_times_are_the_regions_own_at_another_rate(tmp_path, models):
    sound = np.zeros((2, 44_100 * 3), np.float32)
    sound[:, 44_100 : 2 * 44_100] = 0.9
    (label,) = found(loaded(models / "pulses"), tmp_path, sound, rate=44_100)
    assert label.t == pytest.approx(1, abs=0.002)
    assert label.duration == pytest.approx(1, abs=0.003)


def test_an_index_without_a_name_is_numbered(tmp_path):
    labels = found(loaded(save(OutOfRange(nn.Identity()), LABELER, tmp_path / "out")), tmp_path, noise(1, 8000))
    assert [label.label for label in labels] == ["class 7", "class 12"]


def test_labels_without_a_length_are_dropped_and_the_rest_is_sorted(tmp_path):
    labels = found(loaded(save(WithoutLength(), LABELER, tmp_path / "back")), tmp_path, noise(1, 8000))
    assert [(label.label, label.t, label.duration) for label in labels] == [
        ("high", 0, pytest.approx(0.3)),
        ("middle", pytest.approx(0.6), pytest.approx(0.3)),
    ]


@pytest.mark.parametrize("channels, expected", [(1, "low"), (2, "middle"), (4, "low")])
def test_a_stereo_labeler_hears_stereo(tmp_path, channels, expected):
    labeler = loaded(save(Sides(nn.Identity()), {**LABELER, "multichannel": True}, tmp_path / "sides"))
    assert [label.label for label in found(labeler, tmp_path, noise(channels, 12_000))] == [expected]


def test_a_mono_labeler_hears_the_mix(tmp_path, models):
    x = np.concatenate([levels((1, 1)), levels((1, 0))])
    assert [label.label for label in found(loaded(models / "bands"), tmp_path, x)] == ["middle"]


def test_one_sample_is_enough(tmp_path, models):
    for name in ("bands", "indices", "pulses"):
        folder = tmp_path / name
        folder.mkdir()
        for label in found(loaded(models / name), folder, np.ones((1, 1), np.float32)):
            assert label.duration <= 1 / RATE + 1e-6


def test_a_model_that_fails_is_one_sentence(tmp_path):
    labeler = loaded(save(Nervous(nn.Identity()), LABELER, tmp_path / "nervous"))
    with pytest.raises(ModelRunError, match=r"^The model failed on this region: too loud.$"):
        labeler.process(region(tmp_path, np.ones((1, 3_000), np.float32)), DEFAULTS, Watch())


def test_progress_grows_and_stops_the_job(tmp_path, models):
    labeler = loaded(models / "bands")
    job = region(tmp_path, levels((130, 0)))
    watch = Watch()
    labeler.process(job, DEFAULTS, watch)
    assert watch.fractions == sorted(watch.fractions)
    assert (watch.fractions[0], watch.fractions[-1]) == (0, 1)
    with pytest.raises(JobCancelledError):
        labeler.process(job, DEFAULTS, Watch(JobCancelledError("stopped"), at=2))


def test_what_is_no_sound_is_refused(tmp_path, models):
    job = region(tmp_path, noise(1, 10))
    job.audio.path.write_bytes(b"")
    with pytest.raises(AudioFileError):
        loaded(models / "bands").process(job, DEFAULTS, Watch())


@pytest.mark.parametrize(
    "name",
    [
        "class_out_of_range", "labels_of_wrong_shape", "millions_of_labels", "times_negative", "times_not_numbers",
        "times_past_the_end", "times_reversed",
    ],
)  # fmt: skip
def test_labels_without_a_plain_meaning_end_in_a_sentence(tmp_path, name):
    bad = bad_models()[name]
    bad.make(tmp_path, None)
    labeler = loaded(tmp_path)
    with pytest.raises(ModelRunError) as caught:
        found(labeler, tmp_path, np.ones((1, RATE), np.float32))
    assert re.fullmatch(bad.sentence, caught.value.message)


CANCELLED = (
    "Mixed to mono, the channels nearly cancel each other (is one of them inverted?); where they do, the louder "
    "channel was heard instead."
)


@pytest.mark.parametrize("seconds", [4, 100])
def test_a_channel_that_is_inverted_hides_nothing(tmp_path, models, seconds):
    mono = levels((1, 0.0), (1, 0.8), (seconds - 2, 0.0))
    labeler = loaded(models / "pulses")
    alone = found(labeler, tmp_path, mono)
    assert [(label.t, label.duration) for label in alone] == [(1.0, 1.0)]
    for gains in ((1.0, -1.0), (-0.9, 1.0)):
        sound = np.float32(gains)[:, None] * mono
        (result,) = labeler.process(region(tmp_path, sound, name=f"{gains[0]}.wav"), DEFAULTS, Watch())
        assert list(result.labels) == alone
        assert result.notice == CANCELLED
    (result,) = labeler.process(region(tmp_path, np.tile(mono, (2, 1)), name="same.wav"), DEFAULTS, Watch())
    assert (list(result.labels), result.notice) == (alone, "")


def test_a_labeler_that_hears_both_sides_hears_them_inverted(tmp_path):
    metadata = {**LABELER, "labels": ["same", "different"], "multichannel": True}
    labeler = loaded(save(Sides(nn.Identity()), metadata, tmp_path / "sides"))
    sound = noise(1, 40_000)
    (result,) = labeler.process(region(tmp_path, np.concatenate([sound, -sound])), DEFAULTS, Watch())
    assert {label.label for label in result.labels} == {"different"}
    assert result.notice == ""


class TwoNotes(WaveformToLabelsBase):
    """C4 for a second, then a remark, then E4."""

    def do_forward_pass(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        kinds = torch.nn.functional.one_hot(torch.tensor([0, 12, 4]), 13).float() * torch.tensor([[1.0], [0.9], [0.5]])
        return kinds, torch.tensor([[0.0, 1.0], [1.0, 1.2], [1.25, 1.75]])


def test_a_labeler_whose_classes_are_notes_also_gives_a_midi_file(tmp_path: Path) -> None:
    names = [
        *(f"{step}4" for step in ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]),
        "several at once",
    ]
    folder = save(TwoNotes(nn.Identity()), {**LABELER, "labels": names}, tmp_path / "model")
    midi, labels = loaded(folder).process(region(tmp_path, noise(1, 2 * RATE), RATE), DEFAULTS, Watch())

    assert isinstance(midi, FileOutput) and isinstance(labels, LabelList)
    notes = read_notes(read_midi(midi.path))
    told = [(round(note.start, 3), round(note.end, 3), note.pitch, note.velocity) for note in notes]
    assert told == [(0.0, 1.0, 60, 127), (1.25, 1.75, 64, 64)]
    assert [label.label for label in labels.labels] == ["C4", "several at once", "E4"]
