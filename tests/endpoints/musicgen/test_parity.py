"""Our own loop against the library's ``generate``, on tiny networks of the same numbers: the likeliest tokens."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from transformers.audio_utils import chroma_filter_bank

from endpoints.musicgen.building import RATE
from endpoints.musicgen.chroma import LENGTH, filters, from_moment, loudest_notes
from endpoints.musicgen.drawing import Drawing
from endpoints.musicgen.generating import Wanted, continued, sounded
from endpoints.musicgen.network import Network
from endpoints.musicgen.published import CODEC_FILE, MUSIC_FILE, SMALL, T5
from tests.endpoints.musicgen import tiny_networks as tiny

CALM_PIANO = torch.tensor([[3, 4, 1]])


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return tiny.save(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def network(at: dict[str, Path]) -> Network:
    return Network(at[SMALL.weights.repo] / CODEC_FILE, at[T5.repo], "cpu")


def notes() -> torch.Tensor:
    """A melody that runs through a fourth again and again, and changes its notes every second."""
    return torch.nn.functional.one_hot(torch.arange(LENGTH) // 8 % 5, 12).float()


@pytest.mark.parametrize("guidance", [1.0, 3.0])
@pytest.mark.parametrize("name", [one.name for one in tiny.EVERY])
def test_new_music_is_the_librarys(network: Network, at: dict[str, Path], name: str, guidance: float) -> None:
    number, kind = [one.name for one in tiny.EVERY].index(name), tiny.KINDS[name]
    network.open(at[tiny.EVERY[number].weights.repo] / MUSIC_FILE)
    told = {"input_features": notes()[None]} if kind.follows else {}
    # Each book lies a step behind the one before it: three more than there is music.
    theirs = tiny.reference(kind, 3 + number).generate(
        input_ids=CALM_PIANO,
        attention_mask=torch.ones_like(CALM_PIANO),
        do_sample=False,
        guidance_scale=guidance,
        max_new_tokens=40 + tiny.BOOKS - 1,
        **told,
    )
    wanted = Wanted(network.meaning("calm piano"), notes() if kind.follows else None, Drawing(guidance, 1.0, 1), 1)
    tokens = continued(network, torch.zeros(network.books, 0, dtype=torch.long), 40, wanted, lambda _: None)
    ours = sounded(network, tokens, lambda _: None)
    assert ours.shape == (kind.channels, 40 * 640) and len(tokens.unique()) > 5
    assert (ours - theirs[0]).abs().max() < 1e-6 < ours.abs().max()


@pytest.mark.parametrize("name", ["Small", "Stereo small"])
def test_what_follows_a_sound_is_the_librarys(network: Network, at: dict[str, Path], name: str) -> None:
    number, kind = [one.name for one in tiny.EVERY].index(name), tiny.KINDS[name]
    network.open(at[tiny.EVERY[number].weights.repo] / MUSIC_FILE)
    sound = torch.stack([tiny.tone(0.6) * (1 - 0.4 * channel) for channel in range(kind.channels)])
    theirs = tiny.reference(kind, 3 + number).generate(
        input_ids=CALM_PIANO,
        attention_mask=torch.ones_like(CALM_PIANO),
        input_values=sound[None],
        do_sample=False,
        guidance_scale=3.0,
        max_new_tokens=20 + tiny.BOOKS - 1,
    )
    wanted = Wanted(network.meaning("calm piano"), None, Drawing(3.0, 1.0, 1), 1)
    tokens = continued(network, network.tokens(sound), 20, wanted, lambda _: None)
    assert tokens.shape == (network.books, 50)
    assert (sounded(network, tokens, lambda _: None) - theirs[0]).abs().max() < 1e-6


def test_the_filters_are_the_librarys() -> None:
    theirs = torch.from_numpy(chroma_filter_bank(16384, 12, RATE, tuning=0)).float()
    assert (filters(RATE) - theirs).abs().max() < 1e-6


@pytest.mark.parametrize("seconds", [0.3, 2.0, 9.0])
def test_what_is_heard_of_a_melody_is_the_librarys(seconds: float) -> None:
    """Its own code, of which torchaudio's part alone, the spectrogram, is put in."""
    rise = torch.cat([tiny.tone(seconds / 3) * 0.5, 0.2 * torch.randn(16000, generator=torch.manual_seed(1))])
    sound = torch.cat([rise, torch.sin(torch.arange(round(seconds * RATE)) * (0.05 + seconds / 90))])
    window = torch.hann_window(16384)

    def spectrogram(wave: torch.Tensor) -> torch.Tensor:
        found = torch.stft(wave, 16384, 4096, window=window, center=True, return_complex=True)
        return (found / window.square().sum().sqrt()).abs().square()

    bank = torch.from_numpy(chroma_filter_bank(16384, 12, RATE, tuning=0)).float()
    stand_in = SimpleNamespace(n_fft=16384, spectrogram=spectrogram, chroma_filters=bank)
    module = import_module("transformers.models.musicgen_melody.feature_extraction_musicgen_melody")
    theirs = module.MusicgenMelodyFeatureExtractor._torch_extract_fbank_features(stand_in, sound[None])[0]
    ours = loudest_notes(sound, RATE, lambda: None)
    assert torch.equal(ours, theirs) and len(ours.argmax(1).unique()) > 1
    # What is shorter than a window of 30 s is repeated, as the library does.
    assert torch.equal(from_moment(ours, 0.0, RATE), theirs.repeat(-(-LENGTH // len(theirs)), 1)[:LENGTH])
