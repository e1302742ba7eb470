"""Records survive the pipe, and nothing else passes for one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.workers.messages import (
    BrokenRecordError,
    Cancel,
    Failed,
    Finished,
    Load,
    Message,
    Progressed,
    Ready,
    Run,
    decode,
    encode,
)

RECORDS: list[Message] = [
    Load("module:callable", {"folder": "/a/b"}, "cpu", 2, "bfloat16", 3),
    Run("1", [["/a.wav", "ä.wav"], None], "/job", {"wet": 50.0, "join": True, "channels": "Keep stereo"}, 4),
    Cancel("1"),
    Ready(),
    Ready("In float32."),
    Progressed("1", 0.25),
    Finished("1", [{"file": "/job/x.wav", "label": "X"}, {"labels": []}]),
    Failed("", "ModelRunError", "No."),
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_record_survives(record: Message) -> None:
    assert decode(encode(record)) == record


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_field_of_another_type_or_name_is_refused(record: Message) -> None:
    plain = json.loads(encode(record))
    for name in plain:
        with pytest.raises(BrokenRecordError):
            decode(json.dumps({**plain, name: None}).encode())
        with pytest.raises(BrokenRecordError):
            decode(json.dumps({key: value for key, value in plain.items() if key != name}).encode())
    with pytest.raises(BrokenRecordError):
        decode(json.dumps({**plain, "more": 1}).encode())


@given(st.one_of(st.binary(max_size=200), st.just(b"[" * 100_000), st.just(b'{"record": []}'), st.just(b"\xff\xfe")))
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenRecordError):
        decode(data)
