from __future__ import annotations

import asyncio

import pytest

from app.ui.presence import OpenStreams, Presence
from app.ui.sessions import SessionOwners

BASE = "/models/a/b/gradio_api"


def opening(path: str, query: bytes = b"", method: str = "GET") -> dict[str, object]:
    return {"type": "http", "method": method, "path": f"{BASE}/{path}", "query_string": query, "headers": []}


def test_a_session_is_absent_once_its_last_stream_has_been_closed_for_the_grace():
    async def check() -> None:
        finish = asyncio.Event()

        async def stream(scope, receive, send) -> None:
            await finish.wait()

        presence = Presence(stream, OpenStreams(), SessionOwners())
        scopes = [opening("heartbeat/me"), opening("queue/data", b"session_hash=me")]
        streams = [asyncio.create_task(presence(scope, None, None)) for scope in scopes]
        await asyncio.sleep(0)
        clients = {"session:me", "session:gone"}
        assert presence.absent(clients, 0.05) == set()
        await asyncio.sleep(0.06)
        assert presence.absent(clients, 0.05) == {"session:gone"}
        streams[0].cancel()
        await asyncio.sleep(0.06)
        assert presence.absent(clients, 0.05) == {"session:gone"}
        finish.set()
        await asyncio.wait(streams)
        assert presence.absent(clients, 0.05) == {"session:gone"}
        await asyncio.sleep(0.06)
        assert presence.absent(clients, 0.05) == clients

    asyncio.run(check())


@pytest.mark.parametrize(
    ("scope", "client"),
    [
        (opening("heartbeat/me"), "session:me"),
        (opening("queue/data", b"a=b&session_hash=me"), "session:me"),
        (opening("call/v2/process/event"), "session:event"),
    ],
)
def test_the_streams_that_bring_results_count(scope, client):
    streams, seen = OpenStreams(), []

    async def look(scope, receive, send) -> None:
        seen.append(streams.absent({client, "session:other"}, 0.0))

    asyncio.run(Presence(look, streams, SessionOwners())(scope, None, None))
    assert seen == [{"session:other"}]
    assert streams.absent({client}, 0.0) == {client}


def test_an_earlier_absence_does_not_shorten_a_later_one():
    async def check() -> None:
        streams = OpenStreams()
        assert streams.absent({"session:me"}, 0.05) == set()
        assert streams.absent(set(), 0.05) == set(), "its job has ended; there is nothing to look for"
        await asyncio.sleep(0.06)
        assert streams.absent({"session:me"}, 0.05) == set(), "a new job has the whole grace"

    asyncio.run(check())
