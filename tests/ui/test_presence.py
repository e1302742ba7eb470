from __future__ import annotations

import asyncio

from app.ui.presence import Presence


def test_a_session_is_absent_once_its_last_stream_has_been_closed_for_the_grace():
    async def check() -> None:
        finish = asyncio.Event()

        async def stream(scope, receive, send) -> None:
            await finish.wait()

        presence = Presence(stream)
        scopes = [
            {"type": "http", "method": "GET", "path": "/models/a/b/gradio_api/heartbeat/me"},
            {
                "type": "http",
                "method": "GET",
                "path": "/models/a/b/gradio_api/queue/data",
                "query_string": b"session_hash=me",
            },
        ]
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
