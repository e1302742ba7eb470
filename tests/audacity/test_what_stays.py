"""What is the user's in the real Audacity stays: the clipboard, and the project that lies on the disk."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import soundfile

from tests.audacity.music import music
from tests.audacity.real import NEEDED, RealAudacity
from tests.server.in_process import run_here

pytestmark = NEEDED


def test_what_was_copied_can_still_be_pasted(real: RealAudacity, bundled_home: Path, tmp_path: Path):
    sound = music(tmp_path / "Lied.wav", 44100, 1)
    real.empty()
    real.do(
        f'Import2: Filename="{tmp_path / "Lied.wav"}"',
        "Select: Start=0.5 End=1.5 Track=0 TrackCount=1 Mode=Set",
        "Copy:",
        "Select: Start=4 End=6 Track=0 TrackCount=1 Mode=Set",
    )
    for model in ("harpist/harmonic-percussive", "harpist/chords"):
        result = run_here(bundled_home, "audacity", model)
        assert result.returncode == 0, result.stderr
    real.do("NewMonoTrack:", "Select: Start=0 End=0 Track=4 TrackCount=1 Mode=Set", "Paste:")
    pasted = soundfile.read(real.export(4, 1, 1), dtype="float32")[0]
    assert np.array_equal(pasted, sound[22050 : 22050 + 44100, 0])


def saved(path: Path, copy: Path) -> tuple[bytes, list[tuple[int, bytes]]]:
    """What a project's file holds: its tracks as they were saved, and the blocks of samples.

    Audacity has it to itself while it is open; a copy has not.
    """
    copy.mkdir()
    for file in path.parent.glob(f"{path.name}*"):
        shutil.copy(file, copy)
    with closing(sqlite3.connect(copy / path.name)) as database:
        document = b"".join(database.execute("SELECT dict, doc FROM project WHERE id = 1").fetchone())
        return document, database.execute("SELECT blockid, samples FROM sampleblocks ORDER BY blockid").fetchall()


def test_a_saved_project_is_what_it_was(real: RealAudacity, bundled_home: Path, tmp_path: Path):
    music(tmp_path / "Lied.wav", 44100, 2)
    project = tmp_path / "Mein Stück.aup3"
    real.empty()
    real.do(f'Import2: Filename="{tmp_path / "Lied.wav"}"', f'SaveProject2: Filename="{project}"')
    real.do("Select: Start=1 End=3 Track=0 TrackCount=1 Mode=Set")
    document, blocks = saved(project, tmp_path / "before")
    result = run_here(bundled_home, "audacity", "harpist/harmonic-percussive")
    assert result.returncode == 0, result.stderr
    assert real.names() == ["Lied", "Lied-harmonic", "Lied-percussive"]
    after, more = saved(project, tmp_path / "after")
    assert after == document, "only Save changes what is saved"
    assert set(blocks) <= set(more)
