"""With how many bits a network computes: as the operator asked, where its stems stay the same within 60 dB."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.audacitorch.inference import precision
from endpoints.stems.all_stems import FourStems
from endpoints.stems.htdemucs import open_htdemucs
from endpoints.stems.network import Network
from endpoints.stems.versions import HTDEMUCS
from tests.endpoints.stems import driving, tiny

tiny.needs_demucs()


@pytest.fixture
def network(tmp_path: Path) -> Network:
    tiny.save(tmp_path / "tiny.safetensors", 1)
    return open_htdemucs(tmp_path / "tiny.safetensors", tiny.FOUR, "cpu")


@pytest.fixture
def capable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor that has bfloat16; others emulate it, slowly."""
    monkeypatch.setattr(precision, "_bf16_processor", lambda: True)


@pytest.mark.usefixtures("capable")
def test_fewer_bits_are_used_where_the_stems_stay_the_same(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = driving.music(1.0)[:, : network.segment].astype(np.float32)
    exact = network(noise)
    refused = network.settle("bfloat16")
    assert refused.startswith("The model computes in float32, not bfloat16: the error would be -")
    assert refused.endswith("dB, and -60 dB is allowed.")
    assert np.array_equal(network(noise), exact), "a refusal changes nothing"
    monkeypatch.setattr(precision, "MOST_ERROR", -10.0)
    assert network.settle("bfloat16") == ""
    rough = network(noise)
    assert rough.dtype == np.float32
    level = precision.error_level([rough], [exact])
    assert level is not None and -60 < level < -10


def test_what_was_not_asked_for_costs_nothing(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Network, "__call__", lambda *_: pytest.fail("it computed"))
    assert network.settle("float32") == ""
    assert network.settle("float16") == "The model computes in float32, not float16: float16 is for GPUs."


@pytest.mark.usefixtures("capable")
def test_a_network_that_fails_so_stays_as_it_was(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = network._model.forward

    def only_whole(mix: object) -> object:
        if network.precision != "float32":
            raise RuntimeError("no kernel for this type")
        return exact(mix)

    monkeypatch.setattr(network._model, "forward", only_whole)
    assert network.settle("bfloat16").endswith("it failed or returned another shape so.")
    assert network.precision == "float32"


def test_the_user_reads_that_it_is_not_as_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARPIST_PRECISION", "float16")
    made = driving.endpoint(FourStems, driving.weights(tmp_path, HTDEMUCS))
    _, outputs, _ = driving.run(made, driving.music(0.4), tmp_path / "run")
    assert "The model computes in float32, not float16: float16 is for GPUs." in outputs[0].notice
