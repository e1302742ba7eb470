"""A short load of a server; `make load` makes a long one."""

from __future__ import annotations

import pytest

from tests import load


def test_nobody_starves_nothing_is_lost_and_the_numbers_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    code = load.run(callers=20, seconds=10.0, by_the_clock=False)
    assert code == 0, capsys.readouterr().out


def test_what_the_server_miscounts_is_found() -> None:
    seen = load.Seen(uploads=1, sent=10)
    seen.done[3] += 1
    numbers = {"harpist_wait_seconds_count": 1.0, "harpist_jobs_waiting": 0.0, "harpist_jobs_running": 0.0}
    numbers |= {"harpist_uploads_total": 1.0, "harpist_upload_bytes_total": 10.0}
    numbers['harpist_jobs_total{endpoint="test/mirror",outcome="done"}'] = 1.0
    assert load.compared(seen, numbers, [{"caller": "Anna"}]) == []
    numbers['harpist_jobs_total{endpoint="test/mirror",outcome="crash"}'] = 1.0
    assert load.compared(seen, numbers, [{"caller": "Anna"}]) == ["jobs in all: the server counts 2, its callers 1"]
