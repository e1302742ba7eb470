"""Notes to sound as an endpoint: a MIDI file in, stereo sound out."""

from __future__ import annotations

import json
import math
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.endpoint import Controls, FileOutput, Outputs, Progress, Region
from app.errors import ControlError
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack, Dropdown, Input, MidiTrack, Slider
from app.harp.tags import taxonomy_tags

if TYPE_CHECKING:
    from endpoints.midi_synth.playing import Player

LONGEST = 3 * 3600.0
"""Seconds of a file that is played; a broken one may claim years."""

BUILT_IN = "Built in"
"""The choice of the synthesizer that needs no soundfont."""

_RATES = {"44.1 kHz": 44100, "48 kHz": 48000}

_TRACK = MidiTrack("Input MIDI", "The notes to play: a standard MIDI file of any format, at most 3 hours long.")
_GAIN = Slider(
    "gain",
    "Gain",
    "In dB: how much louder (above 0) or softer (below 0) the sound is made. A single loud note peaks at about -12 dB.",
    "dB",
    -40,
    24,
    0.1,
    0,
)
_RATE = Dropdown(
    "rate",
    "Sample rate",
    "In kHz: that of your session. Video mostly has 48 kHz, music 44.1 kHz.",
    tuple(_RATES),
    "44.1 kHz",
)
_TAIL = Slider(
    "tail",
    "Tail",
    "In seconds: how long the sound goes on after the file's end, for notes that ring. 0 cuts them off there.",
    "seconds",
    0,
    30,
    0.1,
    2,
)
_OUTPUT = AudioTrack("Played", "Stereo WAV of 24 bits.", file_types=(".wav",))


_WITH_SOUNDFONTS = (
    "Plays a MIDI file with a soundfont of this server, or on a small built-in synthesizer: General MIDI's instruments "
    "as simple additive tones. Drums are on channel 10. Follows the tempo map, programs, pedal, pitch bends, "
    "modulation, volume, pan and expression; with a soundfont also banks, reverb and chorus."
)


class MidiSynth:
    """Plays a MIDI file on a small synthesizer of its own, or with a soundfont.

    Args:
        soundfonts: a JSON object: the path of each soundfont that may be chosen, by the name that is shown.
    """

    card = ModelCard(
        name="MIDI Synth",
        author="Harpist",
        description=(
            "Plays a MIDI file, without any soundfont, on a small built-in synthesizer: General MIDI's instruments as "
            "simple additive tones, its drums on channel 10. Follows the tempo map, programs, pedal, pitch bends, "
            "modulation, volume, pan and expression. Made to hear notes, not to replace recorded instruments."
        ),
        tags=(
            *taxonomy_tags(
                "synthesis", "instrument-synthesis", 44100, "stereo", [_TRACK, _GAIN, _RATE, _TAIL], [_OUTPUT]
            ),
            "MIDI",
            "synthesizer",
            "General MIDI",
            "play",
        ),
        licence="mit",
    )
    inputs: tuple[Input, ...] = (_TRACK, _GAIN, _RATE, _TAIL)
    outputs = (_OUTPUT,)
    permits = ()

    def __init__(self, soundfonts: str = "{}") -> None:
        self._soundfonts: dict[str, str] = json.loads(soundfonts)
        if self._soundfonts:
            self.card = replace(self.card, description=_WITH_SOUNDFONTS)
            self.inputs = (_TRACK, _choice(tuple(self._soundfonts)), _GAIN, _RATE, _TAIL)

    def setup(self, device: str) -> None:
        """Need nothing: a soundfont is opened for each job, since it may have changed."""

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Play the file that was sent.

        Raises:
            MidiFileError: the file is broken.
            ControlError: it lasts too long, or not at all.
            ModelFormatError: the soundfont is broken, or gone.
            ModelRunError: FluidSynth is missing, or an instrument of the soundfont cannot be read.
            JobCancelledError: the caller ended the job, which ``job.report`` says.
            WorkerError: the result cannot be written.
        """
        from app.audio.formats import AudioFormat
        from app.audio.stems import open_stems
        from app.midi.reading import read_midi
        from endpoints.midi_synth.playing import played
        from endpoints.midi_synth.timeline import length

        job.report(0.0)
        midi = read_midi(region.audio.path)
        rate = _RATES[str(controls["rate"])]
        gain = 10 ** (float(controls["gain"]) / 20)  # type: ignore[arg-type]
        seconds = length(midi)
        if seconds > LONGEST:
            raise ControlError(f"Input MIDI lasts {_clock(seconds)}; at most {_clock(LONGEST)} are played.")
        samples = max(1, math.ceil((seconds + float(controls["tail"])) * rate))  # type: ignore[arg-type]
        path = region.output_path("played", ".wav")
        notes = any(event.starts_note for track in midi.tracks for event in track)
        done = 0
        with (
            self._player(str(controls.get("soundfont", BUILT_IN)), rate) as player,
            open_stems([path], AudioFormat(rate, 2, samples, "WAV", "PCM_24"), None, region.too_loud) as files,
        ):
            for block in played(midi, player, rate, samples):
                if block.shape[1]:
                    files.write(gain * block[None])
                done += block.shape[1]
                job.report(done / samples)
            written = files.finish(lambda: job.report(1.0))
        return [FileOutput(written.paths[0], _OUTPUT.label, "" if notes else "The file has no notes.")]

    def _player(self, chosen: str, rate: int) -> AbstractContextManager[Player]:
        if chosen in self._soundfonts:
            from endpoints.midi_synth.soundfont import SoundfontPlayer

            return SoundfontPlayer(Path(self._soundfonts[chosen]), chosen, rate)
        from endpoints.midi_synth.synthesizer import Synthesizer

        return nullcontext(Synthesizer(rate))


def _choice(names: tuple[str, ...]) -> Dropdown:
    return Dropdown(
        "soundfont",
        "Soundfont",
        "What plays the notes: the small built-in synthesizer, or recorded instruments of a soundfont on this server, "
        "with reverb and chorus as it says.",
        (BUILT_IN, *names),
        BUILT_IN,
    )


def _clock(seconds: float) -> str:
    """Write a length.

    >>> _clock(10800.0), _clock(90.0 * 60), _clock(1e9)
    ('3 hours', '1.5 hours', '277778 hours')
    """
    hours = seconds / 3600
    return f"{hours:.0f} hours" if hours >= 10 or hours == int(hours) else f"{hours:.1f} hours"
