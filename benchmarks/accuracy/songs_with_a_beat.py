"""Songs with drums and a steady or stepping tempo, as data; see :mod:`benchmarks.accuracy.score` for the notation."""

from __future__ import annotations

from benchmarks.accuracy.score import Part, Song
from benchmarks.accuracy.tempo import steady, step

_EIGHTHS = "x.x.x.x.x.x.x.x."
_PUMP = "0-0-0-0-0-0-0-0-"

SONGS = (
    Song(
        name="rock",
        tempo=steady(120),
        key="E minor",
        chords="Em | C | G | D | Em | C | Am | Bm",
        drums={
            "kick": ("x.....x.x.......", "x.....x.x.x....."),
            "snare": ("....X.......X...", "....X.......X...", "....X.......X...", "....X.......X.xx"),
            "hat": _EIGHTHS,
            "crash": ("x...............", *["................"] * 3),
        },
        parts={
            "guitar": Part(30, ("xxxx xxxx xxxx xxxx", "x-xx x-xx x-xx x-xx"), 40, volume=70, pan=30, gate=0.8),
            "bass": Part(34, (_PUMP,), 28),
            "lead": Part(29, ("m-m- --m- m--- m-mm", "m--- m-m- mm-- ----"), 64, volume=84, pan=80, enters=4),
        },
    ),
    Song(
        name="ballad",
        tempo=steady(68),
        key="C major",
        chords="C | G | Am | F | C | Em | F | G",
        drums={
            "kick": "x.......x.x.....",
            "rim": "....x.......x...",
            "hat": "o.o.o.o.o.o.o.o.",
        },
        parts={
            "piano": Part(0, ("0.1.2.1.3.2.1.2.", "0-1-2-3-4-3-2-1-"), 48, gate=1.5),
            "strings": Part(48, ("x---------------",), 55, volume=50),
            "bass": Part(33, ("0-------0-----2-",), 28),
            "flute": Part(73, ("....m---m-m-m---", "m-------m---m-m-"), 67, volume=80, enters=2, modulation=30),
        },
    ),
    Song(
        name="swing",
        tempo=steady(160),
        key="F major",
        chords="Fmaj7 | Dm7 | Gm7 | C7 | Am7 | D7 | Gm7 | C7",
        drums={
            "ride": "x.. x.x x.. x.x",
            "pedal": "... x.. ... x..",
            "kick": "o.. o.. o.. o..",
            "snare": ("... ..o ... ...", "... ... ..o ..."),
        },
        parts={
            "bass": Part(32, ("0--1--2--3--", "3--2--1--2--"), 28, volume=110),
            "piano": Part(0, ("x-. ... ..x ...", "... ..x --. ..."), 53, volume=75, pan=50),
            "sax": Part(66, ("m-- m-m --m m--", "... m-m m-m m--", "m-- --- ... m-m"), 57, pan=76, enters=2),
        },
        jitter=0.008,
    ),
    Song(
        name="house",
        tempo=steady(124),
        key="A minor",
        chords="Am7 | Fmaj7 | Dm7 | Em7",
        drums={
            "kick": "X...X...X...X...",
            "open": "..X...X...X...X.",
            "clap": "....x.......x...",
            "shaker": "oooooooooooooooo",
        },
        parts={
            "bass": Part(38, ("..0-..0-..0-..0-",), 33, volume=110),
            "stabs": Part(90, ("..x...x..x....x.", "..x..x..x...x..."), 57, volume=70, gate=0.6),
            "lead": Part(81, ("m-.m..m-.m..m-..",), 69, volume=55, enters=4),
        },
        jitter=0.0,
    ),
    Song(
        name="drum and bass",
        tempo=steady(174),
        key="G minor",
        chords="Gm | . | Eb | F",
        drums={
            "kick": ("x.........x.....", "x.....x...x....."),
            "snare": ("....X..o.o..X...", "....X..o....X.o."),
            "hat": "x.x.x.x.x.x.x.xx",
            "ride": ("................", "........x......."),
        },
        parts={
            "bass": Part(39, ("0-------..0---..", "0---..0---..0-0-"), 31, volume=115),
            "pad": Part(89, ("x---------------",), 55, volume=60),
            "lead": Part(80, ("m---....m-m-....", "....m-m-m-------"), 67, volume=50, enters=4),
        },
        jitter=0.002,
    ),
    Song(
        name="bossa",
        tempo=steady(132),
        key="D minor",
        chords="Dm7 | . | Gm7 | . | Em7b5 | A7 | Dm7 | .",
        drums={
            "rim": ("x..x..x...x..x..", "..x...x..x..x..."),
            "kick": "x..xx..xx..xx..x",
            "hat": "oooooooooooooooo",
        },
        parts={
            "guitar": Part(24, ("x..x..x...x..x..", "..x...x..x..x..."), 50, gate=1.2, strum=0.004),
            "bass": Part(32, ("0--20--20--20--2",), 33),
            "flute": Part(73, ("..m-..m--.m-m---", "m--m--m-..m-..m-"), 69, volume=80, enters=2),
        },
    ),
    Song(
        name="reggae",
        tempo=steady(76),
        key="G major",
        chords="G | C | G | D",
        drums={
            "kick": "........X.......",
            "rim": "........X.......",
            "hat": ("x.x.x.x.x.x.x.xo", "x.x.x.x.x.xox.x."),
        },
        parts={
            "skank": Part(27, ("....x.......x...",), 55, gate=0.5, strum=0.006),
            "organ": Part(16, ("..xx..x...xx..x.",), 55, volume=55, gate=0.5, pan=90),
            "bass": Part(33, ("0-....2-3-2.0-..", "0-0-..1-2---...."), 28, volume=115),
            "voice": Part(53, ("..m-m-m---..m-m-", "m-----..m-m-m---"), 60, volume=70, enters=2),
        },
    ),
    Song(
        name="hip-hop",
        tempo=steady(88),
        key="C minor",
        chords="Cm7 | . | Abmaj7 | Gm7",
        drums={
            "kick": ("x..x......x.....", "x..x...x..x....x"),
            "snare": "....X.......X...",
            "hat": ("x.x.x.xxx.x.x.x.", "x.x.xxx.x.x.x.xx"),
        },
        parts={
            "keys": Part(4, ("x-----x-........", "x---......x-----"), 55, volume=85),
            "bass": Part(38, ("0--0......0-....", "0--0...2..0-...."), 31, volume=115),
            "vibes": Part(11, ("....m-m-..m-....", "................"), 67, volume=75, enters=4),
        },
    ),
    Song(
        name="tempo step",
        tempo=step(100, 140, 32),
        key="A minor",
        chords="Am | F | C | G",
        drums={
            "kick": "x.....x.x.......",
            "snare": "....X.......X...",
            "hat": _EIGHTHS,
            "crash": ("x...............", *["................"] * 7),
        },
        parts={
            "guitar": Part(29, ("xxxx xxxx xxxx xxxx",), 45, volume=65, pan=34, gate=0.7),
            "bass": Part(33, (_PUMP,), 33),
            "lead": Part(81, ("m-m---m-m---m-m-", "m---m-m-m-------"), 69, volume=60, enters=2),
        },
    ),
    Song(
        name="metal",
        tempo=steady(180),
        key="E minor",
        chords="Em | . | G | F# | Em | . | C | D",
        drums={
            "kick": ("xxxxxxxxxxxxxxxx", "x.xxx.xxx.xxx.xx"),
            "snare": "....X.......X...",
            "ride": "x...x...x...x...",
            "crash": ("X...............", *["................"] * 3),
        },
        parts={
            "left guitar": Part(30, ("xxxxxxxxxxxxxxxx", "x-xxx-xxx-xxx-xx"), 40, volume=72, pan=10, gate=0.7),
            "right guitar": Part(30, ("xxxxxxxxxxxxxxxx", "x-xxx-xxx-xxx-xx"), 40, volume=72, pan=118, gate=0.7),
            "bass": Part(34, ("0000000000000000", "0-000-000-000-00"), 28, volume=85, gate=0.8),
            "lead": Part(30, ("mmmmmmmmm---m---", "m-------mmmmmmmm"), 64, volume=64, enters=8),
        },
    ),
    Song(
        name="funk",
        tempo=steady(105),
        key="E minor",
        chords="E9 | . | . | A7",
        drums={
            "kick": ("X.x....o..x..x..", "X.x.......x..x.."),
            "snare": ("....X..o.o..X..o", "....X..o.o.oX..."),
            "hat": "x.xxx.x.x.xxx.x.",
        },
        parts={
            "slap": Part(36, ("0..03.0..0.30.2.", "0.30..0.3..0.30."), 28, volume=110, gate=0.6),
            "guitar": Part(28, ("..xxx.x..xx.x.xx", "xx.x..xx.x..x.x."), 52, volume=85, pan=96, gate=0.4),
            "brass": Part(61, ("................", "..........x.x---"), 59, volume=80, enters=4, gate=0.7),
        },
    ),
    Song(
        name="country",
        tempo=steady(112),
        key="G major",
        chords="G | . | C | G | D | . | G | D",
        drums={
            "kick": "x.......x.......",
            "snare": "....x..o....x..o",
            "hat": "x.xxx.xxx.xxx.xx",
        },
        parts={
            "steel guitar": Part(25, ("0...x.x.2...x.x.",), 43, gate=1.0, strum=0.006, pan=40),
            "banjo": Part(105, ("0231 0231 0231 0231", "1320 1320 1320 1320"), 55, volume=75, pan=90),
            "bass": Part(32, ("0-......2-......",), 28),
            "fiddle": Part(40, ("m-m-m---m-m-m---", "m-mmm-m-m-------"), 62, volume=70, enters=2),
        },
    ),
    Song(
        name="synth-pop",
        tempo=steady(118),
        key="B minor",
        chords="Bm | G | D | A",
        drums={
            "kick": "X...X...X...X...",
            "snare": "....X.......X...",
            "hat": "..x...x...x...x.",
            "tambourine": "o.o.o.o.o.o.o.o.",
        },
        parts={
            "bass": Part(38, ("0.00 0.00 0.00 0.00",), 35, volume=100, gate=0.8),
            "arpeggio": Part(81, ("0123 4321 0123 4321",), 59, volume=55, pan=36, gate=0.7),
            "pad": Part(89, ("x---------------",), 54, volume=70),
            "lead": Part(80, ("m--m--m-m---m-m-", "m-------m--m--m-"), 71, volume=60, enters=4),
        },
        jitter=0.0,
    ),
)
