"""What each tool does to notes whose right answer is known, and that all else survives."""

from __future__ import annotations

import pytest

from app.errors import ControlError, JobCancelledError
from app.midi.file import PROGRAM
from app.midi.notes import read_notes
from app.midi.reading import parse_midi
from endpoints.midi_tools.choices import CONTROLS, chosen
from endpoints.midi_tools.editing import edit
from tests.endpoints.midi_tools.editing_of import edited, notes, others
from tests.midi.pieces import END, RICH, file, meta, number, scale, tempo


def at(*ticks: int, length: int = 60, pitch: int = 60) -> bytes:
    """Return a track with a note at each tick."""
    body, now = b"", 0
    for tick in ticks:
        body += number(tick - now) + bytes((0x90, pitch, 80)) + number(length) + bytes((0x80, pitch, 33))
        now = tick + length
    return body + END


def starts(data: bytes, **values: object) -> list[int]:
    """Return when notes start, in ticks of a file of 480 a quarter at 120 a minute."""
    return [round(note.start * 960) for note in notes(data, **values)]


def test_defaults_change_nothing() -> None:
    assert edited(RICH).midi == parse_midi(RICH)


@pytest.mark.parametrize("values", [{"transpose": 5.0}, {"grid": "1/8"}, {"timing": 20.0}, {"curve": 50.0}])
def test_every_other_event_survives(values: dict[str, object]) -> None:
    made = edited(RICH, **values).midi
    assert made != parse_midi(RICH)
    before = others(parse_midi(RICH))
    if "transpose" in values:
        # The pressure on a key goes with its note.
        before[1] = [e._replace(data=bytes((0xA0, 65, 16))) if e.kind == 0xA0 else e for e in before[1]]
    assert others(made) == before
    assert (made.format, made.division) == (1, 480)


def test_transpose_leaves_drums_unless_told() -> None:
    assert [note.pitch for note in notes(RICH, transpose=3.0)] == [36, 63, 67, 38]
    assert [note.pitch for note in notes(RICH, transpose=3.0, drums=True)] == [39, 63, 67, 41]


def test_what_leaves_the_range_is_moved_by_octaves_and_counted() -> None:
    made = edited(file(scale((0, 60, 120, 127))), transpose=48.0)
    assert [note.pitch for note in read_notes(made.midi)] == [48, 108, 120, 127]
    assert (made.folded, made.notes) == (2, 4)
    assert [note.pitch for note in notes(file(scale((3,))), transpose=-5.0)] == [10]


@pytest.mark.parametrize(
    ("key", "kind", "snapped"),
    [
        ("C", "Major", [60, 60, 62, 62, 64, 65, 65, 67, 67, 69, 69, 71]),
        ("D", "Major", [59, 61, 62, 62, 64, 64, 66, 67, 67, 69, 69, 71]),
        ("A", "Minor pentatonic", [60, 60, 62, 62, 64, 64, 67, 67, 67, 69, 69, 72]),
        ("F♯ / G♭", "Whole tone", [60, 60, 62, 62, 64, 64, 66, 66, 68, 68, 70, 70]),
    ],
)
def test_scale_takes_the_nearest_note_and_the_lower_of_two(key: str, kind: str, snapped: list[int]) -> None:
    assert [note.pitch for note in notes(file(scale(range(60, 72))), key=key, scale=kind)] == snapped


def test_quantize_moves_starts_to_the_grid_by_its_strength() -> None:
    data = file(at(10, 230, 500, 719, 950))
    assert starts(data, grid="1/8") == [0, 240, 480, 720, 960]
    assert starts(data, grid="1/8", strength=50.0) == [5, 235, 490, 720, 955]
    assert starts(data, grid="1/8", strength=0.0) == [10, 230, 500, 719, 950]
    assert starts(data, grid="1/8 triplet") == [0, 160, 480, 640, 960]
    assert {round((note.end - note.start) * 960) for note in notes(data, grid="1/8")} == {60}
    assert {round((note.end - note.start) * 960) for note in notes(data, grid="1/8", ends=True)} == {1}
    assert {round((n.end - n.start) * 960) for n in notes(file(at(10, length=300)), grid="1/8", ends=True)} == {240}


def test_swing_moves_every_second_line() -> None:
    data = file(at(5, 125, 236, 362, 485))
    assert starts(data, grid="1/16") == [0, 120, 240, 360, 480]
    assert starts(data, grid="1/16", swing=75.0) == [0, 180, 240, 420, 480]
    assert starts(data, grid="1/16", swing=67.0, strength=50.0)[1] == pytest.approx(143, abs=1)


