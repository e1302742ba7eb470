"""Time stretch: longer or shorter, at the same pitch."""

from __future__ import annotations

from app.endpoint import Controls, Outputs, Progress, Region
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack, Slider
from app.harp.tags import taxonomy_tags
from endpoints.time_pitch.methods import METHOD, TRACK

_LENGTH = Slider(
    "length",
    "Length",
    "In percent of the length: 200 is twice as long (half the tempo), 50 half as long, 100 leaves it. 75 to 150 sounds "
    "natural mostly.",
    "percent",
    25,
    400,
    0.1,
    125,
)
_OUTPUT = AudioTrack("Stretched", "Of the length that you set, in the input's sample rate, channels and format.")


class TimeStretch:
    """Longer or shorter by a share of the length."""

    card = ModelCard(
        name="Time Stretch",
        author="Harpist",
        description=(
            "Makes sound longer or shorter, exactly, at the same pitch. By Rubber Band where it is installed (GPL: "
            "apt-get install librubberband2), else by a phase vocoder of our own. Extremes smear the sound."
        ),
        tags=(
            *taxonomy_tags("production", "post-processing", 44100, "stereo", [TRACK, _LENGTH, METHOD], [_OUTPUT]),
            "time stretch",
            "tempo",
        ),
        licence="mit",
    )
    inputs = (TRACK, _LENGTH, METHOD)
    outputs = (_OUTPUT,)
    keeps_length = False
    repeatable = True
    timed = True
    permits = ()

    def setup(self, device: str) -> None:
        """Need nothing."""

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Stretch the region; see :func:`endpoints.time_pitch.running.changed` for what is raised."""
        from endpoints.time_pitch.change import Change
        from endpoints.time_pitch.running import changed

        change = Change(time=float(controls["length"]) / 100)  # type: ignore[arg-type]
        return [changed(region, change, str(controls["method"]), "Stretched", job)]
