"""The endpoint with tiny networks: length, level, sides, a stretch, variations, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from app.errors import ControlError, JobCancelledError, ModelFormatError
from endpoints.vampnet import filling
from endpoints.vampnet.controls import CONTROLS, DROPPED, PRESETS
from endpoints.vampnet.endpoint import VampNet
from endpoints.vampnet.level import measured
from endpoints.vampnet.published import BASE, DUB, PUBLISHED
from tests.endpoints.vampnet.driving import music, opened, read, run
from tests.endpoints.watched import Watched


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> VampNet:
    return opened(tmp_path_factory.mktemp("weights"))


def loudness(sound: Any, rate: int = 44100) -> float:
    return measured(sound.T, rate).integrated()


def test_harps_six_controls_come_first() -> None:
    assert [control.label for control in CONTROLS[:6]] == [
        *("Temperature", "Periodic prompt", "Mask dropout", "Compression prompt", "Model", "Beat mask")
    ]


@pytest.mark.parametrize(("rate", "channels", "frames"), [(48000, 2, 70001), (44100, 1, 44100), (22050, 3, 20000)])
def test_length_rate_channels_and_loudness_are_exact(
    made: VampNet, tmp_path: Path, rate: int, channels: int, frames: int
) -> None:
    source = music(tmp_path / "take.wav", frames / rate, rate, channels)
    [track, *_], labels = run(made, tmp_path / "take.wav")
    info = soundfile.info(track.path)
    assert (info.samplerate, info.channels, info.frames, info.subtype) == (rate, channels, frames, "PCM_24")
    assert track.path.name == "take-variation-1.wav"
    result = read(track)
    assert loudness(result, rate) == pytest.approx(loudness(source, rate), abs=0.1)
    assert np.abs(result - source).max() > 0.1
    assert [(label.t, label.label) for label in labels.labels] == [(0.0, "made anew")]


def test_sides_stay_or_go(made: VampNet, tmp_path: Path) -> None:
    source = music(tmp_path / "take.wav", 1.5)
    kept, dropped = (read(run(made, tmp_path / "take.wav", **change)[0][0]) for change in ({}, {"sides": DROPPED}))
    apart = source[:, 0] - source[:, 1]
    assert np.abs(kept[:, 0] - kept[:, 1] - apart).max() < 1e-6
    assert np.array_equal(dropped[:, 0], dropped[:, 1])
    assert loudness(dropped) == pytest.approx(loudness(source), abs=0.05)


def test_outside_a_stretch_nothing_changes(made: VampNet, tmp_path: Path) -> None:
    source = music(tmp_path / "take.wav", 3.0)
    [track, *_], labels = run(made, tmp_path / "take.wav", start=1.0, end=2.0)
    moved = np.abs(read(track) - source).max(axis=1)
    assert not moved[:44100].any() and not moved[88200:].any() and moved[45000:87000].max() > 0.1
    # No click at either end: it goes over within 10 ms.
    assert moved[44100] < 0.01 and moved[88199] < 0.01
    assert [(label.t, label.duration) for label in labels.labels] == [(1.0, 1.0)]
    inner = slice(44100, 88200)
    assert loudness(read(track)[inner]) == pytest.approx(loudness(source[inner]), abs=0.3)


def test_a_long_sound_goes_through_windows(made: VampNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows of a second: what is kept all over comes back as in one; that each hears the last: test_filling.py."""
    music(tmp_path / "take.wav", 4.0)
    [whole, *_], _ = run(made, tmp_path / "take.wav", period=1, books=14)
    monkeypatch.setattr(filling, "COARSE_SECONDS", 1.0)
    monkeypatch.setattr(filling, "FINE_SECONDS", 0.8)
    [windowed, *_], _ = run(made, tmp_path / "take.wav", period=1, books=14)
    assert np.array_equal(read(whole), read(windowed))
    job = Watched()
    [other, *_], _ = run(made, tmp_path / "take.wav", job)
    assert len(read(other)) == 4 * 44100
    assert len(job.told) > 100 and job.told == sorted(job.told)


def test_variations_differ_and_come_again_with_their_seed(made: VampNet, tmp_path: Path) -> None:
    music(tmp_path / "take.wav", 1.0)
    first, second, third = (read(track) for track in run(made, tmp_path / "take.wav", variations=2)[0])
    assert not np.array_equal(first, second) and np.array_equal(first, third)
    again = run(made, tmp_path / "take.wav", variations=3)[0]
    assert np.array_equal(read(again[0]), first) and np.array_equal(read(again[1]), second)
    assert not np.array_equal(read(again[2]), first) and again[0].notice == ""
    [drawn, *_], _ = run(made, tmp_path / "take.wav", seed=0)
    seed = int(drawn.notice.removeprefix("Seed ").removesuffix("."))
    assert np.array_equal(read(run(made, tmp_path / "take.wav", seed=seed)[0][0]), read(drawn))


