"""Pipes that misbehave: a sentence each, and never a wait without an end."""

from __future__ import annotations

import os
import re
import threading
import time
from pathlib import Path

import pytest

from app.audacity.channel import ABSENT, BUSY, GONE, RenewedError, open_channel
from app.audacity.pipe import DIALOG, audacity
from app.audacity.project import read_labels, read_tracks, selected_waves
from app.errors import AudacityError
from tests.audacity.fake_pipe import FAILED, OK, kind, pipe_of

PATIENCE = 0.3


def said(folder: Path, answer, command: str = "GetInfo: Type=Tracks") -> str:
    """What is said of one command to such a pipe, which must not take much longer than its patience."""
    begun = time.monotonic()
    with pipe_of(folder, answer), pytest.raises(AudacityError) as caught, audacity(folder, PATIENCE) as pipe:
        pipe.ask(command)
    assert time.monotonic() - begun < 10 * PATIENCE
    return caught.value.message


def test_without_audacity_one_is_told_what_to_switch_on(tmp_path: Path):
    with pytest.raises(AudacityError, match=re.escape(ABSENT)), audacity(tmp_path):
        pass


def test_what_a_killed_audacity_left_is_no_audacity(tmp_path: Path):
    for way in ("to", "from"):
        os.mkfifo(tmp_path / f"audacity_script_pipe.{way}.{os.getuid()}")
    with pytest.raises(AudacityError, match=re.escape(ABSENT)), audacity(tmp_path):
        pass


def test_files_of_that_name_are_no_pipe(tmp_path: Path):
    for way in ("to", "from"):
        (tmp_path / f"audacity_script_pipe.{way}.{os.getuid()}").touch()
    with pytest.raises(AudacityError, match=re.escape(ABSENT)), audacity(tmp_path):
        pass


def test_silence_is_a_dialog(tmp_path: Path):
    assert said(tmp_path, lambda _: []) == DIALOG


def test_an_audacity_without_a_project_answers_with_an_empty_line(tmp_path: Path):
    assert said(tmp_path, lambda _: [b"\n"]) == DIALOG


def test_half_an_answer_is_none(tmp_path: Path):
    assert said(tmp_path, lambda line: kind(line) if "Message" in line else [b"[ \nBatchCommand fin"]) == DIALOG


def test_an_answer_may_come_in_pieces(tmp_path: Path):
    with (
        pipe_of(tmp_path, lambda line: [bytes([byte]) for byte in b"".join(kind(line))]),
        audacity(tmp_path, PATIENCE) as pipe,
    ):
        assert pipe.ask('Message: Text="two words, ä"') == "two words, ä"


def test_a_refusal_is_said_in_its_words(tmp_path: Path):
    message = said(
        tmp_path, lambda line: kind(line) if "Message" in line else [b"No such file\n", FAILED], "Import2: x"
    )
    assert message == "Audacity could not do “Import2”: No such file"


def test_audacity_closed_between_two_commands(tmp_path: Path):
    assert said(tmp_path, lambda line: kind(line) if "Message" in line else None) == GONE


def test_what_another_waited_for_is_skipped(tmp_path: Path):
    late = [b"old answer\n", OK]
    with (
        pipe_of(tmp_path, lambda line: [*late, *kind(line)] if "harpist" in line else kind(line)),
        audacity(tmp_path, PATIENCE) as pipe,
    ):
        assert pipe.ask('Message: Text="new"') == "new"


def test_two_at_once_do_not_mix(tmp_path: Path):
    with pipe_of(tmp_path, kind), audacity(tmp_path, PATIENCE) as pipe:
        with pytest.raises(AudacityError, match=re.escape(BUSY)), audacity(tmp_path, PATIENCE):
            pass
        assert pipe.ask("Help:") == ""


def test_who_comes_second_waits_for_its_turn(tmp_path: Path):
    with pipe_of(tmp_path, kind):
        first = open_channel(tmp_path)
        ending = threading.Timer(PATIENCE, first.close)
        ending.start()
        with audacity(tmp_path, 10) as pipe:
            assert pipe.ask("Help:") == ""
        ending.join()


