"""The endpoint with tiny networks: length, format, the joint, stereo, a melody, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from app.errors import AudioFileError, ControlError, JobCancelledError
from endpoints.musicgen import generating
from endpoints.musicgen.controls import ALONE
from endpoints.musicgen.endpoint import MusicGen
from tests.endpoints.musicgen import tiny_networks as tiny
from tests.endpoints.musicgen.driving import Every, music, opened, read, run
from tests.endpoints.watched import Watched


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Every:
    return opened(tmp_path_factory.mktemp("weights"))


@pytest.mark.parametrize(("version", "channels"), [("Small", 1), ("Stereo small", 2)])
def test_words_alone_make_a_wav_at_32_khz(made: Every, tmp_path: Path, version: str, channels: int) -> None:
    output = run(made, tmp_path, text="calm piano", seconds=1.5, version=version)
    info = soundfile.info(output.path)
    assert (info.samplerate, info.channels, info.frames) == (32000, channels, 48000)
    assert (info.format, info.subtype, output.path.name, output.label) == ("WAV", "PCM_24", "music.wav", "Music")
    sound = read(output)
    assert np.abs(sound).max() > 0.01 and not sound[[0, -1]].any(), "it comes out of silence, and goes into it"
    assert channels == 1 or not np.array_equal(sound[:, 0], sound[:, 1])


@pytest.mark.parametrize(
    ("rate", "channels", "subtype", "ending"),
    [
        (44100, 2, "PCM_16", ".wav"),
        (48000, 1, "PCM_24", ".flac"),
        (8000, 3, "FLOAT", ".wav"),
        (96000, 2, "PCM_24", ".aiff"),
    ],
)
@pytest.mark.parametrize("version", ["Small", "Stereo small"])
def test_a_sound_goes_on_in_its_own_format(
    made: Every, tmp_path: Path, rate: int, channels: int, subtype: str, ending: str, version: str
) -> None:
    path = tmp_path / f"take{ending}"
    source = music(path, 1.0, rate, channels, subtype)
    output = run(made, tmp_path, path, seconds=1.0, version=version)
    info = soundfile.info(output.path)
    assert (info.samplerate, info.channels, info.subtype) == (rate, channels, subtype)
    assert output.path.name == f"take-music{ending}"
    result, fade = read(output), round(0.04 * rate)
    assert len(result) == 2 * rate
    assert np.array_equal(result[: rate - fade], source[: rate - fade]), "what was there stays as it is"
    assert np.abs(result[rate:]).max() > 0.01
    # Nothing clicks: around the joint no step is greater than in the sound itself or in what follows.
    steps = np.abs(np.diff(result, axis=0)).max(axis=1)
    joint = steps[rate - fade - 50 : rate + 50]
    assert joint.max() <= 1.05 * max(steps[: rate - fade - 50].max(), steps[rate + 50 :].max())


def test_only_what_follows(made: Every, tmp_path: Path) -> None:
    music(tmp_path / "take.wav", 1.0, 48000)
    joined = read(run(made, tmp_path, tmp_path / "take.wav", seconds=1.5))
    output = run(made, tmp_path, tmp_path / "take.wav", seconds=1.5, result=ALONE)
    alone = read(output)
    assert alone.shape == (72000, 2) and not alone[[0, -1]].any()
    assert np.abs(alone[480:-480] - joined[48000 + 480 : -480]).max() < 1e-4, "the same music"


def test_as_long_again_as_what_was_sent(made: Every, tmp_path: Path) -> None:
    music(tmp_path / "take.wav", 1.25)
    assert len(read(run(made, tmp_path, tmp_path / "take.wav"))) == round(2.5 * 44100)


def test_a_long_sound_passes_by_and_its_end_is_heard(made: Every, tmp_path: Path) -> None:
    source = music(tmp_path / "take.wav", 14.0, 16000, 1)
    first = read(run(made, tmp_path, tmp_path / "take.wav", seconds=1))
    assert len(first) == 15 * 16000 and np.array_equal(first[: 13 * 16000], source[: 13 * 16000])
    soundfile.write(tmp_path / "other.wav", np.concatenate([source[::-1][:16000], source[16000:]]), 16000, "PCM_24")
    second = read(run(made, tmp_path, tmp_path / "other.wav", seconds=1))
    assert np.array_equal(first[14 * 16000 :], second[14 * 16000 :]), "what lies before the last 12 s is not heard"


def test_more_than_a_window(made: Every, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generating, "WINDOW", 1.0)
    monkeypatch.setattr(generating, "HEARD", 0.4)
    job = Watched()
    result = read(run(made, tmp_path, seconds=3.5, job=job))
    assert result.shape == (112_000, 1) and len(job.told) > 100 and job.told == sorted(job.told)
    assert np.abs(result[96_000:-200]).max() > 0.01


def test_a_seed_and_each_version_give_their_own(made: Every, tmp_path: Path) -> None:
    sounds = {one.name: read(run(made, tmp_path, seconds=1, version=one.name)).tobytes() for one in tiny.EVERY}
    assert len(set(sounds.values())) == 4
    assert read(run(made, tmp_path, seconds=1, version="Small")).tobytes() == sounds["Small"]
    assert read(run(made, tmp_path, seconds=1, seed=6.0)).tobytes() != sounds["Small"]
    drawn = run(made, tmp_path, seconds=1, seed=0.0)
    found = re.fullmatch(r"Seed (\d+)\.", drawn.notice)
    assert found and np.array_equal(read(run(made, tmp_path, seconds=1, seed=float(found[1]))), read(drawn))


@pytest.mark.parametrize("version", ["Melody", "Stereo melody"])
def test_a_melody_is_followed(made: Every, tmp_path: Path, version: str) -> None:
    tune = music(tmp_path / "tune.wav", 1.2, 44100, 1)
    soundfile.write(tmp_path / "high.wav", np.repeat(tune[::3], 2)[:52920], 44100, "PCM_24")
    results = []
    for melody in (None, tmp_path / "tune.wav", tmp_path / "high.wav"):
        output = run(made, tmp_path, None, melody, version=version, seconds=0 if melody else 1, most=1)
        results.append(read(output))
    assert results[1].shape == (52920, 1), "as long as it, in its format"
    assert not np.array_equal(results[1], results[2])
    music(tmp_path / "take.flac", 1.0, 48000)
    both = run(made, tmp_path, tmp_path / "take.flac", tmp_path / "tune.wav", version=version, seconds=1)
    assert both.path.name == "take-music.flac" and len(read(both)) == 96000


def test_one_file_in_every_track_is_no_melody_where_none_is_followed(made: Every, tmp_path: Path) -> None:
    """So HARP sends it, up to 2.2."""
    music(tmp_path / "take.wav", 1.0)
    (tmp_path / "again.wav").write_bytes((tmp_path / "take.wav").read_bytes())
    both = run(made, tmp_path, tmp_path / "take.wav", tmp_path / "again.wav", seconds=1)
    assert np.array_equal(read(both), read(run(made, tmp_path, tmp_path / "take.wav", seconds=1)))


def test_what_cannot_be_is_said(made: Every, tmp_path: Path) -> None:
    music(tmp_path / "short.wav", 0.3)
    music(tmp_path / "take.wav", 1.0)
    (tmp_path / "none.wav").write_bytes(b"RIFF")
    with pytest.raises(ControlError, match=r"Input Audio expects at least 0.5 s of sound, not 0.30 s"):
        run(made, tmp_path, tmp_path / "short.wav")
    with pytest.raises(ControlError, match=r"Melody expects at least 0.5 s of sound"):
        run(made, tmp_path, None, tmp_path / "short.wav", version="Melody")
    with pytest.raises(ControlError, match="version that follows one: “Melody”, “Stereo melody”, not “Small”"):
        run(made, tmp_path, None, tmp_path / "take.wav")
    with pytest.raises(ControlError, match="Melody is for a version that follows one"):
        run(made, tmp_path, tmp_path / "take.wav", tmp_path / "short.wav")
    with pytest.raises(AudioFileError):
        run(made, tmp_path, tmp_path / "none.wav")


def test_silence_and_no_words_go_on_too(made: Every, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "take.wav", np.zeros((44100, 2)), 44100, "PCM_16")
    assert len(read(run(made, tmp_path, tmp_path / "take.wav", text="", seconds=1))) == 88200
    assert len(read(run(made, tmp_path, text="", seconds=1))) == 32000


@pytest.mark.parametrize("ends_at", [0.0, 0.02, 0.2, 0.6, 0.9, 0.97])
def test_a_cancel_ends_it_wherever_it_is(made: Every, tmp_path: Path, ends_at: float) -> None:
    music(tmp_path / "take.wav", 1.0)
    job = Watched(ends_at)
    with pytest.raises(JobCancelledError):
        run(made, tmp_path, tmp_path / "take.wav", job=job, seconds=1)
    assert job.told[-1] >= ends_at and not any(value >= ends_at for value in job.told[:-1])
    assert not list(tmp_path.glob("out-*/*.wav"))
    assert len(read(run(made, tmp_path, seconds=1))) == 32000, "the next one is whole"


def test_how_long_it_will_take_is_said_from_the_first_steps_on(made: Every, tmp_path: Path) -> None:
    said: list[str] = []

    class Listening(Watched):
        def report(self, fraction: float, words: str = "") -> None:
            said.append(words)

    run(made, tmp_path, job=Listening(), seconds=2)
    assert "0.1 of 2 s made, about 5 s left" in said and said[0] == "Listening" and said[-1] == "Writing"


def test_what_ships_says_what_it_is() -> None:
    card: Any = MusicGen.card
    assert "non-commercial use only" in card.description and "never run" in card.description
    assert MusicGen.generates and MusicGen.repeatable and "category:generation" in card.tags
