"""Where a result came from is written into every container, and nothing of its sound or its other texts changes."""

from __future__ import annotations

import json
import os
import random
import struct
import subprocess
import sys
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import av
import pytest
import soundfile

from app.midi.reading import read_midi
from app.provenance.record import GENERATED as TRAINED
from app.provenance.record import MOST, parse
from app.provenance.stamping import provenance_in, stamp
from tests.provenance.containers import GENERATED, MADE, SOUND, bext, heard, notes, sound, with_chunks, writers

WRITERS = writers()


@pytest.mark.parametrize("name", [name for name in WRITERS if name != "MIDI"])
def test_the_samples_are_the_same_bit_for_bit_with_and_without(tmp_path, name):
    path = WRITERS[name](tmp_path)
    before, told = heard(path), provenance_in(path)[1]
    assert told is None
    assert stamp(path, MADE)
    assert heard(path) == before
    assert provenance_in(path) == (provenance_in(path)[0], MADE)
    # A result of a result tells of both, each once.
    assert stamp(path, replace(MADE, model="test/second"))
    assert heard(path) == before
    [earlier] = provenance_in(path)[1].before
    assert (provenance_in(path)[1].model, earlier["model"]) == ("test/second", "test/mirror")
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", [name for name in WRITERS if name.endswith("tagged")])
def test_a_files_own_texts_stay(tmp_path, name):
    path = WRITERS[name](tmp_path)
    before = texts(path)
    assert len(before) == 3 and "My song" in before.values()
    assert stamp(path, MADE)
    assert stamp(path, GENERATED)
    assert before.items() <= texts(path).items()


def texts(path: Path) -> dict[str, str]:
    """Return title, artist and comment of a file, as FFmpeg reads them."""
    with av.open(str(path)) as container:
        told = {**container.metadata, **container.streams[0].metadata}
    known = {name.lower().replace("author", "artist"): text for name, text in told.items()}
    return {name: text for name, text in known.items() if name in ("title", "artist", "comment")}


def test_notes_are_the_same(tmp_path):
    path = notes(tmp_path / "n.mid")
    before = read_midi(path)
    assert stamp(path, MADE)
    after = read_midi(path)
    assert after.tracks[0][1:] == before.tracks[0] and after.tracks[1:] == before.tracks[1:]
    assert (after.format, after.division) == (before.format, before.division)
    assert stamp(path, GENERATED) and len(read_midi(path).tracks[0]) == len(after.tracks[0])
    assert provenance_in(path)[1].generated


def test_a_wave_keeps_its_time_stamp_and_gets_a_line_of_coding_history(tmp_path):
    first = "A=PCM,F=48000,W=24,M=mono,T=Deck\r\n"
    path = with_chunks(sound(tmp_path / "b.wav", "WAV PCM_24"), (b"bext", bext(first)), (b"cue ", bytes(4)))
    old, size = heard(path), path.stat().st_size
    assert stamp(path, MADE)
    data = path.read_bytes()
    at = data.index(b"bext")
    length = struct.unpack_from("<I", data, at + 4)[0]
    content = data[at + 8 : at + 8 + length]
    assert data.count(b"bext") == 1 and at < data.index(b"cue ") < data.index(b"data")
    assert content[:602] == bext("")[:602]
    line = f"A=PCM,F=48000,W=24,M=mono,T=Harpist 0.1.0; test/mirror; {MADE.revision}\r\n"
    assert content[602:].rstrip(b"\0").decode() == first + line
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8 > size and heard(path) == old


def test_a_wave_without_a_time_stamp_gets_a_coding_history_too(tmp_path):
    path = sound(tmp_path / "a.wav", "WAV FLOAT", channels=2)
    assert stamp(path, MADE)
    data = path.read_bytes()
    assert data.index(b"data") < data.index(b"bext")
    assert f"A=PCM,F=48000,W=32,M=stereo,T=Harpist 0.1.0; test/mirror; {MADE.revision}\r\n".encode() in data


def test_what_is_generated_says_so_in_the_words_of_iptc(tmp_path):
    for kind, ending in SOUND.items():
        path = sound(tmp_path / f"{kind}{ending}", kind)
        assert stamp(path, GENERATED) and TRAINED.encode() in path.read_bytes()
        assert provenance_in(path)[1] == GENERATED
        if kind.split()[0] in ("WAV", "RF64", "AIFF", "MP3"):
            assert b'Iptc4xmpExt:DigitalSourceType="http' in path.read_bytes()
        plain = sound(tmp_path / f"plain {kind}{ending}", kind)
        assert stamp(plain, MADE) and b"digitalsourcetype" not in plain.read_bytes().lower()


def test_labels_and_texts_tell_it_in_json(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"labels": [], "provenance": MADE.as_json()}))
    assert provenance_in(path) == ("labels", MADE)
    assert not stamp(path, GENERATED)
    path.write_text('{"labels": []}')
    assert provenance_in(path) == ("labels", None)


def test_of_a_long_text_the_oldest_steps_go_first():
    steps = tuple({**MADE.as_json(), "model": f"a/{number}", "controls": {"x": "é" * 900}} for number in range(50))
    record = replace(MADE, before=steps)
    told = parse(record.text())
    assert len(record.text()) <= MOST and told is not None
    assert 0 < len(told.before) < 50 and told.before == steps[: len(told.before)]
    [value] = parse(replace(MADE, controls={"x": "é" * 5000}).text()).controls.values()
    assert value == "é" * 999 + "…"
    many = replace(MADE, controls={str(number): "x" * 1000 for number in range(100)})
    assert parse(many.text()) == replace(MADE, controls={})


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", '{"model": 1}', "[" * 30_000, MADE.text().replace('"mit"', "NaN"), MADE.text()[:-1]],
)
def test_what_is_no_such_text_tells_nothing(text):
    assert parse(text) is None


