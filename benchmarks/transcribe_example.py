"""``python -m benchmarks.transcribe_example``: writes what harpist/transcribe is tried with, sentences by eSpeak."""

from __future__ import annotations

import numpy as np
import soundfile

from app.audio.resample import resampled
from benchmarks.accuracy.spoken_words import Speaker
from endpoints.transcribe.endpoint import Transcribe

_SAID = (
    ("en-us+f3", "We recorded the second verse twice, because the first take was too loud."),
    ("en-gb+m3", "Could you play that last part again, a little more slowly?"),
)
_RATE = 16000


def main() -> None:
    """Write the file."""
    speaker, parts = Speaker(), [np.zeros(_RATE // 2)]
    for voice, text in _SAID:
        said = speaker.say(voice, 160, 50, text)
        length = round(len(said.sound) * _RATE / said.rate)
        parts += [resampled(said.sound[None], said.rate, _RATE, length)[0], np.zeros(_RATE // 2)]
    whole = np.concatenate(parts)
    soundfile.write(Transcribe.example, 0.5 * whole / np.abs(whole).max(), _RATE, "PCM_16")


if __name__ == "__main__":
    main()
