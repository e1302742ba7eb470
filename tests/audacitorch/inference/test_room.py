from __future__ import annotations

import resource

import pytest

from app.audacitorch.inference.room import longest_whole


@pytest.mark.parametrize(
    "limit, share",
    [(resource.RLIM_INFINITY, 1.0), (2**33, 1.0), (2**32, 1.0), (2**31, 0.5), (2**28, 1 / 16)],
)
def test_a_limit_of_memory_leaves_a_share(monkeypatch, limit, share):
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (limit, limit))
    assert longest_whole(1_000_000, 16) == 1_000_000 * share
    assert longest_whole(10**9, 1024) == 2**20 * share
