"""What stands under the Process button before anything runs."""

from __future__ import annotations

import re

import pytest

from app.jobs.job import JobState, JobUpdate
from app.ui.progress_view import estimate_html, made_of_nothing_html, progress_html


@pytest.mark.parametrize(
    ("seconds", "speed", "words"),
    [
        (180.0, 4.5, "40 s"),
        (30.0, 9.0, "5 s"),
        (600.0, 4.0, "2 min"),
        (36_000.0, 2.0, "5.0 h"),
        (180.0, 0.0, ""),
        (10.0, 100.0, ""),
    ],
)
def test_how_long_a_sound_takes_is_told_where_it_is_worth_telling(seconds: float, speed: float, words: str) -> None:
    told = estimate_html(seconds, speed)
    assert re.sub("<[^>]*>", "", told) == (f"Takes about {words} on this machine." if words else "")
    # It was measured once: with more shifts or another model it takes another time.
    told = estimate_html(seconds, speed, settings=True)
    assert told.endswith(f"{words} on this machine with the settings as they are at first.</p>" if words else "")


def test_how_long_sound_takes_that_is_made_of_nothing() -> None:
    for speed, words in ((0.2, "50 s"), (0.01, "17 min"), (5.0, ""), (0.0, "")):
        told = re.sub("<[^>]*>", "", made_of_nothing_html(speed))
        end = f"take about {words} on this machine with the settings as they are at first."
        assert told == (f"Ten seconds of sound {end}" if words else "")


def test_words_of_a_job_stand_over_its_bar() -> None:
    html = progress_html(JobUpdate(JobState.RUNNING, 0.25, said='Learning: loss <0.5> "best"'))
    assert "Learning: loss &lt;0.5&gt; &quot;best&quot;</span><b>25 %</b>" in html and "Processing" not in html
