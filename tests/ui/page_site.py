"""A real server with real pages and workers, over small endpoints whose answers are known."""

from __future__ import annotations

import contextlib
import os
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.backends.local import LocalBackend
from app.config import Settings
from app.endpoint import EndpointSpec
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack, Dropdown, LabelTrack, NumberBox, Slider, Toggle
from app.harp.tags import taxonomy_tags
from app.jobs.service import JobService
from app.registry import Registry
from app.ui.model_manager import manager_page
from app.ui.page_app import PageFactory
from app.ui.sign_in_page import sign_in_page
from app.ui.still_page import still
from app.web.access.door import door
from app.web.dispatch import Dispatch
from app.web.front import Front
from app.web.uploads import UploadStore
from endpoints.midi_tools.example import FILE
from tests.fixtures.endpoints import mirror, notes_up
from tests.serving import serving

SOUND = AudioTrack("Input Audio", "The sound to work on.")
STEMS = (AudioTrack("Harmonic", "What rings."), AudioTrack("Percussive", "What strikes."))
EFFECT_INPUTS = (
    SOUND,
    Dropdown("channels", "Channels", "Mix to mono is faster.", ("Keep stereo", "Mix to mono"), "Keep stereo"),
    Slider("wet", "Wet", "How much of the result is heard, in percent: 0 is none.", "percent", 0, 100, 1, 100),
)
LABEL_INPUTS = (
    SOUND,
    Toggle("join", "Join equal neighbours", "Makes one label of two equal ones that touch.", True),
    NumberBox("minimum_duration", "Minimum duration", "In seconds: 0 keeps all.", "seconds", 0, 10, 0.01, 0),
)
FRONT = "<!doctype html><title>Harpist</title><h1>Harpist</h1>"
"""In place of the manager page, which has tests of its own."""
_FOLDER = "GRADIO_TEMP_DIR"
WARNING = "The short description has 84 characters; 60 are meant."


def specs(example: Path) -> list[EndpointSpec]:
    """Return a quick effect, a slow one, a labeler, one that writes a text, and one that moves notes."""
    made = []
    for name, title, seconds in (("quick", "Harmonic / percussive", "0.6"), ("slow", "Slow", "120")):
        tags = taxonomy_tags("separation", "stem-separation", 44100, "stereo", EFFECT_INPUTS, STEMS)
        card = ModelCard(
            title,
            "Harpist",
            f"Splits <music> into what rings and what strikes. {WARNING}",
            (*tags, "music"),
            "mit",
            (WARNING,),
        )
        factory, arguments = "tests.ui.sound_endpoints:Halves", {"seconds": seconds}
        made.append(EndpointSpec(f"harpist/{name}", card, EFFECT_INPUTS, STEMS, factory, arguments, example))
    labels = (LabelTrack("Labels", "Chords."),)
    tags = taxonomy_tags("analysis", "music-analysis", 44100, "mono", LABEL_INPUTS, labels)
    card = ModelCard("Chords", "Harpist", "Names chords.", tags)
    made.append(
        EndpointSpec("harpist/chords", card, LABEL_INPUTS, labels, "tests.ui.sound_endpoints:Marks", {}, example)
    )
    made.append(mirror.spec(mirror.Teller, "harpist/words"))
    made.append(notes_up.spec("harpist/notes", FILE))
    return made


def write_tone(path: Path, seconds: float = 3.0, rate: int = 44100, channels: int = 2) -> Path:
    """Write a decaying tone as 16-bit WAV."""
    with wave.open(str(path), "wb") as out:
        out.setparams((channels, 2, rate, 0, "NONE", ""))
        t = np.arange(int(seconds * rate)) / rate
        tone = 20000 * np.sin(2 * np.pi * 220 * t) * np.exp(-2 * (t % 0.5))
        out.writeframes(np.repeat(tone.astype("<i2"), channels).tobytes())
    return path


@dataclass(frozen=True)
class PageSite:
    """A server: where it answers, its parts, and a sound to send."""

    url: str
    settings: Settings
    service: JobService
    tone: Path

    def endpoint(self, name: str) -> str:
        """Return the base URL of an endpoint."""
        return f"{self.url}/models/harpist/{name}"

    def open_jobs(self) -> int:
        """How many jobs have not ended, previews included."""
        return sum(not job.update.state.ended for job in list(self.service._jobs.values()))


@contextlib.contextmanager
def page_site(
    home: Path, *, whole: bool = False, beside: Sequence[EndpointSpec] = (), **more: object
) -> Iterator[PageSite]:
    """Serve the endpoints of :func:`specs`; ``whole``: with the list of models at ``/``, else with :data:`FRONT`.

    Further endpoints may stand ``beside`` them.
    """
    # What comes back is compared byte for byte with what was sent; tests/provenance/ has what is written into it.
    settings = Settings(home=home, workers=2, threads=1, **{"no_provenance": True, **more})  # type: ignore[arg-type]
    registry = Registry()
    for spec in (*specs(write_tone(home / "example.wav")), *beside):
        registry.add(spec)
    service = JobService(LocalBackend(settings), registry, settings)
    uploads = UploadStore(settings)
    pages = PageFactory(service, settings, uploads)
    if whole:
        pages.warm_up()  # no proxy waits for it
    front = still(manager_page(registry)) if whole else lambda url: FRONT
    # A page names Gradio's folder for its whole process: another site may stand around this one.
    before = os.environ.get(_FOLDER)
    try:
        with serving(
            Dispatch(
                settings,
                service,
                registry,
                uploads,
                pages,
                Front(settings, service, registry, front),
                door(settings, sign_in_page),
            )
        ) as url:
            yield PageSite(url, settings, service, write_tone(home / "my take (1).wav"))
    finally:
        if before is not None:
            os.environ[_FOLDER] = before
