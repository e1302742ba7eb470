"""Calls on Gradio's own addresses that come without a session, or are withdrawn: each job lives as long as its call."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from gradio_client import Client, handle_file

from app.ui.api import CANCELLED, NOTHING_RUNS
from tests.ui.page_site import PageSite

LONGER_THAN_THE_GRACE = 2.5
"""Seconds: a look, the shortened grace of a session that has no stream open, and another look."""


@pytest.fixture
def base(site: PageSite) -> Iterator[str]:
    httpx.get(f"{site.endpoint('slow')}/config", timeout=60)
    yield f"{site.endpoint('slow')}/gradio_api"
    wait_for(lambda: site.open_jobs() == 0)


@pytest.fixture
def values(site: PageSite, base: str) -> list[object]:
    path = httpx.post(f"{base}/upload", files={"files": ("a.wav", site.tone.read_bytes())}).json()[0]
    return [{"path": path, "meta": {"_type": "gradio.FileData"}}, "Keep stereo", 100]


def wait_for(happened: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


@contextlib.contextmanager
def calling(site: PageSite, url: str, body: dict[str, object]) -> Iterator[tuple[httpx.Client, list[httpx.Response]]]:
    """Make a call that is not answered for minutes; going away from it at the end."""
    client, answers, before = httpx.Client(timeout=120), [], site.open_jobs()

    def call() -> None:
        with contextlib.suppress(httpx.TransportError):
            answers.append(client.post(url, json=body))

    thread = threading.Thread(target=call)
    thread.start()
    try:
        wait_for(lambda: site.open_jobs() == before + 1)
        yield client, answers
    finally:
        for connection in client._transport._pool.connections:
            connection._connection._network_stream.get_extra_info("socket").shutdown(2)
        thread.join(10)
        client.close()


@contextlib.contextmanager
def begun(site, jobs: int):
    """Wait until so many jobs are open."""
    wait_for(lambda: site.open_jobs() == jobs)
    yield


def test_a_direct_call_may_take_long_with_a_session_and_without(site, base, values, capfd, monkeypatch):
    monkeypatch.setattr("app.ui.page_app._GRACE", 0.3)
    url = f"{base}/run/process"
    event = httpx.post(f"{base}/call/v2/process", json={"input_audio": values[0]}).json()["event_id"]
    bodies = [{"data": values}, {"data": values, "session_hash": "abc"}]
    with (
        httpx.stream("GET", f"{base}/call/v2/process/{event}", timeout=60),
        begun(site, 1),
        calling(site, url, bodies[0]) as (_, first),
        calling(site, url, bodies[1]) as (_, second),
    ):
        time.sleep(LONGER_THAN_THE_GRACE)
        assert site.open_jobs() == 3 and not first and not second
    wait_for(lambda: site.open_jobs() == 0)
    assert "Traceback" not in "".join(capfd.readouterr())


def test_without_a_session_a_cancel_ends_the_only_job_of_its_caller(site, base, values):
    headers = {"Authorization": "Bearer another"}
    with calling(site, f"{base}/run/process", {"data": values}) as (_, answers):
        cancel = f"{base}/run/cancel"
        assert httpx.post(cancel, json={"data": []}, headers=headers).json()["data"] == [NOTHING_RUNS]
        assert httpx.post(cancel, json={"data": [], "session_hash": "abc"}).json()["data"] == [NOTHING_RUNS]
        with calling(site, f"{base}/run/process", {"data": values}):
            assert httpx.post(cancel, json={"data": []}).json()["data"] == [NOTHING_RUNS], "two: in doubt, none"
        wait_for(lambda: site.open_jobs() == 1)
        assert not answers
        assert httpx.post(cancel, json={"data": []}).json()["data"] == [CANCELLED]
        wait_for(lambda: bool(answers))
    assert answers[0].status_code == 500 and answers[0].json()["error"] == "The job was cancelled."


def test_a_job_that_a_client_withdraws_stops_computing(site, base):
    client = Client(site.endpoint("slow"), verbose=False)
    try:
        job = client.submit(handle_file(site.tone), "Keep stereo", 100, api_name="/process")
        wait_for(lambda: site.open_jobs() == 1)
        assert job.cancel()
        wait_for(lambda: site.open_jobs() == 0, 60)
    finally:
        client.close()
