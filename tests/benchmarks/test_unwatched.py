"""Endpoints run in benchmarks as they run in workers."""

from __future__ import annotations

import inspect

from app.endpoint import Progress
from benchmarks.unwatched import Unwatched


def test_it_takes_all_that_an_endpoint_may_tell() -> None:
    assert inspect.signature(Unwatched.report) == inspect.signature(Progress.report)
    Unwatched().report(0.5, "Learning")
