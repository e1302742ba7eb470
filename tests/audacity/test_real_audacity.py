"""The real Audacity, a real model: what was selected comes back as tracks that begin where it did, to the sample."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audacity.pipe import audacity
from app.audacity.project import read_labels
from app.audacity.taking import NO_STRETCH, take_selection
from app.errors import AudacityError
from tests.audacity.music import music, rest_is_silent
from tests.audacity.real import NEEDED, RealAudacity
from tests.server.in_process import run_here
from tests.server.running import command

pytestmark = NEEDED


def test_a_middle_region_of_one_of_two_tracks(real: RealAudacity, bundled_home: Path, tmp_path: Path):
    guitar = music(tmp_path / "Gitarre für Jürgen.wav", 44100, 2)
    music(tmp_path / "Bass.wav", 44100, 1)
    real.empty()
    real.do(*(f'Import2: Filename="{tmp_path / name}.wav"' for name in ("Gitarre für Jürgen", "Bass")))
    real.do("Select: Start=1.23456 End=5 Track=0 TrackCount=1 Mode=Set")

    result = run_here(bundled_home, "audacity", "harpist/harmonic-percussive")
    assert (result.returncode, result.stdout) == (0, "Gitarre für Jürgen: its results are in Audacity, under it.\n")
    stems = ["Gitarre für Jürgen-harmonic", "Gitarre für Jürgen-percussive"]
    assert real.names() == ["Gitarre für Jürgen", *stems, "Bass"]
    assert real.selected() == ["Gitarre für Jürgen"], "what was selected is selected"
    with audacity() as pipe:
        [again] = take_selection(pipe, tmp_path)
    assert (again.start, again.rate) == (round(1.23456 * 44100), 44100), "and so is the time"

    begin, end = again.start, again.start + soundfile.info(again.file).frames
    parts = [soundfile.read(real.export(track, 2, 8), dtype="float32")[0] for track in (1, 2)]
    assert all(rest_is_silent(part, begin, end) for part in parts)
    assert np.abs(parts[0][begin:end] + parts[1][begin:end] - guitar[begin:end]).max() < 2e-7
    original = soundfile.read(real.export(0, 2, 8), dtype="float32")[0]
    assert np.array_equal(original, guitar), "the user's own is as it was"


def test_labels_stand_at_their_times(real: RealAudacity, bundled_home: Path, tmp_path: Path):
    music(tmp_path / "Lied.wav", 44100, 1)
    real.empty()
    real.do(f'Import2: Filename="{tmp_path / "Lied.wav"}"', "Select: Start=0.5 End=7.5 Track=0 TrackCount=1 Mode=Set")
    result = run_here(bundled_home, "audacity", "harpist/chords")
    assert result.returncode == 0, result.stderr
    assert real.names() == ["Lied", "Lied-labels"]

    with audacity() as pipe:
        [taken] = take_selection(pipe, tmp_path)
        found = read_labels(pipe)[1]
    shown = run_here(bundled_home, "process", "harpist/chords", str(taken.file), "--out", str(tmp_path / "out"))
    lines = Path(shown.stdout.splitlines()[0]).read_text().splitlines()
    wanted = [(float(start) + 0.5, float(end) + 0.5, text) for start, end, text in (line.split("\t") for line in lines)]
    assert len(wanted) >= 3, "the chords change within the region"
    assert [one.label for one in found] == [text for _, _, text in wanted]
    times = [(one.t, one.t + one.duration) for one in found]
    assert np.allclose(times, [(start, end) for start, end, _ in wanted], atol=2e-5)  # it tells six digits
    changes = [one.t for one in found if one.t > 0.6]
    assert np.allclose(changes, [2, 4, 6], atol=0.2), "where the music changes, on the project's own time"

    # One step back, and the project is what it was.
    assert real.undo_step() == "Undo Import"
    real.do("Undo:")
    assert real.names() == ["Lied"]


def test_a_track_of_another_rate_than_the_project(real: RealAudacity, bundled_home: Path, tmp_path: Path):
    voice = music(tmp_path / "Stimme.wav", 44100, 1, "PCM_16")
    music(tmp_path / "Raum.wav", 48000, 2)
    real.empty(48000)
    real.do(*(f'Import2: Filename="{tmp_path / name}.wav"' for name in ("Raum", "Stimme")))
    real.do("Select: Start=2.00001 End=6.1 Track=0 TrackCount=2 Mode=Set")
    result = run_here(bundled_home, "audacity", "harpist/harmonic-percussive")
    assert result.returncode == 0, result.stderr
    assert real.names() == [
        "Raum", "Raum-harmonic", "Raum-percussive", "Stimme", "Stimme-harmonic", "Stimme-percussive"
    ]  # fmt: skip
    assert real.selected() == ["Raum", "Stimme"]

    real.do("Select: Start=0 End=8 Track=4 TrackCount=2 Mode=Set")
    with audacity() as pipe:
        harmonic, percussive = take_selection(pipe, tmp_path)
    assert (harmonic.rate, percussive.rate) == (44100, 44100)
    parts = [soundfile.read(one.file, always_2d=True, dtype="float32")[0] for one in (harmonic, percussive)]
    begin, end = round(2.00001 * 44100), round(6.1 * 44100)
    assert all(not part[:begin].any() and part[begin].any() for part in parts)
    assert all(not part[end + 1 :].any() and part[end - 1].any() for part in parts)
    assert np.abs(parts[0][begin:end] + parts[1][begin:end] - voice[begin:end]).max() < 2e-7


def test_a_control_is_set_on_the_command_line(real: RealAudacity, bundled_home: Path, tmp_path: Path):
    both = music(tmp_path / "Lied.wav", 44100, 2)
    real.empty()
    real.do(f'Import2: Filename="{tmp_path / "Lied.wav"}"', "Select: Start=3 End=4 Track=0 TrackCount=1 Mode=Set")
    wrong = run_here(bundled_home, "audacity", "harpist/harmonic-percussive", "--set", "Channels=Mono")
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n"), real.names()) == (1, "", 1, ["Lied"])
    result = run_here(bundled_home, "audacity", "harpist/harmonic-percussive", "--set", "Channels=Mix to mono")
    assert result.returncode == 0, result.stderr
    real.do("Select: Start=3 End=4 Track=1 TrackCount=2 Mode=Set")
    with audacity() as pipe:
        stems = [soundfile.read(one.file, dtype="float32")[0] for one in take_selection(pipe, tmp_path)]
    assert all(np.array_equal(left, right) for left, right in (stem.T for stem in stems)), "as it was set"
    mix = both[3 * 44100 : 4 * 44100].mean(axis=1, keepdims=True)
    assert np.abs(stems[0] + stems[1] - mix).max() < 2e-7


def test_nothing_selected_is_one_sentence(real: RealAudacity, bundled_home: Path, tmp_path: Path):
    music(tmp_path / "Lied.wav", 44100, 1)
    real.empty()
    real.do(f'Import2: Filename="{tmp_path / "Lied.wav"}"', "SelectNone:")
    result = run_here(bundled_home, "audacity", "harpist/chords")
    said = "harpist: Nothing is selected in Audacity: select a stretch of one or more tracks of sound there.\n"
    assert (result.returncode, result.stdout, result.stderr) == (1, "", said)


def test_a_dialog_is_one_sentence_and_not_the_end(real: RealAudacity, tmp_path: Path):
    music(tmp_path / "Lied.wav", 44100, 1)
    folder = tmp_path / "first"
    folder.mkdir()
    real.empty()
    real.do(f'Import2: Filename="{tmp_path / "Lied.wav"}"', "Select: Start=2 End=2 Track=0 TrackCount=1 Mode=Set")
    with pytest.raises(AudacityError) as caught, audacity(patience=1.5) as pipe:
        take_selection(pipe, folder)
    assert caught.value.message == NO_STRETCH
    real.press("Return")
    real.do("Select: Start=2 End=3 Track=0 TrackCount=1 Mode=Set")
    with audacity() as pipe:
        [taken] = take_selection(pipe, tmp_path)
    assert soundfile.info(taken.file).frames == 44100


def selected_and_taken(real: RealAudacity, home: Path, tmp_path: Path, model: str) -> subprocess.Popen[str]:
    """Start the command over a selection; return it once the sound is out of Audacity, and the model has to run yet."""
    music(tmp_path / "Lied.wav", 44100, 2)
    real.empty()
    real.do(f'Import2: Filename="{tmp_path / "Lied.wav"}"', "Select: Start=1 End=6 Track=0 TrackCount=1 Mode=Set")
    pipe = subprocess.PIPE
    process = subprocess.Popen(**command("audacity", model, home=home), stdout=pipe, stderr=pipe)
    end = time.monotonic() + 60
    while not list(home.glob(".audacity-*/0/Lied.wav")):
        assert time.monotonic() < end, "the sound is taken within a minute"
        time.sleep(0.05)
    while True:  # until it lets go of the pipe: what it takes is complete then
        with suppress(AudacityError):
            assert real.names() == ["Lied"]
            return process
        time.sleep(0.05)


def test_cancelled_it_leaves_the_project_as_it_was(real: RealAudacity, bundled_home: Path, tmp_path: Path):
    process = selected_and_taken(real, bundled_home, tmp_path, "harpist/harmonic-percussive")
    process.send_signal(signal.SIGINT)
    assert (process.communicate(timeout=60)[0], process.returncode) == ("", 130)
    assert (real.names(), real.selected(), real.undo_step()) == (["Lied"], ["Lied"], "Undo Import")
    assert not list(bundled_home.glob(".audacity-*")), "nor does it leave a file"


def test_audacity_killed_in_the_middle_is_one_sentence(real: RealAudacity, bundled_home: Path, tmp_path: Path):
    process = selected_and_taken(real, bundled_home, tmp_path, "harpist/harmonic-percussive")
    os.kill(real.process.pid, signal.SIGKILL)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (1, "")
    assert err.startswith("Lied: Audacity does not answer: start Audacity 3")
    assert err.count("\n") == 1
