"""The network beside the authors' own graph, whose answers ``tests/fixtures/musicnn`` keeps."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from endpoints.bundled.musicnn_network import FRAMES, LogMel, Musicnn, slaney_bands
from endpoints.bundled.network_weights import MUSICNN
from endpoints.bundled.tensor_bundle import read_tensors
from tests.fixtures.musicnn.sound import sound

KEPT = np.load(Path(__file__).parents[2] / "fixtures" / "musicnn" / "reference.npz")
HOP = 93
"""Frames from one of the kept patches to the next."""


@pytest.fixture(scope="module")
def log_mel() -> torch.Tensor:
    return LogMel()(torch.from_numpy(sound().astype(np.float32)))


def test_the_spectrogram_is_librosas(log_mel: torch.Tensor) -> None:
    assert log_mel.shape == (626, 96)
    np.testing.assert_allclose(log_mel[::100].numpy(), KEPT["log_mel"], atol=2e-5)


@pytest.mark.parametrize(("name", "first"), [("MTT", 0), ("MSD", 2)])
def test_the_probabilities_are_those_of_the_authors_graph(log_mel: torch.Tensor, name: str, first: int) -> None:
    network = Musicnn(read_tensors(MUSICNN[first].read(), MUSICNN[first + 1].read())).eval()
    patches = torch.stack([log_mel[at : at + FRAMES] for at in range(0, len(log_mel) - FRAMES + 1, HOP)])
    with torch.inference_mode():
        found = network(patches).numpy()
    assert KEPT[name].max() > 0.5, "there is something to be right about"
    np.testing.assert_allclose(found, KEPT[name], atol=1e-4)
    assert "musicnn" not in sys.modules
    assert "tensorflow" not in sys.modules


def test_the_bands_are_triangles_of_one_area_on_slaneys_scale() -> None:
    bands = slaney_bands(40, 1 << 16, 16000).double().numpy()
    tops = bands.argmax(0) * 16000 / (1 << 16)
    assert np.ptp(np.diff(tops[:12])) < 0.6, "evenly spaced below 1 kHz"
    assert np.ptp(tops[21:] / tops[20:-1]) < 1e-3, "by one factor above"
    np.testing.assert_allclose(bands.sum(0) * 16000 / (1 << 16), 1.0, atol=1e-4)


def test_a_network_that_lacks_a_tensor_is_none() -> None:
    with pytest.raises(KeyError):
        Musicnn({})
