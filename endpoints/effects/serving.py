"""Any effect plugin of this machine as an endpoint: LV2, VST3, and pedalboard's own effects."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from app.endpoint import Controls, Outputs, Progress, Region
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack
from app.harp.tags import taxonomy_tags
from app.lv2_folders import lv2_folders
from endpoints.effects.controls import controls_of, values_of
from endpoints.effects.parameter import Parameter
from endpoints.effects.plugin import Plugin

SHOWN_RATE = 48000
"""Hz, at which the ranges of the controls are told where they depend on the sample rate."""

MOST_CONTROLS = 100
"""What a page and HARP's window bear; a plugin's further ports keep the plugin's own values."""

_TRACK = AudioTrack("Input Audio", "The sound to process: any length, any sample rate, 1 to 32 channels.")
_OUTPUT = AudioTrack("Processed", "In the input's length, sample rate, channels and format.")


class _Effect:
    """What endpoints of all kinds of plugins have in common.

    Args:
        kind: of plugin, as people call it, for the tags.
        told: the words that the card begins with, before the name.
        name, author, version: of the plugin; the last two may be empty.
        licence: of the plugin, in a word; empty where it states none.
        found: by what it is found again, for the card.
        channels: how many it takes at once.
        parameters: all of its knobs.
        make: makes one for a sample rate in Hz.
        hosted: a sentence about the host, for the card.
    """

    keeps_length = True
    permits = ()
    outputs = (_OUTPUT,)

    def __init__(
        self,
        kind: str,
        told: str,
        name: str,
        author: str,
        version: str,
        licence: str,
        found: str,
        channels: int,
        parameters: Sequence[Parameter],
        make: Callable[[int], Plugin],
        hosted: str = "",
    ) -> None:
        self.make = make
        self._parameters = tuple(parameters[:MOST_CONTROLS])
        self.inputs = (_TRACK, *controls_of(self._parameters))
        each = {1: "each channel by itself", 2: "channels in pairs"}.get(channels, f"{channels} channels together")
        text = (
            f"{told} {name}{f' {version}' if version else ''}, as it is installed on this server, with its "
            f"controls. It runs at the region's own sample rate and hears {each}, with the same settings. What it is "
            "late by is taken off, and the length stays: what rings on after the end is cut. "
        )
        if len(parameters) > MOST_CONTROLS:
            text += f"Of its {len(parameters)} controls the first {MOST_CONTROLS} are here; the others keep its own "
            text += "values. "
        text += f"Licence of the plugin: {licence or 'it states none'}. {hosted}{found}"
        counted = {1: "mono", 2: "stereo"}.get(channels, str(channels))
        places = taxonomy_tags("production", "post-processing", SHOWN_RATE, counted, self.inputs, self.outputs)
        self.card = ModelCard(
            name=name[:80],
            author=author or "its makers",
            description=text,
            tags=(*places, kind, "plugin", "effect"),
            licence=licence,
        )

    def setup(self, device: str) -> None:
        """Need nothing: a plugin is made for each region, at its rate."""

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Send the region through the plugin, at its own rate.

        Raises:
            AudioFileError: the region cannot be read.
            InputError: it has a number of channels that the plugin cannot take.
            JobCancelledError: the caller ended the job, which ``job.report`` says.
            ModelRunError: the plugin did not start, or returned something else than finite numbers.
            WorkerError: the result cannot be written.
        """
        from endpoints.effects.applying import apply_to_region
        from endpoints.effects.channels import Linked

        values = values_of(self._parameters, controls)

        def made(channels: int, rate: int) -> Linked:
            return Linked(lambda: self.make(rate), channels)

        return [apply_to_region(region, made, lambda _: values, "Processed", job)]


Made = TypeVar("Made", bound=_Effect)


class Lv2Endpoint(_Effect):
    """One LV2 plugin, its control ports as controls.

    Args:
        uri: of the plugin.
        folders: a JSON list of the folders with plugins; empty: those of this machine.

    Raises:
        NotFoundError: there is no such plugin.
        ModelFormatError: it is no effect, or requires what this host has not.
        ModelRunError: lilv is missing.
    """

    def __init__(self, uri: str, folders: str = "") -> None:
        from endpoints.effects.lv2.knobs import parameters_of
        from endpoints.effects.lv2.plugin import Lv2Plugin
        from endpoints.effects.lv2.world import open_world

        places = tuple(json.loads(folders)) if folders else lv2_folders()
        told = open_world(places).describe(uri)
        told.check()
        super().__init__(
            "LV2",
            "The LV2 plugin",
            told.name,
            told.author,
            told.version,
            _licence(told.licence),
            f"URI: {uri}",
            told.channels,
            [parameter for _, parameter in parameters_of(told, SHOWN_RATE)],
            lambda rate: Lv2Plugin(uri, rate, places),
        )


class Vst3Endpoint(_Effect):
    """One VST3 plugin, its parameters as controls.

    Args:
        path: where it lies.

    Raises:
        ModelFormatError: it is no VST3 plugin, or no effect.
        ModelRunError: pedalboard is missing.
    """

    def __init__(self, path: str) -> None:
        from endpoints.effects.vst3.plugin import Vst3Plugin

        first = Vst3Plugin(Path(path), SHOWN_RATE)
        super().__init__(
            "VST3",
            "The VST3 plugin",
            first.name,
            first.maker,
            first.version,
            "",
            f"File: {Path(path).name}",
            first.channels,
            first.parameters,
            lambda rate: Vst3Plugin(Path(path), rate),
            "It is hosted by pedalboard, whose licence is the GPLv3. ",
        )


class PedalboardEndpoint(_Effect):
    """One of pedalboard's own effects, its knobs as controls.

    Args:
        uri: ``pedalboard:NAME``.

    Raises:
        NotFoundError: there is no such effect.
        ModelRunError: pedalboard is missing.
    """

    def __init__(self, uri: str) -> None:
        from endpoints.effects.pedalboard_set.plugin import PedalboardEffect

        first = PedalboardEffect(uri, SHOWN_RATE)
        super().__init__(
            "pedalboard",
            "Of pedalboard's own effects,",
            first.name,
            "Spotify, and the makers of JUCE",
            first.version,
            "GPLv3",
            f"Named {uri}",
            first.channels,
            first.parameters,
            lambda rate: PedalboardEffect(uri, rate),
            "Whoever passes on Harpist together with pedalboard does so under the GPLv3. ",
        )


def tried_lv2(uri: str, folders: str = "") -> Lv2Endpoint:
    """Return the endpoint of an LV2 plugin, once that has run for a second of silence.

    Raises:
        HarpistError: as :class:`Lv2Endpoint`, and as a plugin that does not run.
    """
    return _ran(Lv2Endpoint(uri, folders))


def tried_vst3(path: str) -> Vst3Endpoint:
    """Return the endpoint of a VST3 plugin, once that has run for a second of silence.

    Raises:
        HarpistError: as :class:`Vst3Endpoint`, and as a plugin that does not run.
    """
    return _ran(Vst3Endpoint(path))


def tried_pedalboard(uri: str) -> PedalboardEndpoint:
    """Return the endpoint of one of pedalboard's own effects, once that has run for a second of silence.

    Raises:
        HarpistError: as :class:`PedalboardEndpoint`, and as an effect that does not run.
    """
    return _ran(PedalboardEndpoint(uri))


def _ran(endpoint: Made) -> Made:
    import numpy as np

    plugin = endpoint.make(SHOWN_RATE)
    plugin.process(np.zeros((plugin.channels, 1), np.float32), {})
    return endpoint


def _licence(uri: str) -> str:
    """Return a licence's short name where its URI ends in one.

    >>> _licence("http://usefulinc.com/doap/licenses/lgpl"), _licence("")
    ('lgpl', '')
    """
    return uri.rstrip("/").rpartition("/")[2][:60]
