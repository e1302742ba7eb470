"""Pitch shift: higher or lower, as long as before."""

from __future__ import annotations

from app.endpoint import Controls, Outputs, Progress, Region
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack, Slider, Toggle
from app.harp.tags import taxonomy_tags
from endpoints.time_pitch.methods import METHOD, TRACK

_SEMITONES = Slider(
    "semitones",
    "Pitch",
    "In semitones: 12 is an octave up, -12 an octave down, 0 leaves the pitch. Up to 7 either way sounds natural.",
    "semitones",
    -24,
    24,
    1,
    7,
)
_CENTS = Slider(
    "cents", "Fine tuning", "In cents, added to the semitones: 100 are a semitone.", "cents", -100, 100, 1, 0
)
_FORMANTS = Toggle(
    "formants",
    "Keep formants",
    "On: the resonances stay where they are, so that a voice keeps its character. Off: they move with the pitch, as "
    "when a tape runs faster.",
    False,
)
_OUTPUT = AudioTrack("Shifted", "In the input's length, sample rate, channels and format, unless too loud for it.")


class PitchShift:
    """Higher or lower by semitones and cents."""

    card = ModelCard(
        name="Pitch Shift",
        author="Harpist",
        description=(
            "Makes sound higher or lower, exactly as long as before, in stereo. By Rubber Band where it is installed "
            "(GPL; apt-get install librubberband2), else by a phase vocoder of our own. Large shifts sound artificial."
        ),
        tags=(
            *taxonomy_tags(
                "production",
                "post-processing",
                44100,
                "stereo",
                [TRACK, _SEMITONES, _CENTS, _FORMANTS, METHOD],
                [_OUTPUT],
            ),
            "pitch shift",
            "transpose",
            "formants",
        ),
        licence="mit",
    )
    inputs = (TRACK, _SEMITONES, _CENTS, _FORMANTS, METHOD)
    outputs = (_OUTPUT,)
    keeps_length = True
    repeatable = True
    timed = True
    permits = ()

    def setup(self, device: str) -> None:
        """Need nothing."""

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Shift the region's pitch; see :func:`endpoints.time_pitch.running.changed` for what is raised."""
        from endpoints.time_pitch.change import Change
        from endpoints.time_pitch.running import changed

        semitones = float(controls["semitones"]) + float(controls["cents"]) / 100  # type: ignore[arg-type]
        change = Change(pitch=2 ** (semitones / 12), keeps_formants=bool(controls["formants"]))
        return [changed(region, change, str(controls["method"]), "Shifted", job)]
