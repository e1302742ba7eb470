"""Repair: clicks, clipping, hum and DC offset, mended without a network."""

from __future__ import annotations

from app.endpoint import Controls, Outputs, Progress, Region
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack, Dropdown, Slider, Toggle
from app.harp.tags import taxonomy_tags

OFF, AUTOMATIC, EUROPE, AMERICA = "Off", "Automatic", "50 Hz", "60 Hz"
_MAINS = {OFF: (), AUTOMATIC: (50.0, 60.0), EUROPE: (50.0,), AMERICA: (60.0,)}

_TRACK = AudioTrack("Input Audio", "The sound to mend: any length, any sample rate, 1 to 32 channels.")
_CLICKS = Slider(
    "clicks",
    "Clicks",
    "How readily clicks are found, in percent: 0 leaves them all, 50 takes those up to 0.3 ms, 100 those up to 2 ms, "
    "and sharp strokes of drums too.",
    "percent",
    0,
    100,
    1,
    50,
)
_CLIPPING = Toggle("clipping", "Clipping", "On: peaks that were cut off flat are rebuilt. They become louder.", True)
_HUM = Dropdown(
    "hum",
    "Hum",
    "The hum of the mains, with its harmonics. “Automatic” takes it away where it is clearly heard; name the "
    "frequency where a weak one is missed: 50 Hz in most of the world, 60 Hz in America.",
    (OFF, AUTOMATIC, EUROPE, AMERICA),
    AUTOMATIC,
)
_OFFSET = Toggle("offset", "DC offset", "On: a constant offset of a channel is taken away where there is one.", True)
_OUTPUT = AudioTrack("Repaired", "In the input's length, sample rate, channels and format, unless too loud for it.")


class Repair:
    """Mends what signal processing can."""

    card = ModelCard(
        name="Repair",
        author="Harpist",
        description=(
            "Mends clicks, hard clipping, mains hum and DC offset; all else stays as it was. Says what it found. Not "
            "good at: clicks over 0.3 ms (unless turned up), clipping that became MP3 or was filtered, hum that "
            "wavers, a held synth bass at just 50 or 60 Hz."
        ),
        tags=(
            *taxonomy_tags(
                "production",
                "post-processing",
                44100,
                "stereo",
                [_TRACK, _CLICKS, _CLIPPING, _HUM, _OFFSET],
                [_OUTPUT],
            ),
            "restoration",
            "declick",
            "declip",
            "hum removal",
        ),
        licence="mit",
    )
    inputs = (_TRACK, _CLICKS, _CLIPPING, _HUM, _OFFSET)
    outputs = (_OUTPUT,)
    keeps_length = True
    repeatable = True
    timed = True
    permits = ()

    def setup(self, device: str) -> None:
        """Need nothing."""

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Mend the region; see :func:`endpoints.repair.running.repaired` for what is raised."""
        from endpoints.repair.running import Wanted, repaired

        wanted = Wanted(
            clicks=float(controls["clicks"]),  # type: ignore[arg-type]
            clipping=bool(controls["clipping"]),
            mains=_MAINS[str(controls["hum"])],
            offset=bool(controls["offset"]),
        )
        return [repaired(region, wanted, "Repaired", job)]
