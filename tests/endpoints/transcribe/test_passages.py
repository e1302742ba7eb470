"""A region in passages: at pauses, without what is silent, and none of speech is lost."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from endpoints.bundled.labeler_examples import speech
from endpoints.bundled.network_weights import SILERO_VAD
from endpoints.bundled.silero_network import SileroNetwork, silero_network
from endpoints.transcribe.passages import Passage, Passages

RATE = 16000


@pytest.fixture(scope="module")
def network() -> SileroNetwork:
    return silero_network(SILERO_VAD.read())


def phrases() -> Any:
    """Return 7 s of a talking machine: at 0.6 to 1.4, 2.6 to 3.8, 5.2 to 5.8 s."""
    return np.asarray(speech()[0], np.float32).reshape(-1)


def blocks(sound: Any, size: int = 5000) -> Iterator[Any]:
    for at in range(0, len(sound), size):
        yield sound[None, at : at + size]


def cut(sound: Any, network: SileroNetwork | None, size: int = 5000) -> list[Passage]:
    return list(Passages(blocks(sound, size), network))


@pytest.mark.parametrize("size", [1600, 70000, 10**7])
def test_all_that_is_spoken_lies_in_one_passage_and_none_is_long(network: SileroNetwork, size: int) -> None:
    sound = np.tile(phrases(), 12)
    found = cut(sound, network, size)
    assert all(0.5 * RATE < len(one.sound) <= 30 * RATE for one in found) and len(found) <= 6
    assert all(np.array_equal(one.sound, sound[one.start : one.start + len(one.sound)]) for one in found)
    assert all(one.start + len(one.sound) <= after.start for one, after in pairwise(found))
    for turn in range(12):
        for begin, end in ((0.6, 1.4), (2.6, 3.8), (5.2, 5.8)):
            first, last = (round((7 * turn + at) * RATE) for at in (begin + 0.05, end - 0.05))
            assert any(one.start <= first and last <= one.start + len(one.sound) for one in found), (turn, begin)
    begun = {round((one.start + at) / RATE % 7, 1) for one in found for at, _ in one.spoken}
    assert all(min(abs(at - real) for real in (0.6, 2.6, 5.2)) < 0.2 for at in begun)


def test_what_is_no_speech_lies_in_none(network: SileroNetwork) -> None:
    noise = np.random.default_rng(1).standard_normal(100 * RATE).astype(np.float32) * 0.05
    assert cut(noise, network) == []
    assert cut(np.zeros(65 * RATE, np.float32), network) == []
    assert cut(np.zeros(65 * RATE, np.float32), None) == []
    alone = cut(np.concatenate([np.zeros(200 * RATE, np.float32), phrases(), np.zeros(40 * RATE, np.float32)]), network)
    assert len(alone) == 1 and 200.2 < alone[0].start / RATE < 200.6 and len(alone[0].sound) < 6.2 * RATE


def test_a_long_pause_is_not_heard(network: SileroNetwork) -> None:
    """Whatever is cut into silence, where it lies in a window: Whisper invents text there."""
    for pause in (5, 14, 26, 31):
        quiet = np.random.default_rng(pause).standard_normal(pause * RATE).astype(np.float32) * 0.001
        found = cut(np.concatenate([phrases(), quiet, np.tile(phrases(), 4)]), network)
        assert len(found[0].sound) < 6.2 * RATE and found[1].start > (6.5 + pause) * RATE


def test_who_never_pauses_is_cut_where_it_is_quietest(network: SileroNetwork) -> None:
    voiced = np.tile(phrases()[round(2.65 * RATE) : round(3.75 * RATE)], 60)
    voiced[26 * RATE : 26 * RATE + 1600] *= 0.05
    found = cut(voiced, network)
    end = found[0].start + len(found[0].sound)
    assert 26.0 <= end / RATE <= 26.1 and found[1].start == end


def test_without_the_network_everything_is_heard_and_cut_where_it_is_quiet() -> None:
    sound = np.random.default_rng(2).standard_normal(70 * RATE).astype(np.float32) * 0.2
    sound[24 * RATE : 25 * RATE] *= 1e-3
    found = cut(sound, None)
    assert np.array_equal(np.concatenate([one.sound for one in found]), sound)
    assert 24.0 <= len(found[0].sound) / RATE <= 25.0
    assert all(15 * RATE <= len(one.sound) <= 30 * RATE for one in found[:-1])


@pytest.mark.parametrize("samples", [1, 511, 30 * RATE - 1, 30 * RATE, 30 * RATE + 1])
def test_every_length_comes_to_its_end(network: SileroNetwork, samples: int) -> None:
    sound = np.resize(phrases(), samples)
    for one in (network, None):
        passages = Passages(blocks(sound), one)
        total = sum(len(passage.sound) for passage in passages)
        assert passages.reached == samples and total <= samples
        assert one is not None or total == samples


@pytest.mark.parametrize("with_network", [True, False])
def test_what_is_to_be_heard_again_comes_again(network: SileroNetwork, with_network: bool) -> None:
    sound = np.tile(phrases(), 9)
    passages = Passages(blocks(sound), network if with_network else None)
    found: list[Passage] = []
    for passage in passages:
        found.append(passage)
        if len(found) == 1:
            passages.again(passage, 3 * RATE)
    begin = found[0].start + 3 * RATE
    assert begin <= found[1].start < begin + 3 * RATE
    for one in found[1:]:
        whole = sound[one.start : one.start + len(one.sound)]
        # The pause behind a passage that is heard again is silence.
        assert np.array_equal(one.sound[one.sound != 0], whole[one.sound != 0])
    assert passages.reached == len(sound)


def test_channels_that_cancel_each_other_are_told() -> None:
    sound = phrases()
    passages = Passages(iter([np.stack([sound, -sound])]), None)
    [passage] = passages
    assert passages.cancelled and np.array_equal(passage.sound, sound)
    passages = Passages(iter([np.stack([sound, sound])]), None)
    assert len(list(passages)) == 1 and not passages.cancelled
