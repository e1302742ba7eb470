"""``harpist provenance``, over files that tell where they came from, and others."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

from app.cli import main
from app.provenance.stamping import stamp
from tests.provenance.containers import GENERATED, MADE, sound


def test_it_tells_what_a_file_says_and_of_what_it_was_made(tmp_path: Path, capsys) -> None:
    path = sound(tmp_path / "a.wav", "WAV PCM_16")
    stamp(path, replace(GENERATED, licence="mit"))
    stamp(path, MADE)
    assert main(["provenance", str(path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{path}: made by test/mirror",
        f"  revision  sha256:{'0' * 64}",
        "  licence   mit",
        "  controls  wet: 80; note: Grüße; on: on",
        "  harpist   0.1.0",
        "  date      2026-11-28T17:25:43Z",
        "  before that: test/speaker",
        "    licence   mit",
        "    harpist   0.1.0",
        "    date      2026-11-28T17:25:43Z",
        "    source    http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
    ]
    assert main(["provenance", "--json", str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["controls"] == MADE.controls


def test_a_file_that_says_nothing_costs_one_sentence(tmp_path: Path, capsys) -> None:
    silent, text = sound(tmp_path / "a.flac", "FLAC PCM_24"), tmp_path / "a.txt"
    text.write_text("hello")
    pipe = tmp_path / "pipe.wav"
    os.mkfifo(pipe)
    assert main(["provenance", *map(str, (silent, text, tmp_path / "no.wav", tmp_path, pipe))]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"{silent}: this FLAC file does not tell where it came from.",
        f"{text}: it is of no kind that tells where it came from; sound, MIDI, or labels as JSON are expected.",
        f"{tmp_path / 'no.wav'}: it cannot be read: No such file or directory.",
        f"{tmp_path}: it is no file.",
        f"{pipe}: it is no file.",
    ]


def test_a_strangers_text_moves_no_terminal(tmp_path: Path, capsys) -> None:
    path = tmp_path / "a.json"
    record = {**MADE.as_json(), "model": "\x1b[31mred\nmodel: a", "before": [{"model": 1, "controls": 3}, {}]}
    path.write_text(json.dumps({"provenance": record}))
    assert main(["provenance", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{path}: made by [31mred model: a" and "before that: 1" in lines[-2]