def test_audacity_opens_its_end_anew_a_moment_after_the_last_conversation(tmp_path: Path):
    way, back = (tmp_path / f"audacity_script_pipe.{name}.{os.getuid()}" for name in ("to", "from"))
    os.mkfifo(way)
    os.mkfifo(back)
    with pytest.raises(AudacityError, match=re.escape(ABSENT)):
        open_channel(tmp_path)
    ends: list[int] = []
    opening = threading.Timer(PATIENCE, lambda: ends.append(os.open(way, os.O_RDONLY | os.O_NONBLOCK)))
    opening.start()
    open_channel(tmp_path, 10).close()
    opening.join()
    os.close(ends[0])


def moved_in(folder: Path, other: Path) -> threading.Timer:
    """Let a pipe take the place of one, or of none, a moment later."""

    def move() -> None:
        for way in ("from", "to"):
            name = f"audacity_script_pipe.{way}.{os.getuid()}"
            (other / name).rename(folder / name)

    timer = threading.Timer(0.1, move)
    timer.start()
    return timer


def test_between_two_conversations_there_is_no_pipe_for_a_moment(tmp_path: Path):
    (other := tmp_path / "other").mkdir()
    with pipe_of(other, kind):
        moving = moved_in(tmp_path, other)
        with audacity(tmp_path, 10) as pipe:
            assert pipe.ask("Help:") == ""
        moving.join()


@pytest.mark.parametrize("closed", [True, False])
def test_who_opened_the_last_ones_pipe_opens_the_new_one(tmp_path: Path, closed: bool):
    (other := tmp_path / "other").mkdir()
    old = [tmp_path / f"audacity_script_pipe.{way}.{os.getuid()}" for way in ("to", "from")]
    for path in old:
        os.mkfifo(path)
    ending = os.open(old[0], os.O_RDONLY | os.O_NONBLOCK)
    with pipe_of(other, kind):
        moving = moved_in(tmp_path, other)
        first = open_channel(tmp_path)
        if closed:
            moving.join()
            os.close(ending)
            with pytest.raises(RenewedError):
                first.send(b"Help:\n", 1)
        first.close()
        with audacity(tmp_path, 10) as pipe:
            assert pipe.ask("Help:") == ""
        moving.join()
    if not closed:
        os.close(ending)


def test_names_are_read_although_their_backslashes_are_not_escaped(tmp_path: Path):
    lines = [
        b'[ \n  { "name":"Ch\xc3\xb6r \\"1\\" \\", "focused":1, "selected":0, "kind":"wave", "start":0, "end":6 },\n',
        b'  { "name":"Labels", "focused":0, "selected":1, "kind":"label" } ]\n',
        OK,
    ]
    with (
        pipe_of(tmp_path, lambda line: lines if "Tracks" in line else kind(line)),
        audacity(tmp_path, PATIENCE) as pipe,
    ):
        tracks = read_tracks(pipe)
    assert [(track.name, track.kind, track.selected) for track in tracks] == [
        ('Chör "1" \\', "wave", False),
        ("Labels", "label", True),
    ]
    with pytest.raises(AudacityError, match="Nothing is selected in Audacity"):
        selected_waves(tracks)


def test_labels_are_read_by_their_track(tmp_path: Path):
    told = b'[ \n  [ 4,\n    [ \n      [ 1.25, 2.5, "A:min" ],\n      [ 3, 3, "pt" ] ] ],\n  [ 6,\n    [ ] ] ]\n'
    with (
        pipe_of(tmp_path, lambda line: [told, OK] if "Labels" in line else kind(line)),
        audacity(tmp_path, PATIENCE) as pipe,
    ):
        labels = read_labels(pipe)
    assert [(one.t, one.duration, one.label) for one in labels[4]] == [(1.25, 1.25, "A:min"), (3.0, 0.0, "pt")]
    assert labels[6] == ()
