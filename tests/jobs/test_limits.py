"""Fair shares: each limit is kept, said, and told when it ends."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from app.config import Settings
from app.errors import LimitError, SettingsError
from app.jobs.job import Caller
from app.jobs.limits import Demand, Limits
from app.jobs.shares import SharesOf


def limits(own: Mapping[str, Mapping[str, int | float | str]] = MappingProxyType({}), **settings: object) -> Limits:
    """Return limits; ``own``: what somebody has in place of the settings."""
    server = Settings(home=Path("/nowhere"), **settings)  # type: ignore[arg-type]
    return Limits(server, SharesOf(server, lambda account: own.get(account, {})))


def job(who: str = "a", seconds: float = 60.0, waiting: int = 0) -> Demand:
    return Demand(who, seconds, seconds, waiting)


def refused(of: Limits, demand: Demand) -> LimitError:
    with pytest.raises(LimitError) as caught:
        of.admit(demand)
    return caught.value


def test_without_limits_anything_goes_and_no_library_is_needed(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "limits", None)
    free = limits()
    for _ in range(1000):
        free.admit(job(seconds=1e9, waiting=10_000))
    with free.uploading("a", 10**15):
        pass


def test_a_rate_is_each_callers_and_another_is_everybodys():
    both = limits(caller_rate="2/hour", rate="3/hour")
    both.admit(job("a"))
    both.admit(job("a"))
    error = refused(both, job("a"))
    assert error.message.startswith("You may have at most 2 jobs in 60 min; try again in ")
    assert 0 < error.again <= 2 * 3600
    both.admit(job("b"))
    assert refused(both, job("b")).message.startswith("All callers together may have at most 3 jobs in 60 min; try")


def test_what_is_refused_is_not_counted():
    both = limits(caller_rate="2/hour", caller_minutes=2.0)
    for _ in range(5):
        refused(both, job(seconds=121.0))
    both.admit(job(seconds=60.0))
    both.admit(job(seconds=60.0))


def test_the_sound_of_a_day_is_counted_in_seconds():
    daily = limits(caller_minutes=2.0, minutes=3.0)
    daily.admit(job("a", 90.0))
    error = refused(daily, job("a", 60.0))
    assert error.message.startswith("You may have at most 2 min of sound in 24 h; try again in ") and error.again > 60
    daily.admit(job("a", 30.0))
    assert "All callers together may have at most 3 min of sound" in refused(daily, job("b", 90.0)).message
    never = refused(daily, job("c", 7200.0))
    assert never.message.endswith("2 min of sound in 24 h, so this one is too long for a day.") and never.again == 0.0


def test_the_longest_region_and_the_jobs_that_wait():
    both = limits(longest_region=1.5, caller_queue=2)
    both.admit(job(seconds=90.0, waiting=1))
    assert refused(both, job(seconds=91.0)).message == (
        "This server takes at most 1.5 min of sound at once, and this is 1.52 min; send a shorter region."
    )
    assert refused(both, job(waiting=2)).message == (
        "You have 2 jobs waiting, which is the most here; wait until one has ended."
    )


def test_uploads_at_once_are_counted_while_they_arrive():
    both = limits(caller_upload=10, upload=15)
    mib = 1024 * 1024
    with both.uploading("a", 6 * mib):
        with pytest.raises(LimitError, match="You may send at most 10 MiB at once"), both.uploading("a", 5 * mib):
            pass
        with pytest.raises(LimitError, match="All together may send at most 15 MiB"), both.uploading("b", 10 * mib):
            pass
        with both.uploading("b", 9 * mib):
            pass
    with both.uploading("a", 10 * mib):
        pass
    with pytest.raises(LimitError, match="at once, and this is more") as caught, both.uploading("a", 11 * mib):
        pass
    assert caught.value.again == 0.0


def test_an_upload_that_does_not_tell_how_large_it_is_counts_as_it_comes():
    both, mib, seen = limits(caller_upload=10), 1024 * 1024, []
    both.watchers.append(seen.append)
    with both.uploading("a", 0) as arriving:
        arriving.came(6 * mib)
        with pytest.raises(LimitError, match="wait until"), both.uploading("a", 5 * mib):
            pass
        arriving.came(4 * mib)
        with pytest.raises(LimitError, match="and this is more"):
            arriving.came(1)
    with both.uploading("a", 10 * mib) as arriving:
        arriving.came(10 * mib)
    assert seen == [10 * mib, 10 * mib]


def test_when_to_try_again_is_when_it_goes(monkeypatch):
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now)
    chance = random.Random(1)
    daily = limits(caller_minutes=10.0, caller_rate="30/hour")
    tried = 0
    while tried < 40:
        wanted = job(seconds=chance.uniform(1.0, 590.0))
        try:
            daily.admit(wanted)
        except LimitError as error:
            tried += 1
            now += error.again - 1.5
            before = refused(daily, wanted)
            assert 0 < before.again <= 3
            now += 1.5
            daily.admit(wanted)
        now += chance.uniform(0.0, 3600.0)


def test_whoever_has_a_limit_of_their_own_has_that_in_place_of_the_servers():
    own = {"a": {"caller_rate": "1/hour", "caller_minutes": 0.0, "longest_region": 1.0}, "b": {"caller_queue": 1}}
    both = limits(own, caller_rate="2/hour", caller_minutes=1.0, longest_region=90.0, caller_queue=5, rate="9/hour")
    assert refused(both, job("a", 61.0)).message == (
        "Your key allows at most 1 min of sound at once, and this is 1.02 min; send a shorter region."
    )
    both.admit(Demand("a", 3600.0, 60.0, 4))  # any amount a day
    assert refused(both, job("a", 60.0)).message.startswith("You may have at most 1 job in 60 min; try again in ")
    assert refused(both, job("b", waiting=1)).message.startswith("You have 1 job waiting, which is the most here")
    both.admit(job("b", 60.0))
    assert refused(both, job("b", 30.0)).message.startswith("You may have at most 1 min of sound in 24 h")
    both.admit(job("c", 60.0, waiting=4))


def test_uploads_are_counted_by_the_limit_that_their_sender_has():
    mib = 1024 * 1024
    both = limits({"a": {"caller_upload": 3}, "b": {"caller_upload": 0}}, caller_upload=1)
    with both.uploading("a", 3 * mib), both.uploading("b", 90 * mib), both.uploading("c", mib):
        for who, most in (("a", 3), ("c", 1)):
            with pytest.raises(LimitError, match=f"You may send at most {most} MiB at once; wait"):
                both.uploading(who, 1).__enter__()


def test_a_limit_that_is_changed_holds_from_then_on():
    own: dict[str, dict[str, int | float | str]] = {}
    now = limits(own, caller_rate="1/hour")
    now.admit(job())
    refused(now, job())
    own["a"] = {"caller_rate": "3/hour"}
    now.admit(job())
    own["a"] = {"caller_rate": ""}
    for _ in range(9):
        now.admit(job())


@pytest.mark.parametrize("text", ["often", "60", "/hour", "-1/hour", "1/fortnight", "0/hour"])
def test_a_rate_that_is_none_is_a_sentence(text):
    with pytest.raises(SettingsError, match="caller_rate expects a number of jobs and a time, such as 60/hour"):
        limits(caller_rate=text)


def test_nobody_escapes_by_what_a_client_makes_up():
    assert Caller("1.2.3.4", token="x", client="y").account == Caller("1.2.3.4", token="z", client="w").account
    assert Caller("1.2.3.4", known="key 1").account == Caller("5.6.7.8", known="key 1").account
