"""A job of minutes survives the low-speed limit of HARP's HTTP library."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from app.harp.heartbeat import EARLY_HEARTBEAT, HEARTBEAT
from tests.fixtures.endpoints.mirror import Mirror, spec
from tests.fixtures.specs import wav
from tests.serving import site
from tests.wire.clients import Harp21, Harp30, HarpClient
from tests.wire.low_speed import gives_up, starves

SCALE = 1 / 40
"""Every second of the heartbeats and of curl takes so long here; the bytes stay what they are."""


def beats(interval: float, size: int, until: float = 3600.0) -> list[tuple[float, int]]:
    """What a silent job's stream brings."""
    return [(n * interval, size) for n in range(1, int(until / interval))]


@pytest.mark.parametrize(("interval", "size"), [(15.0, 29), (15.0, 400)])
def test_the_stand_in_for_curl_gives_up_where_curl_did(interval, size):
    assert gives_up(beats(interval, size), 3600.0) == pytest.approx(121.0, abs=1.0)


@pytest.mark.parametrize(("interval", "size"), [(15.0, 1000), (15.0, 2000), (1.0, 254)])
def test_the_stand_in_for_curl_holds_on_where_curl_did(interval, size):
    assert gives_up(beats(interval, size), 3600.0) is None


@pytest.mark.parametrize("beat", [HEARTBEAT, EARLY_HEARTBEAT])
def test_ten_silent_minutes_are_survived(beat):
    arrivals = beats(beat.interval, len(beat.text), until=600.0)
    assert gives_up(arrivals, 590.0) is None
    assert not starves(arrivals, 590.0)


@pytest.mark.parametrize("beat", [HEARTBEAT, EARLY_HEARTBEAT])
def test_heartbeats_hold_nothing_that_a_client_waits_for(beat):
    assert b"complete" not in beat.text and b"error" not in beat.text
    assert b"data:" not in beat.text, "1.4.1 and 2.0 take it for the answer"
    assert beat.text.startswith(b":") and beat.text.endswith(b"\n\n") and beat.text.count(b"\n") == 2
    assert beat.interval <= 15.0


def wait_for_a_long_job(client: HarpClient, sound: Path, ends: list[object]) -> None:
    """Run a job of three minutes (scaled); note what its stream brought and when."""
    client.load()
    next(item for item in client.widgets if item.label == "Seconds").value = 180.0 * SCALE
    event, arrivals, start = client.begin(sound), [], time.monotonic()

    def first_answer(stream) -> str:
        told = ""
        for line in stream.lines():
            arrivals.append((time.monotonic() - start, len(line) + 1))
            told += f"{line}\n"
        return told

    client._first_answer = first_answer
    files = client.finish(event).files
    ends.append((len(files), arrivals, time.monotonic() - start))


def test_a_job_of_three_minutes_reaches_clients_of_either_kind(tmp_path, monkeypatch):
    for name, beat in (("HEARTBEAT", HEARTBEAT), ("EARLY_HEARTBEAT", EARLY_HEARTBEAT)):
        monkeypatch.setattr(f"app.web.harp_routes.{name}", replace(beat, interval=beat.interval * SCALE))
    sound, ends = tmp_path / "take.wav", []
    sound.write_bytes(wav(bytes(400)))
    with site(tmp_path / "home", [spec(Mirror, "test/mirror")], workers=2) as server:
        clients = [kind(f"{server.url}/models/test/mirror") for kind in (Harp30, Harp21)]
        threads = [threading.Thread(target=wait_for_a_long_job, args=(client, sound, ends)) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert [count for count, _, _ in ends] == [2, 2]
    for _, arrivals, took in ends:
        assert took >= 180.0 * SCALE
        assert gives_up(arrivals, took, SCALE) is None
        assert not starves(arrivals, took, SCALE)
