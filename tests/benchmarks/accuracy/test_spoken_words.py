"""Sentences by eSpeak's library: each word begins where its sound does."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.accuracy.programs import MissingProgramError
from benchmarks.accuracy.spoken_words import Speaker


@pytest.fixture(scope="module")
def speaker() -> Speaker:
    try:
        return Speaker()
    except MissingProgramError as error:
        pytest.skip(error.message)


def test_words_begin_one_after_the_other_within_the_sound(speaker: Speaker) -> None:
    first = speaker.say("en-us+f3", 160, 50, "We recorded the second verse twice.")
    assert [word for _, word in first.words] == ["We", "recorded", "the", "second", "verse", "twice"]
    times = [at for at, _ in first.words]
    assert times == sorted(set(times)) and times[0] == 0.0 and times[-1] < len(first.sound) / first.rate
    slower = speaker.say("en-us+f3", 80, 50, "We recorded the second verse twice.")
    assert slower.words[-1][0] > 1.4 * times[-1] and len(slower.sound) > len(first.sound)


def test_a_word_behind_a_pause_begins_where_sound_does(speaker: Speaker) -> None:
    said = speaker.say("en-gb+m3", 160, 50, "Yes. Please come back.")
    begin = next(at for at, word in said.words if word == "Please")
    loud = np.abs(said.sound) > 0.02
    before, behind = (round((begin + shift) * said.rate) for shift in (-0.1, 0.15))
    assert not loud[before : round((begin - 0.01) * said.rate)].any() and loud[before:behind].any()
