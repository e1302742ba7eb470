from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from app.errors import JobCancelledError
from app.guests import translation
from app.guests.translation import translate, with_older_names
from app.harp.heartbeat import HEARTBEAT

OLD_BEAT = b"event: heartbeat\ndata: null\n\n"


class Stream:
    """A guest's answer that comes block by block; a number is a pause (s), an exception ends it."""

    status_code = 200

    def __init__(self, *blocks: object) -> None:
        self.blocks = blocks

    async def aiter_bytes(self):
        for block in self.blocks:
            if isinstance(block, Exception):
                raise block
            if isinstance(block, float):
                await asyncio.sleep(block)
            else:
                yield block


def translated(*blocks: object, failure: Exception | None = None) -> bytes:
    sent: list[bytes] = []

    async def send(message) -> None:
        sent.append(message.get("body", b""))

    asyncio.run(translate(Stream(*blocks), send, failure=lambda: failure))
    return b"".join(sent)


def test_controls_get_what_harp_2_2_reads():
    track = {"type": "audio_track", "label": "Input", "info": "", "required": True}
    dropdown = {"type": "dropdown", "label": "Which", "info": "", "choices": [["a", "a"]], "value": "a"}
    outputs = [{"type": "midi_track", "label": "Notes", "info": ""}]
    record = with_older_names({"card": {"name": "A"}, "inputs": [track, dropdown, {"type": "new"}], "outputs": outputs})
    assert record["card"] == {"name": "A", "midi_in": False, "midi_out": True}
    assert [item.get("ctrl_type") for item in record["ctrls"]] == ["audio_in", "dropdown", None]
    assert record["inputs"] == record["ctrls"] and record["outputs"] == outputs
    kept = {"card": {"midi_in": True}, "inputs": [{"type": "slider", "ctrl_type": "own"}], "ctrls": ["own"]}
    assert with_older_names(kept)["ctrls"] == ["own"] and with_older_names(kept)["card"]["midi_in"] is True


@pytest.mark.parametrize(
    "record", [None, [], "a", {}, {"card": None}, {"card": {}, "inputs": 5}, {"card": {}, "ctrls": []}]
)
def test_what_is_no_card_stays_as_it_is_and_what_is_half_of_one_costs_nothing(record):
    assert with_older_names(record) is record or with_older_names(record)["inputs"] == []


def test_an_event_comes_through_in_one_piece_however_it_arrives():
    event = b'event: complete\ndata: [{"path": "/a/b.wav"}]\n\n'
    assert translated(event[:20], event[20:]) == event
    assert translated(OLD_BEAT + event) == event, "its own heartbeats are too small"


def test_heartbeats_come_between_events_and_never_within_one(monkeypatch):
    monkeypatch.setattr(translation, "HEARTBEAT", replace(HEARTBEAT, interval=0.05))
    event = b"event: complete\ndata: []\n\n"
    told = translated(OLD_BEAT, 0.12, event[:9], 0.12, event[9:])
    assert told.endswith(HEARTBEAT.text + event)
    assert told.count(HEARTBEAT.text) >= 3


def test_errors_are_one_sentence():
    assert json.loads(translated(b"event: error\ndata: null\n\n").split(b"data: ")[1]) == {
        "error": "The app failed without saying why."
    }
    told = translated(b'event: error\ndata: {"error": "a\\nb 503", "title": "Error"}\n\n')
    assert json.loads(told.split(b"data: ")[1]) == {"error": "a b 50\u20603"}


def test_a_cancelled_call_has_failed_whatever_the_app_says():
    cancelled = JobCancelledError("The job was cancelled.")
    import httpx

    for end in (b"event: complete\ndata: [1]\n\n", httpx.ReadError("gone")):
        told = translated(OLD_BEAT, end, failure=cancelled)
        assert told == b'event: error\ndata: {"error": "The job was cancelled."}\n\n'
    assert b"ended in the middle" in translated(httpx.ReadError("gone"))