def test_longer_and_higher(made: VampNet, tmp_path: Path) -> None:
    music(tmp_path / "take.wav", 1.0, 48000)
    [longer, *_], labels = run(made, tmp_path / "take.wav", longer=3)
    assert read(longer).shape == (144_000, 2) and labels.labels[0].duration == 3.0
    [higher, *_], _ = run(made, tmp_path / "take.wav", pitch=12, period=1, books=14)
    [plain, *_], _ = run(made, tmp_path / "take.wav", period=1, books=14)
    assert read(higher).shape == (48000, 2) and not np.array_equal(read(higher), read(plain))


def test_beats_and_onsets_hold_the_music(made: VampNet, tmp_path: Path) -> None:
    music(tmp_path / "take.wav", 4.0)
    _, labels = run(made, tmp_path / "take.wav", beat=80, onset=2, start=1.2, end=3.2)
    beats = [label.t for label in labels.labels if label.label == "beat kept"]
    onsets = [label.t for label in labels.labels if label.label == "onset kept"]
    assert beats == pytest.approx([1.5, 2.0, 2.5, 3.0], abs=0.03)
    assert onsets == pytest.approx([1.5, 2.0, 2.5, 3.0], abs=0.03)


@pytest.mark.parametrize("preset", [name for name, values in PRESETS.items() if values])
def test_a_preset_is_what_its_controls_would_be(made: VampNet, tmp_path: Path, preset: str) -> None:
    music(tmp_path / "take.wav", 1.0)
    values = PRESETS[preset]
    assert values is not None
    [by_name, *_], _ = run(made, tmp_path / "take.wav", preset=preset, onset=9)
    plain = dict(zip(("period", "books", "forgotten", "beat"), values))
    [by_hand, *_], _ = run(made, tmp_path / "take.wav", **plain)
    assert np.array_equal(read(by_name), read(by_hand))


def test_every_way_of_drawing_has_a_say(made: VampNet, tmp_path: Path) -> None:
    music(tmp_path / "take.wav", 1.0)
    changes: list[dict[str, Any]] = [
        *({}, {"temperature": 3.0}, {"nucleus": 0.3}, {"until": 0.0}, {"typical": True, "least": 1, "mass": 0.2}),
        *({"rounds": 8}, {"passes": 2}, {"chance": 40}, {"kept": 1}, {"width": 3}, {"forgotten": 0.5}),
    ]
    results = [read(run(made, tmp_path / "take.wav", **change)[0][0]).tobytes() for change in changes]
    assert len(set(results)) == len(results)


def test_a_fine_tune_takes_the_place_of_the_first(made: VampNet, tmp_path: Path) -> None:
    music(tmp_path / "take.wav", 1.0)
    sounds = [read(run(made, tmp_path / "take.wav", model=one.name)[0][0]).tobytes() for one in (*PUBLISHED, BASE)]
    assert len(set(sounds)) == 3 and sounds[0] == sounds[3]


def test_silence_stays_silent(made: VampNet, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "take.wav", np.zeros((44100, 2)), 44100, "PCM_16")
    assert not read(run(made, tmp_path / "take.wav", beat=50)[0][0]).any()


@pytest.mark.parametrize("frames", [1, 200, 5000])
def test_the_shortest_sounds(made: VampNet, tmp_path: Path, frames: int) -> None:
    soundfile.write(tmp_path / "take.wav", np.full((frames, 1), 0.1), 44100, "PCM_16")
    assert len(read(run(made, tmp_path / "take.wav", pitch=3)[0][0])) == frames
    assert len(read(run(made, tmp_path / "take.wav", longer=2, beat=10)[0][0])) == 2 * frames


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"start": 2.0, "end": 1.0}, r"To expects more seconds than From \(2\), or 0, not 1"),
        ({"start": 5.0}, "From expects a moment within the sound, which has 1.00 s, not 5"),
        ({"end": 0.5, "longer": 2}, "Time stretch is for the whole sound: set From and To to 0, or it to 1"),
    ],
)
def test_what_makes_no_sense_is_refused(made: VampNet, tmp_path: Path, change: Any, sentence: str) -> None:
    music(tmp_path / "take.wav", 1.0)
    with pytest.raises(ControlError, match=sentence):
        run(made, tmp_path / "take.wav", **change)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.96])
def test_it_ends_in_its_middle_and_leaves_nothing(made: VampNet, tmp_path: Path, share: float) -> None:
    music(tmp_path / "take.wav", 2.0)
    job = Watched(share)
    with pytest.raises(JobCancelledError):
        run(made, tmp_path / "take.wav", job, rounds=20)
    assert job.told[-1] < share + 0.04
    assert [path.name for path in tmp_path.rglob("*.wav")] == ["take.wav"]


def test_a_fine_tune_that_is_broken_leaves_the_others(tmp_path: Path) -> None:
    made = opened(tmp_path / "weights")
    (Path(made.weights[DUB.weights.repo]) / DUB.file("c2f")).write_bytes(b"nothing")
    music(tmp_path / "take.wav", 1.0)
    with pytest.raises(ModelFormatError, match=r"c2f.pth cannot be read as a checkpoint of VampNet's"):
        run(made, tmp_path / "take.wav", model=DUB.name)
    assert run(made, tmp_path / "take.wav")[0][0].path.is_file()
