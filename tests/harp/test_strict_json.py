from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.harp.strict_json import read_json

values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
)


@settings(max_examples=30)
@given(values, st.booleans())
def test_reads_what_json_is(value, ascii_only):
    assert read_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"NaN", b"[-Infinity]", b"[1e999]", b"[-1e999]", b'"\\ud800"', b'{"\\udc00": 1}', b"[" * 100_000,
     b"9" * 10_000, b"\xff\xfe", '"\\ud800"'.encode("utf-16")],
)  # fmt: skip
def test_refuses_what_cannot_be_written_again(body):
    with pytest.raises(ValueError, match=r"."):
        read_json(body)


def test_a_whole_surrogate_pair_is_a_character():
    assert read_json(b'["\\ud83d\\udca9"]') == ["\U0001f4a9"]
