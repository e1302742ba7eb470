"""The models that ship with the server: plain torch modules, each following a published method.

They take the way that any author's model takes: scripted, saved as ``model.pt`` and ``metadata.json`` by the project's
own exporter (``python -m endpoints.bundled --out FOLDER``), then served from these files. Importing this package
imports no torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from endpoints.bundled.packaged_weights import PackagedWeights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    Example = tuple[NDArray[np.float32] | Tensor, int]

NAMES = (
    "harmonic_percussive",
    "centre_extraction",
    "noise_reduction",
    "voice_activity",
    "pitch_notes",
    "onsets_beats",
    "chords",
    "instruments",
    "key",
)
"""The modules of this package that define a ``MODEL``, in the order in which the models are shown."""


@dataclass(frozen=True)
class BundledModel:
    """One model that ships with the server, before its export.

    Attributes:
        id: ``harpist/<name>``; :func:`model_id` of the module's name.
        build: returns the module to script, on the bases of :mod:`app.audacitorch.bases`.
        metadata: the content of ``metadata.json``.
        paper: the publication that the model follows, for its README.
        example: makes a short sound to try it with: samples ``(channels, samples)``, float32 in -1..1, and their rate
            in Hz.
        weights: files of packages that ``build`` reads, of :mod:`endpoints.bundled.network_weights`; the model is left
            out where they are missing.
    """

    id: str
    build: Callable[[], nn.Module]
    metadata: Mapping[str, object]
    paper: str
    example: Callable[[], Example]
    weights: tuple[PackagedWeights, ...] = ()

    @property
    def licence(self) -> str:
        """The hub's id of the licence: that of the weights, which ours (MIT) adds nothing to; several with commas."""
        return ", ".join(sorted({weights.licence.lower() for weights in self.weights})) or "mit"


def model_id(name: str) -> str:
    """Return the endpoint id of a module of :data:`NAMES`.

    >>> model_id("harmonic_percussive")
    'harpist/harmonic-percussive'
    """
    return f"harpist/{name.replace('_', '-')}"


def load(name: str) -> BundledModel:
    """Import one module of :data:`NAMES` and return its model."""
    model = import_module(f"{__name__}.{name}").MODEL
    assert isinstance(model, BundledModel)
    assert model.id == model_id(name), f"{name} should define {model_id(name)}, not {model.id}"
    return model
