"""Regions longer than a chunk, through the worker's endpoint: no label lost, doubled or split where chunks meet."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from app.audacitorch.authoring.model_folder import export_model
from app.audacitorch.labeler import AudacitorchLabeler
from app.endpoint import Region, TrackFile
from app.harp.labels import LabelList
from endpoints.bundled import load
from endpoints.bundled.labeler_examples import frequency
from tests.endpoints.bundled.scripted import faded, sawtooth


class Unwatched:
    def report(self, fraction: float) -> None:
        assert 0 <= fraction <= 1


def labels_of(name: str, sound: np.ndarray, folder: Path, **controls: object) -> list[tuple[str, float, float]]:
    """Label a mono sound at the model's rate by the endpoint; `(name, start, end)`."""
    model = load(name)
    export_model(model.build(), model.metadata, folder / "model")
    path = folder / "sound.wav"
    soundfile.write(path, sound, int(model.metadata["sample_rate"]))
    endpoint = AudacitorchLabeler(model.id, str(folder / "model"))
    endpoint.setup("cpu")
    *_, outcome = endpoint.process(Region((TrackFile(path, path.name),), folder), controls, Unwatched())
    assert isinstance(outcome, LabelList)
    return [(label.label, label.t, label.t + label.duration) for label in outcome.labels]


def test_clicks_and_beats_go_through(tmp_path: Path) -> None:
    times = np.arange(0.25, 129, 0.5)
    sound = np.zeros(130 * 44100)
    burst = np.exp(-np.arange(2205) / 500) * np.random.default_rng(0).standard_normal(2205)
    for at in (times * 44100).astype(int):
        sound[at : at + 2205] = 0.2 * burst
    found = labels_of("onsets_beats", sound, tmp_path)
    for name in ("onset", "beat"):
        assert [start for label, start, _ in found if label == name] == pytest.approx(times, abs=0.01)


@pytest.mark.slow
def test_repeated_notes_go_through(tmp_path: Path) -> None:
    rate = 22050
    decay = np.exp(-4 * np.arange(rate // 2) / rate)
    bar = np.concatenate([faded(0.5 * sawtooth(frequency(m), 0.5, rate), rate, 0.005) * decay for m in (60, 60, 64)])
    found = labels_of("pitch_notes", np.tile(bar, 86), tmp_path, join=True)
    assert [label for label, _, _ in found] == ["C4", "C4", "E4"] * 86
    assert [start for _, start, _ in found] == pytest.approx(np.arange(258) * 0.5, abs=0.03)


@pytest.mark.slow
def test_long_chords_go_through(tmp_path: Path) -> None:
    rate = 22050
    chords = []
    for root, third in ((60, 4), (57, 3), (53, 4), (55, 4)):
        notes = (root - 12, root, root + third, root + 7)
        chords.append(faded(sum(0.15 * sawtooth(frequency(note), 7.3, rate) for note in notes), rate))
    found = labels_of("chords", np.tile(np.concatenate(chords), 5), tmp_path, join=True)
    assert [label for label, _, _ in found] == ["C", "Am", "F", "G"] * 5
    assert [start for _, start, _ in found] == pytest.approx(np.arange(20) * 7.3, abs=0.1)


def test_a_key_and_a_tempo_go_through_until_they_change(tmp_path: Path) -> None:
    samples, rate = load("key").example()
    bars = np.asarray(samples)[0][: 8 * rate]  # four bars of D major at 120 beats a minute
    faster = resampled(bars, 2 ** (1 / 12))
    found = labels_of("key", np.concatenate([np.tile(bars, 9), np.tile(faster, 9)]), tmp_path, join=True)
    for names in (["D major", "Eb major"], ["120 BPM", "127 BPM"]):
        one, other = [(start, end) for label, start, end in found if label in names]
        assert one == pytest.approx((0, 72.0), abs=3)
        assert other == pytest.approx((72.0, 140.0), abs=3)
    assert len(found) == 4


def resampled(sound: np.ndarray, factor: float) -> np.ndarray:
    """Play a sound faster and higher by a factor."""
    return np.interp(np.arange(0, len(sound) - 1, factor), np.arange(len(sound)), sound)


def test_voice_across_a_seam_is_one_stretch(tmp_path: Path) -> None:
    samples, rate = load("voice_activity").example()
    sound = np.tile(np.asarray(samples)[0], 19)
    sound[42 * rate : 70 * rate] = 0  # a chunk ends in it
    found = labels_of("voice_activity", sound, tmp_path, join=True)
    speech = [(start, end) for label, start, end in found if label == "speech"]
    spoken = [i for i in range(19) if not 6 <= i < 10]
    assert [start for start, _ in speech] == pytest.approx(
        [7 * i + at for i in spoken for at in (0.6, 2.6, 5.2)], abs=0.1
    )
    for (_, _, end), (_, start, _) in pairwise(found):
        assert start == pytest.approx(end, abs=0.002)


def test_one_sample_has_no_labels_worth_a_name(tmp_path: Path) -> None:
    assert labels_of("pitch_notes", np.array([0.5]), tmp_path) == []


def test_voice_in_chunks_is_that_of_the_whole(tmp_path: Path) -> None:
    samples, rate = load("voice_activity").example()
    noise = np.random.default_rng(0).standard_normal(150 * rate)
    sound = (np.resize(np.asarray(samples)[0], len(noise)) + 0.05 * noise).astype(np.float32)
    sound = np.round(sound * 2**15 * 0.7) / 2**15  # as the file keeps it
    model = load("voice_activity").build().eval()
    with torch.inference_mode():
        classes, times = model(torch.from_numpy(sound.astype(np.float32))[None])
    whole = [(("speech", "no speech")[int(k)], *span) for k, span in zip(classes.argmax(1), times.tolist())]
    found = labels_of("voice_activity", sound, tmp_path)
    assert len(whole) > 120
    assert [name for name, _, _ in found] == [name for name, _, _ in whole]
    assert np.array([span[1:] for span in found]) == pytest.approx(np.array([span[1:] for span in whole]), abs=0.001)
