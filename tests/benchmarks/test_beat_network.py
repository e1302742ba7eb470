"""How the beat network is trained: the same each time, on what the tracker hears."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks.accuracy.score import Song
from benchmarks.accuracy.songs_of_the_second_set import SONGS as SECOND
from benchmarks.accuracy.songs_of_the_third_set import SONGS as THIRD
from benchmarks.beat_fit.playing import performed
from benchmarks.beat_network.examples import FRAMES, _laid_out, example
from benchmarks.beat_network.listening import Piece, all_songs, held_out_songs, listened, metronomes
from benchmarks.beat_network.training import trained_on
from benchmarks.beat_network.validation import validated
from endpoints.bundled.beat_network import BeatNetwork, trained

RATE = 44100


@pytest.fixture(scope="module")
def clicks() -> list[Piece]:
    return metronomes()[:2]


def bars(song: dict) -> set[str]:
    lines = [*song["drums"].values(), *(part[4] for part in song["parts"])]
    return {bar.replace(" ", "") for line in lines for bar in line}


@pytest.mark.parametrize("piece", (*SECOND, *THIRD), ids=lambda song: song.name)
def test_no_song_that_is_learnt_is_like_one_of_the_later_sets(piece: Song) -> None:
    bpm = 60 / (piece.tempo.time(1) - piece.tempo.time(0))
    lines = [*piece.drums.values(), *(part.bars for part in piece.parts.values())]
    own = {bar.replace(" ", "") for line in lines for bar in ([line] if isinstance(line, str) else line)}
    for song in all_songs():
        if abs(song["bpm"] / bpm - 1) < 0.05:
            assert len(own & bars(song)) <= 0.5 * len(own), song["name"]


@pytest.mark.slow
def test_every_song_can_be_played_as_it_is_written() -> None:
    for song in (*all_songs(), *held_out_songs()):
        assert all(len(bar) % song["beats"] == 0 for bar in bars(song)), song["name"]
        notes, beats = performed(song)
        assert notes and beats[0][1] == 1 and {place for _, place in beats} == set(range(1, song["beats"] + 1))


def test_songs_held_out_are_not_learnt() -> None:
    learnt, held = ({str(song["name"]) for song in some} for some in (all_songs(), held_out_songs()))
    assert len(held) > 90 and not learnt & held


def test_what_is_learnt_from_is_laid_out_as_the_tracker_hears_it(clicks: list[Piece]) -> None:
    piece = clicks[0]
    strokes = (torch.from_numpy(part) for part in (piece.found, piece.strokes, piece.whole))
    heard = BeatNetwork().heard(*strokes).numpy()
    own = _laid_out(piece.found.astype(float), piece.strokes, len(piece.whole))
    np.testing.assert_allclose(own[:8], heard[:8], atol=1e-5)


def test_an_example_has_the_beats_where_they_are_played(clicks: list[Piece]) -> None:
    heard, classes, counts = example(clicks[0], np.random.default_rng(0))
    assert heard.shape == (9, FRAMES) and classes.shape == (3, FRAMES) and counts.shape == (FRAMES,)
    np.testing.assert_allclose(classes.sum(0), 1)
    on = np.flatnonzero((classes[0] == 0) & (counts > 0))
    near = [heard[7, max(0, at - 2) : at + 3].max() for at in on]
    assert len(on) > 10 and np.mean(np.array(near) > 0.3) > 0.8  # some strokes are missed on purpose


@pytest.mark.slow
def test_training_twice_gives_the_same_weights(clicks: list[Piece]) -> None:
    noise = listened("noise", 0.1 * np.random.default_rng(0).standard_normal(20 * RATE))
    once, again = (trained_on(clicks, [noise], clicks, 3).state_dict() for _ in range(2))
    assert all(torch.equal(once[name], again[name]) for name in once)


def test_how_good_it_is_is_told_of_what_has_beats_and_what_has_none(clicks: list[Piece]) -> None:
    noise = listened("noise", 0.1 * np.random.default_rng(0).standard_normal(20 * RATE))
    said = validated(trained(), clicks[1:], [noise])
    assert said.startswith("1 recordings: F 1.000, ")
    assert "tempo right 1.000, half of it 0.000, twice 0.000; beats in 0 of 1 sounds" in said
