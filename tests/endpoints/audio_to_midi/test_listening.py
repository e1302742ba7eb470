"""Sound of any length through the network."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from endpoints.audio_to_midi.harmonic_cqt import HOP, SAMPLE_RATE, WINDOW
from endpoints.audio_to_midi.listening import EDGE, NEW, Heard, Listener
from endpoints.audio_to_midi.network import NoteNetwork, network

Sound = NDArray[np.float32]


@pytest.fixture(scope="module")
def net() -> NoteNetwork:
    torch.set_num_threads(1)
    return network()


def heard(net: NoteNetwork, sound: Sound, block: int = 65536) -> Heard:
    blocks = [sound[:, start : start + block] for start in range(0, sound.shape[1], block)]
    return Heard(*(np.concatenate(parts) for parts in zip(*Listener(net, len(sound)).hear(blocks))))


def tones(seconds: float, channels: int = 1) -> Sound:
    """A tone every half second, each a fifth above the one before it."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    hertz = 110 * 1.5 ** (np.floor(2 * time) % 6)
    sound = np.exp(-6 * (time % 0.5)) * np.sin(2 * np.pi * hertz * (time % 0.5))
    return np.repeat(0.5 * sound[None], channels, 0).astype(np.float32)


def test_how_the_sound_is_cut_changes_nothing(net: NoteNetwork) -> None:
    sound = tones(6.1)
    whole = heard(net, sound, 10**9)
    assert len(whole.notes) == -(-sound.shape[1] // HOP)
    for block in (65536, 4801, WINDOW):
        for one, other in zip(whole, heard(net, sound, block)):
            np.testing.assert_array_equal(one, other)


def test_windows_are_those_of_the_network_itself(net: NoteNetwork) -> None:
    sound = tones(6.1)
    found = heard(net, sound)
    padded = np.pad(sound, ((0, 0), (EDGE * HOP, WINDOW)))
    for window in range(3):
        start = window * NEW * HOP
        with torch.inference_mode():
            notes = net(torch.from_numpy(padded[:, start : start + WINDOW].copy())).notes[0].numpy()
        np.testing.assert_array_equal(found.notes[window * NEW :][:NEW], notes[EDGE : EDGE + NEW])


@pytest.mark.parametrize("samples", [1, 255, 256, 257, WINDOW, WINDOW - EDGE * HOP, NEW * HOP, NEW * HOP + 1])
def test_every_length_has_its_frames(net: NoteNetwork, samples: int) -> None:
    found = heard(net, tones(3.0)[:, :samples])
    assert len(found.notes) == len(found.onsets) == len(found.contours) == -(-samples // HOP)


def test_a_tone_stands_at_its_time(net: NoteNetwork) -> None:
    onsets = heard(net, tones(6.1)).onsets.max(1)
    for beat in range(1, 12):
        frame = beat * 0.5 * SAMPLE_RATE / HOP
        near = onsets[round(frame) - 8 : round(frame) + 9]
        assert near.max() > 0.5
        assert abs(int(near.argmax()) - 8) <= 2


def test_hiss_far_below_any_music_is_silence(net: NoteNetwork) -> None:
    hiss = np.random.default_rng(1).normal(0, 1e-5, (1, 3 * SAMPLE_RATE)).astype(np.float32)
    assert max(float(part.max()) for part in heard(net, hiss)) == 0.0


def test_channels_that_cancel_each_other_are_told_and_heard(net: NoteNetwork) -> None:
    sound = tones(3.0, 2)
    listener = Listener(net, 2)
    same = list(listener.hear([sound]))
    assert not listener.cancelled
    listener = Listener(net, 2)
    inverted = list(listener.hear([sound * np.array([[1], [-1]], np.float32)]))
    assert listener.cancelled
    np.testing.assert_array_equal(same[0].notes, inverted[0].notes)
