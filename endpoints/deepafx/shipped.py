"""Endpoints whose encoders come along, in ``trained``: what each is for, and what it is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.harp.card import ModelCard
from app.harp.controls import Control, Slider
from endpoints.deepafx.controls import CONTROLS, TRACK
from endpoints.deepafx.serving import Trained, tags_of
from endpoints.deepafx.with_plugins import TrainedWithPlugins, effects_choice

TRAINED = Path(__file__).parent / "trained"
EXAMPLE = "example.flac"
"""A sound to try it with, which it did not learn from; its training wrote it."""

_AND_SETTINGS = (
    "You get the sound and all settings, to go on with by hand. Its network was taught with sound that was made by "
    "programs alone, so judge by ear; the folder's card says how near it came on sound that it had not heard."
)


def smoothed_by(milliseconds: float) -> tuple[Control, ...]:
    """Return the controls, the smoothing at first as suits what was learnt."""
    return tuple(
        replace(item, value=milliseconds) if isinstance(item, Slider) and item.name == "smoothing" else item
        for item in CONTROLS
    )


class AutoLevel(Trained):
    """Speech and music made even."""

    folder = TRAINED / "auto-level"
    example = TRAINED / "auto-level" / EXAMPLE
    inputs = (TRACK, *smoothed_by(200))
    card = ModelCard(
        name="Auto level",
        author="Harpist",
        description=(
            "Speech or music that is now loud and now soft comes out even: a small network hears it and turns the "
            "knobs of a compressor, as a hand on the fader would. Made for talks, interviews, rough takes. Long "
            "pauses are not turned up on purpose, but noise between words rises with soft words. It removes no noise. "
            f"{_AND_SETTINGS}"
        ),
        tags=tags_of("levelling", "speech"),
        licence="mit",
    )


class Nonspeech(TrainedWithPlugins):
    """Breaths, clicks and lip smacks turned down."""

    folder, plugin_folder = TRAINED / "nonspeech", TRAINED / "nonspeech-lv2"
    example = TRAINED / "nonspeech" / EXAMPLE
    inputs = (TRACK, effects_choice("Calf's multiband gate"), *smoothed_by(60))
    card = ModelCard(
        name="Breaths and clicks",
        author="Harpist",
        description=(
            "Breaths, clicks and lip smacks between the words of one voice are turned down: a small network hears the "
            "voice and turns the knobs of a gate. For voices without music. It was weaker with "
            "recorded voices than with made ones: there it also turned down some soft ends of words; use less of the "
            f"amount then. Breaths as loud as soft words stay. {_AND_SETTINGS}"
        ),
        tags=tags_of("speech", "gate"),
        licence="mit",
    )


class Mastering(TrainedWithPlugins):
    """Mixes made brighter, more even and loud."""

    folder, plugin_folder = TRAINED / "mastering", TRAINED / "mastering-lv2"
    packages = "liblilv-0-0 calf-plugins lsp-plugins-lv2"
    example = TRAINED / "mastering" / EXAMPLE
    inputs = (
        TRACK,
        effects_choice("Calf's multiband compressor, LSP's equaliser of 32 bands and LSP's limiter"),
        *smoothed_by(1000),
    )
    card = ModelCard(
        name="Mastering",
        author="Harpist",
        description=(
            "A mix that is dull, muddy, thin, uneven or quiet becomes brighter, more even and loud: a small network "
            "hears it and turns the knobs of an equaliser and a compressor before a limiter. A first master to go on "
            "from; it knows no genre, and takes a sound that is meant to be dark for a dull one: use less of the "
            f"amount then. {_AND_SETTINGS}"
        ),
        tags=tags_of("mastering", "equaliser"),
        licence="mit",
    )


class Distortion(TrainedWithPlugins):
    """Instruments through a valve amplifier."""

    folder, plugin_folder = TRAINED / "distortion", TRAINED / "distortion-lv2"
    example = TRAINED / "distortion" / EXAMPLE
    inputs = (TRACK, effects_choice("Calf's multiband compressor"), *smoothed_by(500))
    card = ModelCard(
        name="Valve distortion",
        author="Harpist",
        description=(
            "A clean guitar, bass or electric piano sounds as if it came through a driven valve amplifier: a small "
            "network hears it and turns the knobs of a saturation and a multiband compressor. It learnt one amplifier; "
            f"to bend the sound more or less, send it louder or softer. {_AND_SETTINGS}"
        ),
        tags=tags_of("distortion", "guitar"),
        licence="mit",
    )
