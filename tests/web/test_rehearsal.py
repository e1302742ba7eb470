"""A server's first call, made by itself."""

from __future__ import annotations

import asyncio

import pytest

from app.web.rehearsal import rehearse
from tests.fixtures.endpoints.mirror import Mirror, spec
from tests.serving import Site


@pytest.mark.parametrize(
    ("settings", "asked", "came"),
    [({}, "test/mirror", True), ({"require_key": True}, "test/mirror", False), ({}, "test/none", False)],
)
def test_a_card_is_asked_for_without_a_connection_and_nothing_of_it_stays(tmp_path, settings, asked, came):
    made = Site(tmp_path, [spec(Mirror, "test/mirror")], **settings)
    assert asyncio.run(rehearse(made.app, asked)) is came
    assert made.open_jobs() == 0
