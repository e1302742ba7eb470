"""The command line over real files, as a person runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.provenance.stamping import provenance_in
from tests.audio.media_files import WIDE_FLAC, encode
from tests.server.in_process import run_here
from tests.server.running import command

RATE = 22050


@pytest.fixture
def takes(tmp_path: Path) -> list[Path]:
    """Two files of other formats with a tone in noise."""
    noise = 0.05 * np.random.default_rng(1).standard_normal((2 * RATE, 2))
    tone = 0.3 * np.sin(2 * np.pi * 220 * np.arange(2 * RATE) / RATE)[:, None]
    paths = [tmp_path / "take1.wav", tmp_path / "take 2.flac"]
    soundfile.write(paths[0], noise + tone, RATE, subtype="FLOAT")
    soundfile.write(paths[1], noise + tone, RATE, subtype="PCM_16")
    return paths


def test_processes_many_files_and_prints_what_it_wrote(bundled_home: Path, takes: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "cleaned"
    (out / ".harpist-of-a-killed-process" / "work").mkdir(parents=True)
    files = [str(path) for path in takes]
    arguments = ("process", "harpist/noise-reduction", *files, "--out", str(out), "--set", "Wet=80")
    result = subprocess.run(**command(*arguments, home=bundled_home), capture_output=True, timeout=180, check=False)
    assert result.returncode == 0, result.stderr
    written = [Path(line) for line in result.stdout.splitlines()]
    assert [path.suffix for path in written] == [".wav", ".flac"]
    assert sorted(out.iterdir()) == sorted(written), "no scratch files are left"
    for source, made in zip(takes, written):
        given, found = soundfile.info(source), soundfile.info(made)
        assert (found.frames, found.samplerate, found.channels) == (given.frames, given.samplerate, given.channels)
        assert (found.format, found.subtype) == (given.format, given.subtype)
        told = provenance_in(made)[1]
        assert told is not None
        assert (told.model, told.controls["wet"]) == ("harpist/noise-reduction", 80)
        assert told.revision.startswith("sha256:")
        assert not told.generated


def test_wet_at_zero_gives_the_file_back(bundled_home: Path, takes: list[Path], tmp_path: Path) -> None:
    result = run_here(
        bundled_home, "process", "noise-reduction", str(takes[1]), "--out", str(tmp_path), "--set", "wet=0"
    )
    assert result.returncode == 0, result.stderr
    made = soundfile.read(result.stdout.strip(), dtype="int16")[0]
    assert np.array_equal(made, soundfile.read(takes[1], dtype="int16")[0])


def test_compressed_files_reach_a_sandboxed_model_whole(bundled_home: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    exact = rng.integers(-(2**15), 2**15, (2, RATE), np.int16)
    wide = rng.integers(-(2**31), 2**31, (2, RATE), np.int64).astype(np.int32)
    sound = (0.1 * rng.standard_normal((2, RATE))).astype(np.float32)
    once = tmp_path / "once.ogg"
    soundfile.write(once, sound.T, RATE)
    sent = {
        "phone.m4a": encode("ipod", "aac", sound, RATE, "fltp"),
        "apple.m4a": encode("ipod", "alac", exact, RATE, "s16p"),
        "wide.flac": encode("flac", "flac", wide, RATE, "s32", WIDE_FLAC),
        "joined.ogg": once.read_bytes() * 2,
    }
    for name, data in sent.items():
        (tmp_path / name).write_bytes(data)
    files = [str(tmp_path / name) for name in sent]
    result = run_here(
        bundled_home, "process", "noise-reduction", *files, "--out", str(tmp_path / "out"), "--set", "wet=0"
    )
    assert result.returncode == 0, result.stderr
    phone, apple, bits, joined = (Path(line) for line in result.stdout.splitlines())
    kinds = [soundfile.info(path).subtype for path in (phone, apple, bits, joined)]
    assert kinds == ["PCM_24", "PCM_16", "PCM_32", "PCM_24"]
    assert {path.suffix for path in (phone, apple, bits, joined)} == {".wav"}
    assert np.array_equal(soundfile.read(apple, dtype="int16")[0].T, exact)
    assert np.array_equal(soundfile.read(bits, dtype="int32")[0].T, wide)
    assert soundfile.info(joined).frames == 2 * RATE
    assert RATE <= soundfile.info(phone).frames < RATE + 2048
    assert result.stderr.count("The file is 2 files joined; all were read, one after the other.") == 1


@pytest.mark.slow
def test_what_was_too_loud_for_integers_is_said(bundled_home: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    tone = np.sign(np.sin(2 * np.pi * 220 * np.arange(2 * RATE) / RATE))
    soundfile.write(tmp_path / "loud.wav", np.clip(tone + 0.5 * rng.standard_normal(2 * RATE), -1, 1), 44100)
    result = run_here(
        bundled_home, "process", "harmonic-percussive", str(tmp_path / "loud.wav"), "--out", str(tmp_path)
    )
    assert result.returncode == 0, result.stderr
    assert len(result.stdout.splitlines()) == 2
    assert result.stderr.count("dB too loud for 16-bit files, and were written as 32-bit float; the level is kept") == 1
    stems = [soundfile.read(path)[0] for path in result.stdout.split()]
    assert np.abs(sum(stems) - soundfile.read(tmp_path / "loud.wav")[0]).max() < 1e-5
    again = [str(tmp_path / "loud.wav"), "--out", str(tmp_path / "2"), "--too-loud", "scale"]
    result = run_here(bundled_home, "process", "harmonic-percussive", *again)
    assert result.stderr.count("dB too loud for 16-bit files and were turned down together") == 1
    assert {soundfile.info(path).subtype for path in result.stdout.split()} == {"PCM_16"}


def test_labels_become_an_audacity_label_track(bundled_home: Path, takes: list[Path], tmp_path: Path) -> None:
    result = run_here(bundled_home, "process", "pitch-notes", str(takes[0]), "--out", str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert [Path(line).name for line in result.stdout.splitlines()] == [
        "take1-Notes.mid",
        "take1-labels.txt",
        "take1-labels.json",
    ]
    for name in ("take1-Notes.mid", "take1-labels.json"):
        told = provenance_in(tmp_path / name)[1]
        assert told is not None
        assert told.model == "harpist/pitch-notes"
        assert told.revision.startswith("sha256:")
        assert told.licence
    start, end, name = (tmp_path / "take1-labels.txt").read_text().splitlines()[0].split("\t")
    assert float(start) < 0.2
    assert float(end) > 1.5
    assert name == "A3"


def test_where_it_is_not_wanted_no_result_says_where_it_came_from(
    bundled_home: Path, takes: list[Path], tmp_path: Path
) -> None:
    arguments = ("voice-activity", str(takes[0]), "--out", str(tmp_path), "--no-provenance")
    result = run_here(bundled_home, "process", *arguments)
    assert result.stdout.splitlines() == [f"{tmp_path}/take1-labels.txt"], result.stderr


def test_a_failed_file_costs_one_line_and_the_exit_code(bundled_home: Path, takes: list[Path], tmp_path: Path) -> None:
    text = tmp_path / "notes.wav"
    text.write_text("not a sound")
    missing = tmp_path / "missing.wav"
    out = tmp_path / "out"
    files = [str(text), str(missing), str(takes[0])]
    result = run_here(bundled_home, "process", "harmonic-percussive", *files, "--out", str(out))
    assert result.returncode == 1
    assert len(result.stdout.splitlines()) == 2, "the good file is processed all the same"
    first, second = result.stderr.splitlines()
    assert first == f"{missing}: there is no such file."
    assert second.startswith(f"{text}: ")


@pytest.mark.skipif(sys.platform != "linux", reason="a folder that not even root can write to")
def test_a_folder_that_cannot_be_written_gets_a_sentence(bundled_home: Path, takes: list[Path]) -> None:
    result = run_here(bundled_home, "process", "harpist/noise-reduction", str(takes[0]), "--out", "/proc/self")
    assert result.returncode == 1
    assert result.stderr == "harpist: The folder /proc/self cannot be made or written: No such file or directory.\n"


def test_a_folder_among_the_files_is_told_from_a_missing_one(bundled_home: Path, tmp_path: Path) -> None:
    result = run_here(bundled_home, "process", "harpist/noise-reduction", str(tmp_path), "--out", str(tmp_path / "out"))
    assert (
        result.returncode == 1
        and result.stderr == f"{tmp_path}: it is a folder; --recursive takes the sound files in it.\n"
    )


@pytest.mark.slow
def test_never_replaces_a_file_unless_told_to(bundled_home: Path, takes: list[Path], tmp_path: Path) -> None:
    arguments = ["process", "noise-reduction", str(takes[1]), str(takes[0]), "--out", str(tmp_path)]
    first = run_here(bundled_home, *arguments)
    other, made = map(Path, first.stdout.splitlines())
    made.write_bytes(b"precious")
    other.unlink()
    how = {**command(*arguments, home=bundled_home), "stderr": subprocess.STDOUT, "stdout": subprocess.PIPE}
    second = subprocess.run(**how, timeout=180, check=False)
    assert second.returncode == 1
    said = [f"{takes[0]}: {made.name} already there; --overwrite replaces it.", str(other)]
    assert second.stdout.splitlines() == said, "it is said before anything is computed"
    assert made.read_bytes() == b"precious"
    assert run_here(bundled_home, *arguments, "--overwrite").returncode == 0
    assert soundfile.info(made).frames == 2 * RATE


def test_a_result_never_replaces_another_file_that_was_given(
    bundled_home: Path, takes: list[Path], tmp_path: Path
) -> None:
    made = tmp_path / "take1-clean.wav"
    made.write_bytes(takes[0].read_bytes())
    files = [str(takes[0]), str(made)]
    result = run_here(bundled_home, "process", "noise-reduction", *files, "--out", str(tmp_path), "--overwrite")
    assert result.stderr == (
        f"{takes[0]}: its result would replace {made.name}, which is to be processed too; choose another --out.\n"
    )
    assert made.read_bytes() == takes[0].read_bytes()
    assert result.stdout == f"{tmp_path}/take1-clean-clean.wav\n"


def test_files_of_one_name_all_keep_their_results(bundled_home: Path, takes: list[Path], tmp_path: Path) -> None:
    """Those that differ in their folder, in their ending, only in the end of a long name, or in what is no text."""
    long = "é" * 120
    names = ["a/song.wav", "b/song.wav", "b/song.flac", f"{long} 1.wav", f"{long} 2.wav", os.fsdecode(b"caf\xe9.wav")]
    files = [tmp_path / name for name in names]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(takes[file.suffix == ".flac"].read_bytes())
    out = tmp_path / "out"
    how = command("process", "voice-activity", *map(str, files), "--out", str(out), home=bundled_home)
    result = subprocess.run(**{**how, "text": False}, capture_output=True, timeout=180, check=False)
    assert (result.returncode, result.stderr) == (0, b"")
    printed = [os.fsdecode(line) for line in result.stdout.splitlines()]
    written = printed[::2]
    assert printed[1::2] == [f"{path.removesuffix('.txt')}.json" for path in written]
    cut = "é" * 85
    expected = ["a-song.wav", "b-song.wav", "song.flac", cut, cut[1:], "caf\udce9"]
    endings = ["-labels.txt"] * 4 + ["-labels-2.txt", "-labels.txt"]
    assert written == [f"{out}/{name}{ending}" for name, ending in zip(expected, endings)]
    assert {Path(path).read_text() for path in written} == {Path(written[0]).read_text()}


@pytest.mark.slow
def test_folders_keep_their_structure(bundled_home: Path, takes: list[Path], tmp_path: Path) -> None:
    top, out = tmp_path / "session", tmp_path / "session" / "results"
    for place in (top, top / "drums"):
        place.mkdir()
        takes[0].rename(place / "take.wav") if place != top else (place / "take.wav").write_bytes(takes[0].read_bytes())
    (top / "notes.txt").write_text("not sound")
    empty = tmp_path / "empty"
    empty.mkdir()
    arguments = ["pitch-notes", str(empty), str(top), "--out", str(out), "--recursive", "--overwrite"]
    for _ in range(2):  # results of the first time are not processed
        result = run_here(bundled_home, "process", *arguments)
        assert (result.returncode, result.stderr) == (1, f"{empty}: there is no sound file in this folder.\n")
        made = ("take-Notes.mid", "take-labels.txt", "take-labels.json")
        assert result.stdout.splitlines() == [f"{place}/{name}" for place in (out, f"{out}/drums") for name in made]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(
            ["noise-reduction", "--set", "Wet=200"],
            "Wet expects a number from 0 to 100 (percent), not 200.",
            marks=pytest.mark.slow,
        ),
        (["noise-reduction", "--set", "Wet=loud"], "Wet expects a number from 0 to 100 (percent), not “loud”."),
        (["noise-reduction", "--set", "Reverb=1"], "There is no control “Reverb”; this model has:"),
        (["noise-reduction", "--set", "Wet"], "--set expects NAME=VALUE, such as --set Wet=80, not “Wet”."),
        (["no such model"], "“no such model” is neither a folder with a model nor OWNER/NAME on the hub."),
    ],
)
def test_bad_input_gets_one_sentence(
    bundled_home: Path, takes: list[Path], tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    result = run_here(bundled_home, "process", *arguments[:1], str(takes[0]), *arguments[1:], "--out", str(tmp_path))
    assert result.returncode == 1
    assert result.stderr.startswith(f"harpist: {sentence}")
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


def test_a_folder_that_holds_no_model_costs_one_line(bundled_home: Path, takes: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "Mönster 日本"
    folder.mkdir()
    (folder / "model.pt").write_bytes(b"not a model")
    (folder / "metadata.json").write_text(
        '{"sample_rate": 22050, "labels": ["a"], "effect_type": "waveform-to-waveform"}'
    )
    result = run_here(bundled_home, "process", str(folder), str(takes[0]), "--out", str(tmp_path / "out"))
    assert result.returncode == 1
    assert result.stderr.startswith("harpist: model.pt is not a TorchScript model")
    assert len(result.stderr.splitlines()) == 1


def test_lists_the_models_with_their_controls(bundled_home: Path) -> None:
    result = run_here(bundled_home, "models", "list")
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    models = [line.split()[0] for line in lines if not line.startswith(" ")]
    assert models[0] == "harpist/harmonic-percussive"
    assert len(models) >= 7
    assert "    Channels: “Keep stereo” or “Mix to mono”, “Keep stereo” unless set" in lines
    assert "    Wet: 0 to 100 percent, 100 unless set" in lines


def test_a_reader_that_has_seen_enough_causes_no_traceback(bundled_home: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    how = command("models", "list", home=bundled_home)
    ended = subprocess.run(**how, stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (1, "")


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_a_signal_leaves_nothing_behind(bundled_home: Path, tmp_path: Path, number: signal.Signals) -> None:
    long = tmp_path / "long.wav"
    soundfile.write(long, np.random.default_rng(0).uniform(-0.1, 0.1, (48000 * 120, 2)), 48000, subtype="PCM_16")
    out = tmp_path / "out"
    arguments = ("process", "harpist/noise-reduction", str(long), "--out", str(out))
    process = subprocess.Popen(**command(*arguments, home=bundled_home))
    try:
        deadline = time.monotonic() + 60
        while not list(out.glob(".harpist-*/work/workers/*/*/in/*")):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(number)
        assert process.wait(15) == 130
    finally:
        process.kill()
        process.wait()
    assert list(out.iterdir()) == []


def test_labels_come_in_the_form_that_is_wanted(bundled_home: Path, takes: list[Path], tmp_path: Path) -> None:
    asked = ("process", "harpist/onsets-beats", str(takes[0]), "--out", str(tmp_path / "out"), "--labels", "reaper")
    result = run_here(bundled_home, *asked)
    assert result.returncode == 0, result.stderr
    written = [Path(line) for line in result.stdout.splitlines()]
    assert [path.suffix for path in written] == [".csv", ".json"]
    assert written[0].read_text().startswith("#,Name,Start,End,Length,Color\n")
    again = run_here(bundled_home, *asked)
    assert (again.returncode, "take1-labels.csv already there" in again.stderr) == (1, True)
