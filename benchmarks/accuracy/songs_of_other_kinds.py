"""Songs in three or six, without drums, or with a tempo that breathes; the notation is that of the score module."""

from __future__ import annotations

from benchmarks.accuracy.score import Part, Song
from benchmarks.accuracy.tempo import rubato, steady, waves

SONGS = (
    Song(
        name="waltz",
        tempo=steady(150),
        key="D major",
        chords="D | . | A7 | . | . | . | D | . | D7 | . | G | . | D | A7 | D | A",
        beats=3,
        parts={
            "accordion": Part(21, ("..x-x-", "..x-x."), 55, volume=75, gate=0.7),
            "bass": Part(32, ("0-....", "2-...."), 33, volume=105),
            "clarinet": Part(71, ("m---m-", "m-m-m-", "m-----"), 64, volume=90, enters=2),
        },
        drums={"kick": "x.....", "hat": "..x.x."},
    ),
    Song(
        name="folk",
        tempo=steady(100),
        key="G major",
        chords="G | D | Em | C | G | D | C | D",
        parts={
            "picked guitar": Part(25, ("0.2.1.3.0.2.3.1.", "0.21.3.10.21.3.1"), 43, volume=105, gate=2.0),
            "whistle": Part(73, ("m---m-m-m---....", "m-m-m-m-m-------"), 67, volume=80, enters=2),
        },
        jitter=0.010,
    ),
    Song(
        name="quartet",
        tempo=waves(92, 0.10, 16),
        key="A minor",
        chords="Am | Dm | E | Am | F | Dm | E7 | Am",
        parts={
            "cello": Part(42, ("0---0---2---0---",), 33, volume=105, gate=1.0),
            "viola": Part(41, ("1---2-1-1---2---",), 45, volume=95, gate=1.0),
            "second violin": Part(40, ("2-3-2-1-2-3-2-1-",), 52, volume=90, gate=1.0, pan=44),
            "first violin": Part(40, ("m---m-m-m-m-m---", "m-m-m-m-m-------"), 64, volume=105, gate=1.0, pan=30),
        },
        jitter=0.012,
        tags=frozenset({"soft"}),
    ),
    Song(
        name="rubato piano",
        tempo=rubato(72, 0.12, 16, seed=5),
        key="Eb major",
        chords="Eb | Cm | Ab | Bb7 | Gm | Cm | Fm7 | Bb",
        parts={
            "left hand": Part(0, ("0-2-4-2-0-2-4-2-", "0-1-2-4-2-1-2-1-"), 39, volume=85, gate=1.4),
            "right hand": Part(0, ("m---m-m-m---m---", "m-m-m---m-------"), 63, volume=105, gate=1.2),
        },
        jitter=0.012,
    ),
    Song(
        name="six eight",
        tempo=steady(60),
        key="D major",
        chords="D | A | Bm | G",
        beats=2,
        parts={
            "guitar": Part(25, ("0.1.2.3.2.1.",), 50, volume=95, gate=1.5),
            "strings": Part(48, ("x-----------",), 50, volume=50),
            "bass": Part(33, ("0-----0---2-",), 28),
            "oboe": Part(68, ("m-----m---m-", "m---m-m-----"), 62, volume=80, enters=4),
        },
        drums={"kick": "x...........", "snare": "......x.....", "hat": "x.x.x.x.x.x."},
    ),
    Song(
        name="choir",
        tempo=steady(72),
        key="F major",
        chords="F . C . | Dm . Bb . | F . Gm C | F . . .",
        parts={
            "bass": Part(52, ("0---0---0---0---",), 41, volume=100, gate=1.0),
            "tenor": Part(52, ("2---2---1---2---",), 41, volume=95, gate=1.0, pan=44),
            "alto": Part(52, ("1---1---2---1---",), 53, volume=95, gate=1.0, pan=84),
            "soprano": Part(52, ("m---m---m---m---", "m---m-m-m-------"), 60, volume=105, gate=1.0),
        },
        jitter=0.015,
        tags=frozenset({"soft"}),
    ),
    Song(
        name="jazz waltz",
        tempo=steady(140),
        key="Bb major",
        chords="Bbmaj7 | Gm7 | Cm7 | F7 | Dm7 | G7 | Cm7 | F7",
        beats=3,
        parts={
            "bass": Part(32, ("0--...2--", "0--2--1--"), 31, volume=110),
            "piano": Part(0, ("... x-- ..x", "x-- ..x ---"), 53, volume=78, pan=50),
            "trumpet": Part(56, ("m-- m-m m--", "m-m m-- ...", "... m-m m-m"), 60, volume=82, enters=4, pan=78),
        },
        drums={"ride": "x.. x.x x..", "pedal": "... x.. ...", "snare": ("... ... ..o", "..o ... ...")},
        jitter=0.008,
    ),
)
