"""Why ours is weak where it is weakest: a sentence for each case, found by looking at what went wrong there.

``results.json`` names the cases; a test fails where one of them has no sentence here.
"""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.accuracy.comparing import Weakness

_SOFT = (
    "Bowed strings and voices swell for a tenth of a second: nothing in the sound marks the moment at which a key "
    "went down."
)
_SILENT = "Slow swells without a stroke: it says nothing rather than guess, since noise and speech look alike to it."
_LATE = "Its notes swell, so that their sound comes more than 50 ms after the key; within 100 ms most are there."
_SWELLS = "Its notes swell, and the network hears them late or in two."
_REPEATED = "A repeated note that follows without a gap is taken for one that goes on."
_INNER = "Inner voices and low notes that start with others, a fifth or an octave apart, hide under their overtones."
_PAUSES = "Pauses under a second between sentences are called speech while the street is as loud as the voice."
_MEETS = (
    "A tenth or more of its energy lies where an instrument at a side is about as loud; elsewhere it is half of that."
)
_AMONG = "Chatter is voices, too: more of the speaker goes with it than of the chatter stays."
_ACTED = (
    "The network takes an actor's exaggerated voice for noise in parts, even without any noise; chatter adds to it."
)
_DEEP = (
    "A quarter of this recording's energy lies below 150 Hz, where the noise is loud, too: about half of what goes "
    "wrong does so there."
)
_WITHIN = "None is off by more than a tenth of a LU, which is what meters show."

REASONS: Mapping[str, Mapping[str, str]] = {
    "Beats": {
        "quartet": _SILENT,
        "rubato piano": (
            "It follows to the end of the first phrase, does not wait with the pianist, and stays half a beat off."
        ),
        "folk": "Only in the last bar, where the tune ends, do the marks come a tenth of a second and more too late.",
    },
    "Beats, second set": {
        "ska": ("Guitar, organ and hi-hat all play off the beat: the marks lie half a beat off, at half the tempo."),
        "string allegro": "Without drums, every second beat is found.",
        "shuffle blues": "None but the two above misses a beat.",
    },
    "Beats, third set": {
        "minuet": "Crotchets with little between them, without drums: every second beat is found.",
        "adagio": "Two of 28 beats, near the end, are marked 0.08 s late, and one more comes after the last.",
        "polka": "All its beats are found.",
    },
    "Downbeats": {
        "quartet": "No beats are found there (see above).",
        "jazz waltz": (
            "The ride cymbal's pattern is the same on all beats: bars of four are found instead of three. Beats "
            "per bar = 3 helps."
        ),
        "rubato piano": "The beats are half a beat off from the second phrase on (see above).",
    },
    "Downbeats, third set": {
        "tango": "Without drums, little tells the first beat from the third: all bars begin two beats late.",
        "polka": "Its bars of two beats are found as bars of four. Beats per bar = 2 helps.",
        "minuet": "Of beats at half the tempo, three make two bars: every second one is found (see above).",
    },
    "Onsets": {
        "quartet": _SOFT,
        "choir": _SOFT,
        "synth-pop": "One in five notes of the fast, soft arpeggio is lost under bass and drums; all else is found.",
    },
    "Notes of melodies": {"cello": _LATE, "violin": _LATE, "oboe": _LATE},
    "Audio to MIDI, melodies": {"violin": _SWELLS, "cello": _SWELLS, "oboe": _SWELLS},
    "Audio to MIDI, pieces": {
        "choir": _SOFT,
        "metal": "Distortion fills the spectrum with tones that nobody plays, and the drums become notes.",
        "funk": "Drums, slapped bass and muted guitar become wrong notes: separate a mix first.",
    },
    "Round trip, melodies": {"violin": _REPEATED, "clarinet": _REPEATED, "flute": _REPEATED},
    "Round trip, four parts": {
        "winds": _INNER,
        "choir": _INNER,
        "piano": "All 96 notes are found; a few notes come on top of them, an octave or a twelfth away.",
    },
    "Chords": {
        "swing": "The walking bass leaves the root at once, and what is left of Fmaj7 is Am, of Gm7 B♭.",
        "rubato piano": (
            "Chords are broken: while two of three tones have sounded, another chord fits as well (E♭, then Gm)."
        ),
        "tempo step": "Distorted guitars hide the third: C is taken for Cm, F for Dm.",
    },
    "Key": {
        "funk": "Its chords are E9 and A7, both with a major third: nothing but the riff says E minor.",
        "rock": "It names the relative key, G major, which has the same notes as E minor.",
        "swing": "It names the relative key, D minor, which has the same notes as F major.",
        "metal": "It names the relative key, G major, which has the same notes as E minor.",
    },
    "Voice activity": {"*": _PAUSES},
    "Noise reduction, synthetic voices": {
        "low man in a room, chatter": "Echoes of the room are taken for chatter, and soft ends of words with them.",
        "fast man, chatter": _AMONG,
        "man, chatter": _AMONG,
    },
    "Noise reduction, recorded voices": {
        "Dutch woman, chatter": _ACTED,
        "Dutch man, chatter": _ACTED,
        "Ukrainian woman, chatter": _AMONG,
    },
    "Noise reduction, a book read aloud": {
        "reader, chatter": "Above 600 Hz, where chatter is loud, a third of the voice goes with it.",
        "reader, fan and hum": _DEEP,
        "reader, street": _DEEP,
    },
    "Loudness": {"*": _WITHIN},
    "Harmonic / percussive": {
        "funk": "Slapped bass and muted guitar are strokes: they go to the percussive stem.",
        "bossa": "A third of what the band plays goes to the percussive stem: plucks begin as strokes do.",
        "metal": (
            "Distortion fills the spectrum as drums do: two fifths of the band and a third of the drums go astray."
        ),
    },
    "Centre extraction": {
        "cello between flute and vibraphone": _MEETS,
        "trumpet between saw lead and harmonica": _MEETS,
        "distorted guitar between trombone and flute": _MEETS,
    },
    "Instruments alone": {
        "sung vowel": "A sound font's held vowel without words: the network calls it a flute all through.",
        "square lead": (
            "A bare synthesizer wave is in none of the network's training songs by itself: it says guitar, or nothing."
        ),
        "saw lead": "A bare synthesizer wave is in none of the network's training songs by itself: it says nothing.",
    },
}
"""By task and case; ``"*"`` stands for every case of a task."""


def reason(weak: Weakness) -> str:
    """Return why, or nothing where nobody has looked yet."""
    cases = REASONS.get(weak.task, {})
    return cases.get(weak.case, cases.get("*", ""))
