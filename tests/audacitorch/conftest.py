"""Models that several tests only read, exported once."""

from __future__ import annotations

from pathlib import Path

import pytest
from torch import nn

from tests.audacitorch.models import EFFECT, LABELER, Bands, Gain, MidSide, Pulses, save


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders ``gain``, ``midside``, ``bands`` (probabilities), ``indices`` and ``pulses`` with a model each."""
    home = tmp_path_factory.mktemp("models")
    save(Gain(), EFFECT, home / "gain")
    save(MidSide(nn.Identity()), {**EFFECT, "multichannel": True, "labels": ["Middle"]}, home / "midside")
    save(Bands(), LABELER, home / "bands")
    save(Bands(probabilities=False), LABELER, home / "indices")
    save(Pulses(nn.Identity()), {**LABELER, "labels": ["pulse"]}, home / "pulses")
    return home
