"""A soundfont is opened once, in a process that may read nothing else, before the server offers it."""

from __future__ import annotations

import json
from pathlib import Path

from endpoints.midi_synth.rendering import MidiSynth
from endpoints.midi_synth.soundfont import SoundfontPlayer


def tried(soundfonts: str) -> MidiSynth:
    """Return the endpoint with these soundfonts, a JSON object as :class:`MidiSynth` takes it, once each was opened.

    Raises:
        ModelFormatError: one is no soundfont, broken or too large.
        ModelRunError: FluidSynth is missing.
    """
    for name, path in json.loads(soundfonts).items():
        SoundfontPlayer(Path(path), name, 44100).close()
    return MidiSynth(soundfonts)
