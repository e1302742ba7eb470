"""The outline and the playable copy of a sound file, as an endpoint, since the server itself decodes no sound."""

from __future__ import annotations

import json
from dataclasses import asdict

from app.audio.peaks import write_preview
from app.endpoint import Controls, FileOutput, Outputs, Progress, Region
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack, FileTrack


class Preview:
    """For each track ``n``: ``n.peaks.json`` (see :class:`app.audio.peaks.Peaks`), and ``n.wav`` where needed."""

    card = ModelCard("Preview", "Harpist", "Draws a sound file’s outline and makes it playable in a browser.")
    inputs = (AudioTrack("Input Audio", "The sound to look at."),)
    outputs = (
        FileTrack("peaks", "The outline.", file_types=(".json",)),
        AudioTrack("preview", "A copy that a browser plays.", required=False),
    )

    def setup(self, device: str) -> None:
        """Need nothing."""

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Look at every track that was sent.

        Raises:
            AudioFileError: one cannot be read.
        """
        made: list[FileOutput] = []
        for index, track in enumerate(region.tracks):
            if track is None:
                continue
            job.report(index / len(region.tracks))
            playable = region.folder / f"{index}.wav"
            peaks, written = write_preview(track.path, playable)
            outline = region.folder / f"{index}.peaks.json"
            outline.write_text(json.dumps(asdict(peaks)), encoding="utf-8")
            made.append(FileOutput(outline, "peaks"))
            if written:
                made.append(FileOutput(playable, "preview"))
        return made
