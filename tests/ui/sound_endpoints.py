"""Small endpoints for the tests of pages, run by real workers: stems, labels, a slow one."""

from __future__ import annotations

import shutil
import time

from app.endpoint import Controls, FileOutput, Outputs, Progress, Region
from app.harp.card import ModelCard
from app.harp.labels import AudioLabel, LabelList, argb

CARD = ModelCard("", "", "")


class Halves:
    """Two stems, each the very file that came in."""

    card = CARD
    inputs = ()
    outputs = ()

    def __init__(self, seconds: str = "0") -> None:
        self._seconds = float(seconds)

    def setup(self, device: str) -> None:
        """Nothing to load."""

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        steps = 40
        for step in range(steps):
            job.report(step / steps)
            time.sleep(self._seconds / steps)
        outputs = []
        for label in ("Harmonic", "Percussive"):
            path = region.output_path(label, region.audio.path.suffix)
            shutil.copyfile(region.audio.path, path)
            outputs.append(FileOutput(path, label))
        return outputs


class Marks:
    """Three labels at known times."""

    card = CARD
    inputs = ()
    outputs = ()

    def setup(self, device: str) -> None:
        """Nothing to load."""

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        job.report(0.5)
        names = ("C major", "A minor", "<b>F</b> major")
        colours = (argb(38, 132, 110), argb(193, 84, 45), argb(107, 79, 163))
        return [
            LabelList(
                tuple(
                    AudioLabel(index * 1.0, name, duration=0.9, description=f"confidence {90 - index} %", color=colour)
                    for index, (name, colour) in enumerate(zip(names, colours))
                )
            )
        ]
