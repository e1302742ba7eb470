"""What the worker's endpoints for effects and labelers share: a model's files, and the model once it is open."""

from __future__ import annotations

from pathlib import Path

from app.audacitorch.arguments.companions import Companions
from app.audacitorch.arguments.declared import waveforms
from app.audacitorch.arguments.signature import Arranged
from app.audacitorch.arguments.translation import argument_values
from app.audacitorch.describe import describe, takes_stereo
from app.audacitorch.inference.devices import choose_device
from app.audacitorch.inference.readiness import open_ready
from app.audacitorch.metadata import read_metadata
from app.audacitorch.profile import read_profile
from app.audio.io import probe
from app.endpoint import Controls, Region


class ModelEndpoint:
    """A model of the audacitorch format, described at once and opened by :meth:`setup`.

    Args:
        id: ``owner/name``.
        folder: where the model's files lie.
        profile: path of its kept profile, or ``""``.
    """

    def __init__(self, id: str, folder: str, profile: str = "") -> None:  # noqa: A002
        self._folder = Path(folder)
        self._metadata = read_metadata(self._folder)
        self._profile = read_profile(Path(profile), self._folder) if profile else None
        self._stereo = takes_stereo(self._metadata, self._profile)
        self._arguments = self._profile.arguments if self._profile else ()
        spec = describe(id, self._folder, self._profile, profile_path=Path(profile) if profile else None)
        self.card, self.inputs, self.outputs = spec.card, spec.inputs, spec.outputs

    def setup(self, device: str) -> None:
        """Load the model and get it ready.

        Raises:
            ModelFormatError: ``model.pt`` is not a model.
            SettingsError: this machine has no such device.
        """
        self._device = choose_device(device)
        self._model = open_ready(self._folder, self._device, self._metadata.sample_rate, self._profile, self._stereo)
        self.notice = self._model.notice

    def _arrange(self, region: Region, controls: Controls) -> Companions:
        """Set the model's own arguments for a job; ``self._arranged`` takes what :class:`Companions` stacks.

        Raises:
            AudioFileError: a further track is not readable sound.
        """
        sent = [(item.name, track) for item, track in zip(waveforms(self._arguments), region.tracks[1:]) if track]
        names = [name for name, _ in sent]
        self._arranged = Arranged(self._model, 1 + self._stereo, names, argument_values(self._arguments, controls))
        paths = [track.path for _, track in sent]
        return Companions(paths, [probe(path).channels for path in paths], probe(region.audio.path).channels)
