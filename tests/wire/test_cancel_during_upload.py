"""A cancel that comes while the file is still on its way ends the job before it has begun."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fixtures.endpoints.mirror import Mirror, Reader, spec
from tests.fixtures.specs import wav
from tests.serving import Site, site
from tests.wire.clients import CLIENTS, Harp21, Harp30, Harp40, HarpClient
from tests.wire.sending import Sending, process
from tests.wire.transport import HarpError

SOUND = wav(bytes(range(256)) * 400)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    specs = [spec(Mirror, "test/mirror"), spec(Reader, "test/reader")]
    with site(tmp_path_factory.mktemp("home"), specs, workers=1) as made:
        yield made


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "take.wav"
    path.write_bytes(SOUND)
    return path


@contextmanager
def sending(server: Site, client: HarpClient, sound: Path) -> Iterator[Sending]:
    """Begin an upload, and wait until the server has seen it."""
    folder = server.uploads.work / "uploads"
    before = set(folder.iterdir())
    upload = Sending(client, sound)
    server.wait(lambda: set(folder.iterdir()) != before)
    with upload.raw:
        yield upload


def loaded(kind: type[HarpClient], server: Site, name: str = "mirror", token: str = "") -> HarpClient:
    client = kind(f"{server.url}/models/test/{name}", token)
    client.load()
    return client


@pytest.mark.parametrize("kind", CLIENTS, ids=lambda kind: kind.version)
def test_the_job_is_refused_and_the_next_one_runs(kind, server, sound):
    client = loaded(kind, server)
    with sending(server, client, sound) as upload:
        client.cancel()
        with sending(server, client, sound) as following:
            cancelled = upload.finish()
            with pytest.raises(HarpError, match=_told(kind)):
                process(client, cancelled)
            assert process(client, following.finish()) == 2
    assert server.open_jobs() == 0


@pytest.mark.parametrize("kind", CLIENTS, ids=lambda kind: kind.version)
def test_without_a_cancel_it_runs(kind, server, sound):
    client = loaded(kind, server)
    with sending(server, client, sound) as upload:
        assert process(client, upload.finish()) == 2


def test_a_cancel_of_another_caller_or_endpoint_ends_nothing(server, sound):
    client, tab, early = loaded(Harp30, server, token="hf_one"), loaded(Harp40, server), loaded(Harp21, server)
    other_tab = loaded(Harp40, server)
    other_tab.client_header = "tab-2"
    elsewhere = [loaded(Harp30, server, "reader", "hf_one"), loaded(Harp30, server, token="hf_two"), other_tab]
    with (
        sending(server, client, sound) as first,
        sending(server, tab, sound) as second,
        sending(server, early, sound) as third,
    ):
        for other in (*elsewhere, loaded(Harp21, server, "reader")):
            other.cancel()
        assert process(client, first.finish()) == 2
        assert process(tab, second.finish()) == 2
        assert process(early, third.finish()) == 2


def test_a_file_that_ran_before_the_cancel_may_run_again(server, sound):
    client = loaded(Harp30, server)
    uploaded = client.upload(sound)
    assert process(client, uploaded) == 2
    client.cancel()
    assert process(client, uploaded) == 2


def test_two_windows_of_one_machine_are_told_apart_by_two_addresses(server, sound):
    """One computes and one sends: with one address nothing tells which of them cancels, with two it is plain."""
    windows = [loaded(Harp30, server), loaded(Harp30, server)]
    windows[1].base_url = windows[1].base_url.replace("localhost", "127.0.0.1")
    next(widget for widget in windows[0].widgets if widget.label == "Seconds").value = 60.0
    event = windows[0].begin(sound)
    with sending(server, windows[0], sound) as same, sending(server, windows[1], sound) as upload:
        windows[0].cancel()
        windows[1].cancel()
        with pytest.raises(HarpError, match="cancelled"):
            process(windows[1], upload.finish())
        assert server.open_jobs() == 1, "in doubt, nothing is ended"
        same.finish()
    windows[0].cancel()
    server.wait(lambda: server.open_jobs() == 0)
    with pytest.raises(HarpError, match="cancelled"):
        windows[0].finish(event)


def _told(kind: type[HarpClient]) -> str:
    """Return what a user reads of the refusal: 1.4.1 and 2.0 cannot read an error, and 3.1 keeps it to itself."""
    return {"1.4.1": "should be an array", "2.0": "should be an array", "3.1": "The job failed"}.get(
        kind.version, "cancelled"
    )
