"""Any LV2 plugin of this machine as an endpoint."""

from __future__ import annotations

import json

from app.endpoint import Controls, Outputs, Progress, Region
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack
from app.harp.tags import taxonomy_tags
from app.lv2_folders import lv2_folders
from endpoints.effects.controls import controls_of, values_of

SHOWN_RATE = 48000
"""Hz, at which the ranges of the controls are told where they depend on the sample rate."""

MOST_CONTROLS = 100
"""What a page and HARP's window bear; a plugin's further ports keep the plugin's own values."""

_TRACK = AudioTrack("Input Audio", "The sound to process: any length, any sample rate, 1 to 32 channels.")
_OUTPUT = AudioTrack("Processed", "In the input's length, sample rate, channels and format.")


class PluginEndpoint:
    """One plugin, its ports as controls.

    Args:
        uri: of the plugin.
        folders: a JSON list of the folders with plugins; empty: those of this machine.

    Raises:
        NotFoundError: there is no such plugin.
        ModelFormatError: it is no effect, or requires what this host has not.
        ModelRunError: lilv is missing.
    """

    keeps_length = True
    permits = ()
    outputs = (_OUTPUT,)

    def __init__(self, uri: str, folders: str = "") -> None:
        from endpoints.effects.lv2.knobs import parameters_of
        from endpoints.effects.lv2.world import open_world

        self._uri, self._folders = uri, tuple(json.loads(folders)) if folders else lv2_folders()
        told = open_world(self._folders).describe(uri)
        told.check()
        parameters = [parameter for _, parameter in parameters_of(told, SHOWN_RATE)]
        self._parameters = tuple(parameters[:MOST_CONTROLS])
        self.inputs = (_TRACK, *controls_of(self._parameters))
        channels = {1: "mono", 2: "stereo"}.get(told.channels, str(told.channels))
        licence = _licence(told.licence)
        self.card = ModelCard(
            name=told.name[:80],
            author=told.author or "its makers",
            description=_described(told.name, uri, told.version, licence, len(parameters), told.channels),
            tags=(
                *taxonomy_tags("production", "post-processing", SHOWN_RATE, channels, self.inputs, self.outputs),
                "LV2",
                "plugin",
                "effect",
            ),
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
        from endpoints.effects.lv2.plugin import Lv2Plugin

        values = values_of(self._parameters, controls)

        def made(channels: int, rate: int) -> Linked:
            return Linked(lambda: Lv2Plugin(self._uri, rate, self._folders), channels)

        return [apply_to_region(region, made, lambda _: values, "Processed", job)]


def tried(uri: str, folders: str = "") -> PluginEndpoint:
    """Return the endpoint of a plugin, once that has run for a second of silence.

    Raises:
        HarpistError: as :class:`PluginEndpoint`, and as a plugin that does not run.
    """
    from endpoints.effects.lv2.plugin import Lv2Plugin

    endpoint = PluginEndpoint(uri, folders)
    plugin = Lv2Plugin(uri, SHOWN_RATE, json.loads(folders) if folders else ())
    assert plugin.latency >= 0
    plugin.close()
    return endpoint


def _licence(uri: str) -> str:
    """Return a licence's short name where its URI ends in one.

    >>> _licence("http://usefulinc.com/doap/licenses/lgpl"), _licence("")
    ('lgpl', '')
    """
    return uri.rstrip("/").rpartition("/")[2][:60]


def _described(name: str, uri: str, version: str, licence: str, controls: int, channels: int) -> str:
    """Return what a card says of a plugin."""
    each = {1: "each channel by itself", 2: "channels in pairs"}.get(channels, f"{channels} channels together")
    text = (
        f"The LV2 plugin {name}{f' {version}' if version else ''}, as it is installed on this server, with its "
        f"controls. It runs at the region's own sample rate and hears {each}, with the same settings. What it is late "
        "by is taken off, and the length stays: what rings on after the end is cut. "
    )
    if controls > MOST_CONTROLS:
        text += f"Of its {controls} controls the first {MOST_CONTROLS} are here; the others keep its own values. "
    return f"{text}Licence of the plugin: {licence or 'it states none'}. URI: {uri}"
