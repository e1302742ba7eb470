"""Which method changes time and pitch, as a control."""

from __future__ import annotations

from app.harp.controls import AudioTrack, Dropdown

AUTOMATIC, THEIRS, OURS = "Automatic", "Rubber Band", "Phase vocoder"

METHOD = Dropdown(
    "method",
    "Method",
    "“Rubber Band” is a library of its own, to be installed. “Phase vocoder” is our own, always there, three "
    "times as quick, and keeps attacks sharper. “Automatic” takes Rubber Band where it is there.",
    (AUTOMATIC, THEIRS, OURS),
    AUTOMATIC,
)

TRACK = AudioTrack("Input Audio", "The sound to process: any length, any sample rate, 1 to 32 channels.")