def test_the_grid_begins_anew_with_each_bar() -> None:
    """Two bars of 7/8, whose quarters start at 0 and at 1680; then 3/4 from 3360 on."""
    signature = meta(0x58, bytes((7, 3, 24, 8))) + meta(0x58, bytes((3, 2, 24, 8)), after=3360) + END
    data = file(signature, at(470, 1420, 1600, 1700, 2200, 3350, 3850))
    assert starts(data, grid="1/4") == [480, 1440, 1680, 1680, 2160, 3360, 3840]


def test_a_note_waits_for_its_instrument() -> None:
    """It is chosen at tick 300, in the middle of a beat, for the note that starts there."""
    data = file(b"\x82\x2c\xc0\x05\x00\x90\x3c\x40\x60\x3c\x00" + END)
    made = edited(data, grid="1/2").midi
    [note] = read_notes(made)
    assert round(note.start * 960) == 300 and note.program == 5
    assert made.tracks[0][0].kind == PROGRAM


def test_notes_of_one_key_do_not_run_into_each_other() -> None:
    data = file(at(0, 430, length=420))
    first, second = notes(data, grid="1/8", strength=100.0)
    assert (round(first.end * 960), round(second.start * 960), round(second.end * 960)) == (420, 480, 900)
    data = file(at(100, 520, length=420))
    first, second = notes(data, grid="1/8", swing=75.0)
    assert first.end <= second.start


def test_humanize_is_the_same_for_a_seed_and_within_its_bounds() -> None:
    data = file(scale(range(30, 90)))
    one, again, other = (notes(data, seed=seed, timing=20.0, dynamics=10.0) for seed in (7, 7, 8))
    assert one == again and one != other
    straight = notes(data)
    moves = [now.start - was.start for now, was in zip(one, straight)]
    assert max(map(abs, moves)) <= 0.0211 and max(moves) > 0.005 and min(moves) < -0.005
    assert {now.velocity - was.velocity for now, was in zip(one, straight)} <= set(range(-10, 11))
    assert len({note.velocity for note in one}) > 8
    assert all(now.end - now.start == pytest.approx(0.5, abs=1e-9) for now in one)


def test_humanize_counts_seconds_where_the_tempo_changes_and_in_film_frames() -> None:
    for data in (file(tempo(2_000_000) + END, scale(range(30, 90))), file(scale(range(30, 90)), division=0xE728)):
        moves = [now.start - was.start for now, was in zip(notes(data, timing=30.0), notes(data))]
        assert 0.01 < max(map(abs, moves)) <= 0.032


def test_velocity_curve_and_range() -> None:
    body = b"".join(bytes((0, 0x90, 60, v, 10, 0x80, 60, 0)) for v in (1, 64, 127)) + END
    assert [note.velocity for note in notes(file(body), curve=0.0)] == [1, 64, 127]
    assert [note.velocity for note in notes(file(body), curve=50.0)] == [1, 90, 127]
    assert [note.velocity for note in notes(file(body), curve=-50.0)] == [1, 32, 127]
    assert [note.velocity for note in notes(file(body), lowest=40.0, highest=80.0)] == [40, 60, 80]
    assert [note.velocity for note in notes(file(body), lowest=80.0, highest=40.0)] == [80, 60, 40]


def test_format_2_keeps_its_pieces_apart() -> None:
    first = tempo(1_000_000) + meta(0x58, bytes((3, 2, 24, 8))) + at(1380, 1460)[: -len(END)] + END
    made = edited(file(first, at(1430), kind=2), grid="1/2").midi
    assert made.format == 2
    assert [event.tick for event in made.tracks[0] if event.starts_note] == [1440, 1440]
    assert [event.tick for event in made.tracks[1] if event.starts_note] == [960]


def test_what_cannot_be_done_is_a_sentence() -> None:
    with pytest.raises(ControlError, match=r"Quantize: grid expects “Off” for this file: .* film frames"):
        edited(file(scale(), division=0xE728), grid="1/8")
    controls = {control.name: control.value for control in CONTROLS}
    with pytest.raises(ControlError, match=r"whole number from 0 to 999999, not 1\.5"):
        chosen({**controls, "seed": 1.5})


def test_a_cancel_is_heard_within_a_track() -> None:
    calls = []

    def report(share: float) -> None:
        calls.append(share)
        if len(calls) == 3:
            raise JobCancelledError("The job was cancelled.")

    controls = {control.name: control.value for control in CONTROLS}
    midi = parse_midi(file(scale([60] * 40_000, ticks=1)))
    with pytest.raises(JobCancelledError):
        edit(midi, chosen(controls), 1, report)
    assert calls == sorted(calls) and calls[-1] == 0.25
