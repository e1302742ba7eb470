"""Sound to notes as an endpoint: a MIDI file, and a label for each note."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.endpoint import Controls, FileOutput, Outputs, Progress, Region
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack, LabelTrack, MidiTrack
from app.harp.tags import taxonomy_tags
from endpoints.audio_to_midi.choices import CONTROLS, LOWEST, NOTES, Choices, chosen

if TYPE_CHECKING:
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
            "with pitch bends. Works best on one instrument: separate a mix first. Drums become wrong notes. "
            "Velocities tell how sure the model is of a note, not how loud it is. The network is Basic Pitch (Bittner "
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
        from app.audacitorch.inference.spans import Span
        from app.audio.beside import at_rate
        from app.audio.io import open_reader
        from app.midi.writing import make_midi, write_midi
        from endpoints.audio_to_midi.harmonic_cqt import SAMPLE_RATE
        from endpoints.audio_to_midi.listening import FRAME_RATE, Listener
        from endpoints.audio_to_midi.note_finding import NoteFinder
        from endpoints.audio_to_midi.playing import parts, played

        choices = chosen(controls)
        finder = NoteFinder(_finding(choices))
        found: list[FoundNote] = []
        with open_reader(region.audio.path) as reader:
            listener = Listener(self._network, reader.format.channels, self._device)
            frames, frame = max(1.0, reader.format.seconds * FRAME_RATE), 0
            job.report(0.0)
            for heard in listener.hear(at_rate(reader, SAMPLE_RATE)):
                found += finder.push(heard)
                frame += len(heard.notes)
                job.report(min(1.0, frame / frames))
            found += finder.finish()
            length = reader.position / reader.format.sample_rate
        found.sort(key=lambda note: (note.start, note.pitch))
        path = region.output_path("notes", ".mid")
        write_midi(make_midi(parts(found, choices.bends), tempo=choices.tempo), path)
        notes = [(note, played(note)) for note in found[:MOST_LABELS]]
        spans = [
            Span(midi.start, min(midi.end, length), midi.pitch - LOWEST, note.strength)
            for note, midi in notes
            if midi.start < length
        ]
        notice = " ".join(_told(len(found), listener.cancelled, reader.format.notice))
        return [FileOutput(path, _MIDI.label, notice), label_list(spans, NOTES)]


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


def _told(notes: int, cancelled: bool, notice: str) -> Iterator[str]:
    if notice:
        yield notice
    if cancelled:
        yield (
            "Mixed to mono, the channels nearly cancel each other (is one of them inverted?); where they do, the "
            "louder channel was heard instead."
        )
    if not notes:
        yield "No notes were found; lower “Note starts” and “Notes held” to find more."
    if notes > MOST_LABELS:
        yield f"The first {MOST_LABELS} of {notes} notes have labels; the MIDI file has all of them."
