"""libsndfile's files, as they are used here: read or written once, straight through."""

from __future__ import annotations

import soundfile

FAILURES = (soundfile.SoundFileError, RuntimeError)
"""What soundfile raises where libsndfile fails."""


class StreamFile(soundfile.SoundFile):  # type: ignore[misc]
    """A sound file read or written straight through.

    soundfile seeks to where it already is after every block of a seekable file, which costs a FLAC or MP3 decoder
    a search; so it is told that the file is not seekable.
    """

    def seekable(self) -> bool:
        """Say no."""
        return False
