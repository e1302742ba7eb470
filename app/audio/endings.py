"""The endings of the files that are taken for sound; what one holds is read from it, not from its name."""

from __future__ import annotations

SOUND_ENDINGS = (
    *(".wav", ".wave", ".bwf", ".bw64", ".rf64", ".w64", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf"),
    *(
        ".flac",
        ".ogg",
        ".oga",
        ".opus",
        ".mp3",
        ".m4a",
        ".m4b",
        ".mp4",
        ".m4v",
        ".mov",
        ".aac",
        ".webm",
        ".weba",
        ".mka",
    ),
)
"""What the page's file chooser offers, and what ``process --recursive`` takes: every kind that a HARP client sends."""

MIDI_ENDINGS = (".mid", ".midi")
