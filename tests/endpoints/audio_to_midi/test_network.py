"""The network beside the authors' own graph, whose answers ``original_basic_pitch.npz`` keeps."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch

from endpoints.audio_to_midi.harmonic_cqt import BINS, FRAMES, HOP, OCTAVE, SAMPLE_RATE, WINDOW, HarmonicCqt
from endpoints.audio_to_midi.network import NoteNetwork, network
from endpoints.bundled.network_weights import BASIC_PITCH
from endpoints.bundled.onnx_weights import read_tensors
from tests.endpoints.audio_to_midi.original_basic_pitch import EVERY, KEPT, sound


def test_the_posteriors_are_those_of_the_authors_graph() -> None:
    with np.load(KEPT) as kept, torch.inference_mode():
        found = network()(torch.from_numpy(sound()))
        for name, every in (("notes", EVERY), ("onsets", EVERY), ("contours", 2 * EVERY)):
            assert kept[name].max() > 0.8, "there is something to be right about"
            np.testing.assert_allclose(getattr(found, name)[:, ::every].numpy(), kept[name], atol=1e-5)
    assert found.notes.shape == found.onsets.shape == (2, FRAMES, 88)
    assert found.contours.shape == (2, FRAMES, BINS)
    assert not {"basic_pitch", "onnxruntime", "onnx"} & set(sys.modules)


@pytest.mark.parametrize("key", [9, 33, 57, 81])
def test_a_tone_is_heard_at_its_bin_and_its_partials_lie_upon_it(key: int) -> None:
    heard = HarmonicCqt({name: torch.from_numpy(part) for name, part in read_tensors(BASIC_PITCH.read()).items()})
    hertz = 27.5 * 2 ** (key / 12)
    time = torch.arange(WINDOW, dtype=torch.float64) / SAMPLE_RATE
    partials = [harmonic for harmonic in range(1, 8) if harmonic * hertz < 10000]
    for number, harmonic in enumerate(partials, 1):
        tone = torch.sin(2 * torch.pi * harmonic * hertz * time).to(torch.float32)[None]
        stacked = heard(tone)[0, :, FRAMES // 2]
        if (stacked[number] == stacked[1].max()).any():
            assert abs(int(stacked[number].argmax()) - 3 * key) <= 1
    assert stacked.shape == (8, BINS)
    assert OCTAVE * HOP > 0


def test_silence_is_nothing() -> None:
    with torch.inference_mode():
        found = network()(torch.zeros(1, WINDOW))
    assert all(bool(torch.isfinite(part).all()) for part in found)


def test_a_network_that_lacks_a_tensor_is_none() -> None:
    with pytest.raises(KeyError):
        NoteNetwork({})
