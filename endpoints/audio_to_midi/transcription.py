"""Sound to notes as an endpoint: a MIDI file, and a label for each note."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.endpoint import Controls, FileOutput, Outputs, Progress, Region
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack, LabelTrack, MidiTrack
from app.harp.tags import taxonomy_tags
from endpoints.audio_to_midi.choices import CONTROLS, LOWEST, NOTES, ONE, SEVERAL, Choices, chosen

if TYPE_CHECKING:
    from app.audacitorch.inference.spans import Span
    from app.midi.writing import Part
    from endpoints.audio_to_midi.network import NoteNetwork
    from endpoints.audio_to_midi.note_finding import FoundNote
    from endpoints.audio_to_midi.passage import Finding

_TRACK = AudioTrack("Input Audio", "The sound to write down: any length, any sample rate, 1 to 32 channels.")
_MIDI = MidiTrack("Notes", "The notes as a MIDI file of format 1.")
_LABELS = LabelTrack("Note labels", "The name of each note, where it sounds.")

MOST_LABELS = 100_000
"""Labels of one result; notes beyond these are in the MIDI file only."""


class AudioToMidi:
    """Writes down notes, several at once, of any instrument and of voices."""

    card = ModelCard(
        name="Audio to MIDI",
        author="Harpist",
        description=(
            "Writes down the notes of a recording as MIDI, several at once, of any pitched instrument or voice, also "
            "with pitch bends; or a melody, as Pitch to Notes hears it. Works best on one instrument: separate a mix "
            "first. Drums become wrong notes. Weakest where a note that swells slowly is repeated (pads, soft strings)."
            " Velocities tell how sure the model is of a note, not how loud it is. The network is Basic Pitch (Bittner "
            "and others 2022, Spotify), its weights Apache-2.0."
        ),
        tags=(
            *taxonomy_tags("analysis", "music-analysis", 22050, "mono", [_TRACK, *CONTROLS], [_MIDI, _LABELS]),
            "MIDI",
            "transcription",
            "polyphonic",
            "notes",
            "pitch",
        ),
        licence="apache-2.0",
    )
    inputs = (_TRACK, *CONTROLS)
    outputs = (_MIDI, _LABELS)
    keeps_length = True
    repeatable = True
    permits = ()

    def setup(self, device: str) -> None:
        """Load the network.

        Raises:
            WeightsMissingError: the package that its weights ship in is not installed.
        """
        from endpoints.audio_to_midi.network import network

        self._device = device
        self._network: NoteNetwork = network().to(device)

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Write down one region, in one pass and fixed memory.

        Raises:
            AudioFileError: the region cannot be read.
            JobCancelledError: the caller ended the job, which ``job.report`` says.
            WorkerError: the result cannot be written.
        """
        from app.audacitorch.inference.label_drawing import label_list
        from app.midi.writing import make_midi, write_midi

        choices = chosen(controls)
        job.report(0.0)
        written = _alone(region, choices, job) if choices.one_voice else self._together(region, choices, job)
        path = region.output_path("notes", ".mid")
        write_midi(make_midi(written.parts, tempo=choices.tempo), path)
        notice = " ".join(_told(written))
        return [FileOutput(path, _MIDI.label, notice), label_list(written.spans[:MOST_LABELS], NOTES)]

    def _together(self, region: Region, choices: Choices, job: Progress) -> _Written:
        """Find notes of which several may sound at once."""
        from app.audacitorch.inference.spans import Span
        from app.audio.beside import at_rate
        from app.audio.io import open_reader
        from endpoints.audio_to_midi.harmonic_cqt import SAMPLE_RATE
        from endpoints.audio_to_midi.listening import FRAME_RATE, Listener
        from endpoints.audio_to_midi.note_finding import NoteFinder
        from endpoints.audio_to_midi.playing import parts, played

        finder = NoteFinder(_finding(choices))
        found: list[FoundNote] = []
        with open_reader(region.audio.path) as reader:
            listener = Listener(self._network, reader.format.channels, self._device)
            frames, frame = max(1.0, reader.format.seconds * FRAME_RATE), 0
            for heard in listener.hear(at_rate(reader, SAMPLE_RATE)):
                found += finder.push(heard)
                frame += len(heard.notes)
                job.report(min(1.0, frame / frames))
            found += finder.finish()
            length = reader.position / reader.format.sample_rate
        found.sort(key=lambda note: (note.start, note.pitch))
        spans = [
            Span(midi.start, min(midi.end, length), midi.pitch - LOWEST, note.strength)
            for note, midi in ((note, played(note)) for note in found)
            if midi.start < length
        ]
        return _Written(parts(found, choices.bends), spans, reader.format.notice, listener.cancelled)


@dataclass(frozen=True)
class _Written:
    """What was written down: parts for the file, spans for labels, and what is odd about the sound."""

    parts: Sequence[Part]
    spans: Sequence[Span]
    notice: str
    cancelled: bool
    several: bool = False


def _alone(region: Region, choices: Choices, job: Progress) -> _Written:
    """Find the notes of a melody."""
    from app.audio.io import probe
    from app.midi.notes import Note, velocity_of
    from app.midi.writing import Part
    from endpoints.audio_to_midi.one_voice import heard_alone

    path = region.audio.path
    ends = (NOTES[choices.lowest - LOWEST], NOTES[choices.highest - LOWEST])
    heard, several, cancelled = heard_alone(path, *ends, job.report)
    spans = [span for span in heard if span.end - span.start >= choices.shortest]
    notes = [Note(span.start, span.end, LOWEST + span.kind, velocity_of(span.confidence or 0.0)) for span in spans]
    return _Written([Part(notes, "Notes")], spans, probe(path).notice, cancelled, several)


def _finding(choices: Choices) -> Finding:
    from endpoints.audio_to_midi.passage import Finding

    return Finding(
        onset=choices.onset,
        frame=choices.frame,
        shortest=choices.shortest,
        lowest=choices.lowest - LOWEST,
        highest=choices.highest - LOWEST,
        inferred=choices.inferred,
        unstarted=choices.unstarted,
    )


def _told(written: _Written) -> Iterator[str]:
    if written.notice:
        yield written.notice
    if written.cancelled:
        yield (
            "Mixed to mono, the channels nearly cancel each other (is one of them inverted?); where they do, the "
            "louder channel was heard instead."
        )
    if written.several:
        yield f"It sounds like several notes at once; “{ONE}” hears one. Try “{SEVERAL}”."
    if not written.spans:
        yield "No notes were found; lower “Note starts” and “Notes held” to find more."
    if len(written.spans) > MOST_LABELS:
        yield f"The first {MOST_LABELS} of {len(written.spans)} notes have labels; the MIDI file has all of them."
