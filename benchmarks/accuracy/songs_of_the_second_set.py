"""Ten more songs, for the beats alone: written after the tracker was finished, so that nothing was chosen by them."""

from __future__ import annotations

from benchmarks.accuracy.score import Part, Song
from benchmarks.accuracy.tempo import steady, waves

SONGS = (
    Song(
        name="shuffle blues",
        tempo=steady(112),
        key="A major",
        chords="A7 | D7 | A7 | A7 | D7 | D7 | A7 | A7 | E7 | D7 | A7 | E7",
        drums={"kick": "x.....x.....", "snare": "...X.....X..", "ride": "x.xx.xx.xx.x"},
        parts={
            "piano": Part(0, ("x.xx.xx.xx.x", "x....xx....x"), 50, volume=80, gate=0.7),
            "bass": Part(33, ("0..1..2..1..",), 28, volume=105),
            "saxophone": Part(66, ("m--m.mm-----", "..mm.mm--m--", "............"), 57, enters=2),
        },
    ),
    Song(
        name="march",
        tempo=steady(116),
        key="Bb major",
        chords="Bb | Bb | F7 | Bb | Eb | Bb | F7 | Bb",
        drums={"kick": "x...x...", "snare": "..X...Xx", "crash": "x......."},
        parts={
            "tuba": Part(58, ("0.......2.......",), 29, volume=105, gate=0.6),
            "horns": Part(60, ("....x.......x...",), 48, volume=85, gate=0.6),
            "trumpet": Part(56, ("m---m-m-m---m---", "m-m-m-m-m-------"), 60, volume=95),
            "piccolo": Part(72, ("m-mmm-m-m-mmm-m-",), 74, volume=70, enters=4),
        },
    ),
    Song(
        name="motown",
        tempo=steady(128),
        key="C major",
        chords="C | Am | Dm | G | C | Am | F | G",
        drums={"kick": "x.....x.x.......", "snare": "X...X...X...X...", "tambourine": "..x...x...x...x."},
        parts={
            "bass": Part(33, ("0..20..20..2.012", "0..20..2.0.2.10."), 28, volume=110),
            "guitar": Part(27, ("....x.......x...",), 52, volume=75, gate=0.3),
            "strings": Part(48, ("m-------m-------", "m---m---m-------"), 67, volume=60, enters=2),
            "piano": Part(0, ("x...x...x...x...",), 55, volume=70, gate=0.5),
        },
    ),
    Song(
        name="ska",
        tempo=steady(152),
        key="G major",
        chords="G | Em | C | D",
        drums={"kick": "........x.......", "rim": "........x.......", "hat": "x.x.x.x.x.x.x.x."},
        parts={
            "guitar": Part(27, ("..x...x...x...x.",), 55, volume=90, gate=0.35),
            "organ": Part(16, ("..x...x...x...x.",), 55, volume=60, gate=0.4),
            "bass": Part(33, ("0...1...2...1...",), 28, volume=110),
            "trombone": Part(57, ("m---m-m-........", "..m-m-m-m---...."), 52, volume=90, enters=2),
        },
    ),
    Song(
        name="trap",
        tempo=steady(72),
        key="F minor",
        chords="Fm | . | Db | Eb",
        drums={
            "kick": "x.......x..x....x.....x.........",
            "clap": "........x...............x.......",
            "hat": ("x.x.x.x.x.x.x.xxx.x.x.x.xxxxx.x.", "x.x.xxx.x.x.x.x.x.x.x.xxx.x.x.x."),
        },
        parts={
            "bass": Part(38, ("0-------...0----0-----..........",), 29, volume=115),
            "bell": Part(14, ("m---m-----m-....m-------m-......",), 65, volume=75, enters=2),
        },
        jitter=0.0,
    ),
    Song(
        name="jig",
        tempo=steady(115),
        key="D major",
        chords="D | D | G | A | D | Bm | G A | D",
        beats=2,
        parts={
            "fiddle": Part(40, ("mmmmmm", "m-mmmm", "mmmm--"), 67, volume=95),
            "guitar": Part(25, ("x.xx.x",), 50, volume=80, gate=0.8),
        },
        jitter=0.010,
    ),
    Song(
        name="string allegro",
        tempo=waves(132, 0.04, 24),
        key="G minor",
        chords="Gm | D7 | Gm | Cm | F | Bb | D7 | Gm",
        parts={
            "violins": Part(48, ("m-mmm-mmm-m-m---", "m-m-mmmmm-m-m-m-"), 67, volume=100),
            "violas": Part(41, ("1.1.1.1.2.2.1.1.",), 50, volume=85, gate=0.6),
            "cellos": Part(42, ("0.0.0.0.0.0.2.2.",), 36, volume=95, gate=0.6),
        },
        jitter=0.010,
    ),
    Song(
        name="gospel",
        tempo=steady(66),
        key="Ab major",
        chords="Ab | Fm | Db | Eb7 | Ab | Cm | Db | Eb7",
        drums={"kick": "x....x......", "snare": "......X.....", "hat": "x.xx.xx.xx.x", "clap": "......x....."},
        parts={
            "organ": Part(17, ("x-----------",), 50, volume=75),
            "piano": Part(0, ("x..x.xx..x.x", "x....x...x.x"), 55, volume=80, gate=0.8),
            "bass": Part(33, ("0....00..2..",), 28, volume=105),
            "choir": Part(52, ("m-----m--m--",), 60, volume=80, enters=2),
        },
    ),
    Song(
        name="new wave",
        tempo=steady(146),
        key="B minor",
        chords="Bm | G | D | A",
        drums={"kick": "x...x...x...x...", "snare": "....X.......X...", "hat": "xxxxxxxxxxxxxxxx"},
        parts={
            "bass": Part(38, ("0.0.0.0.0.0.0.0.",), 28, volume=105, gate=0.6),
            "pad": Part(90, ("x---------------",), 50, volume=60),
            "lead": Part(80, ("m-m-m---m-m-m---", "m---m---m-------"), 66, volume=75, enters=4),
        },
        jitter=0.003,
    ),
    Song(
        name="guitar waltz",
        tempo=steady(96),
        key="E minor",
        chords="Em | Em | Am | Am | B7 | B7 | Em | Em",
        beats=3,
        parts={
            "guitar": Part(24, ("0.1.2.3.2.1.", "0.2.1.3.1.2."), 40, volume=100, gate=1.6),
            "melody": Part(24, ("m---m-m-m---", "m-------m-m-", "m-----------"), 64, volume=110, gate=1.2, enters=4),
        },
        jitter=0.012,
    ),
)