def test_a_recording_of_hours_is_not_moved(tmp_path):
    """Five GiB that lie on no disk: whoever copied them would fill one."""
    size = 5 << 30
    head = b"RF64" + b"\xff" * 4 + b"WAVEds64" + struct.pack("<IQQQI", 28, size + 72, size, size // 4, 0)
    head += b"fmt " + struct.pack("<IHHIIHH", 16, 1, 2, 48000, 192_000, 4, 16) + b"data" + b"\xff" * 4
    path = tmp_path / "hours.wav"
    path.write_bytes(head)
    os.truncate(path, len(head) + size)
    tracemalloc.start()
    assert len(head) == 80 and stamp(path, MADE)
    assert provenance_in(path)[1] == MADE
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1 << 20 and path.stat().st_blocks * 512 < 1 << 20
    with soundfile.SoundFile(path) as file:
        assert (file.frames, file.format) == (size // 4, "RF64")


def test_strangers_files_are_read_in_linear_time(tmp_path):
    """The most that small pieces can make: a page, a chunk, a block or a text of nothing, as often as they fit."""
    page = struct.pack("<4sBBq4sIIB", b"OggS", 0, 0, 0, b"abcd", 1, 0, 0)
    first = struct.pack("<4sBBq4sIIB", b"OggS", 0, 2, 0, b"abcd", 0, 0, 1) + b"\x07\x01vorbis"
    riff = b"RIFF" + struct.pack("<I", 4 + 8 * 100_000) + b"WAVE" + b"LIST\0\0\0\0" * 100_000
    texts = b"INFO" + b"IPRV\0\0\0\0" * 100_000
    form = b"RIFF" + struct.pack("<I", len(texts) + 12) + b"WAVELIST" + struct.pack("<I", len(texts)) + texts
    comment = struct.pack("<II", 0, 200_000) + b"\0\0\0\0" * 200_000
    flac = b"fLaC\0\0\0\x22" + bytes(34) + b"\x84" + len(comment).to_bytes(3, "big") + comment
    frames = b"TXXX\0\0\0\0\0\0" * 80_000
    tag = b"ID3\x03\0\0" + bytes(len(frames) >> shift & 0x7F for shift in (21, 14, 7, 0)) + frames
    braces = b"[" * 800_000
    path = tmp_path / "a"
    for content in (first + page * 30_000, riff, form, flac, tag, b"{" + braces, b'{"provenance": ' + braces):
        path.write_bytes(content)
        start = time.process_time()
        assert provenance_in(path)[1] is None
        stamp(path, MADE)
        assert time.process_time() - start < 2


def test_a_file_whose_size_is_not_told_stays_as_it_is(tmp_path):
    """Its sound goes on to its end: whatever came behind would be heard."""
    path = sound(tmp_path / "a.wav", "WAV PCM_16")
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    for wrong in (bytes(4), b"\xff" * 4, struct.pack("<I", 5)):
        data[at : at + 4] = wrong
        path.write_bytes(data)
        assert not stamp(path, MADE) and path.read_bytes() == data
    for name in ("not.wav", "empty.wav"):
        other = tmp_path / name
        other.write_bytes(b"x" * 99 if name == "not.wav" else b"")
        assert provenance_in(other) == ("", None) and not stamp(other, MADE)


@pytest.mark.parametrize("name", WRITERS)
def test_strangers_files_are_read_and_written_without_a_fault(tmp_path, name):
    """Whatever bytes change or lack: it tells something or nothing, and is stamped or left as it is."""
    path = WRITERS[name](tmp_path)
    stamp(path, MADE)
    good = path.read_bytes()
    rolled = random.Random(name)
    for _ in range(60):
        data = bytearray(good[: rolled.choice((len(good), rolled.randrange(len(good))))])
        for _ in range(rolled.randrange(4)):
            # The headers are where it matters: half of the changes are near the start, half near the end.
            place = rolled.choice((rolled.randrange(200), -1 - rolled.randrange(1500))) % max(1, len(data))
            if data:
                data[place] = rolled.choice((0, 1, 127, 128, 255, rolled.randrange(256)))
        path.write_bytes(data)
        provenance_in(path)
        if not stamp(path, GENERATED):
            assert path.read_bytes() == data
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", WRITERS)
def test_a_kill_at_any_step_loses_nothing(tmp_path, name):
    """A process that is killed at each line in turn leaves the sound, its texts, and the old or the new provenance."""
    path = WRITERS[name](tmp_path)
    stamp(path, GENERATED)
    kept = tmp_path / "kept"
    kept.mkdir()
    command = [sys.executable, "-m", "tests.provenance.killed", str(path), str(kept)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    told, sounds = set(), set()
    for copy in kept.glob(f"*{path.suffix}"):
        sounds.add(heard(copy) if name != "MIDI" else repr(read_midi(copy).tracks[1:]))
        found = provenance_in(copy)[1]
        assert found is not None, copy
        told.add(found.model)
    assert len(sounds) == 1 and told == {GENERATED.model, MADE.model}
    assert sounds == {heard(path) if name != "MIDI" else repr(read_midi(path).tracks[1:])}
    assert len(list(kept.glob(f"*{path.suffix}"))) > 8
