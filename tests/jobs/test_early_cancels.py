from __future__ import annotations

import pytest

from app.errors import JobCancelledError
from app.jobs import early_cancels
from app.jobs.early_cancels import EarlyCancels
from app.jobs.job import Caller

ME, OTHER = Caller("10.0.0.1", "token", host="studio:7860"), Caller("10.0.0.2", "token", host="studio:7860")
TAB, OTHER_TAB = Caller("10.0.0.1", client="tab 1"), Caller("10.0.0.1", client="tab 2")


def upload(early: EarlyCancels, caller: Caller, name: str, during=lambda: None) -> None:
    with early.uploading(caller, "test/a") as one:
        during()
    one.sent([name])


def test_what_began_before_the_latest_cancel_is_refused():
    early = EarlyCancels()
    upload(early, ME, "first", lambda: early.cancel(ME, "test/a"))
    upload(early, ME, "second")
    with pytest.raises(JobCancelledError, match="The job was cancelled"):
        early.check(ME, "test/a", ["first"])
    with pytest.raises(JobCancelledError):
        early.check(ME, "test/a", ["second", "first"])
    early.check(ME, "test/a", ["second"])
    with pytest.raises(JobCancelledError):
        early.check(ME, "test/a", ["first"])


def test_a_cancel_between_the_upload_and_its_call_counts_too():
    early = EarlyCancels()
    upload(early, ME, "first")
    early.cancel(ME, "test/a")
    with pytest.raises(JobCancelledError):
        early.check(ME, "test/a", ["first"])


def test_a_file_that_was_processed_once_may_be_again():
    early = EarlyCancels()
    upload(early, ME, "first")
    early.check(ME, "test/a", ["first"])
    early.cancel(ME, "test/a")
    early.check(ME, "test/a", ["first"])


@pytest.mark.parametrize(
    "canceller",
    [OTHER, Caller("10.0.0.1", host="studio:7860"), Caller("10.0.0.1", "token", host="127.0.0.1:7860"), TAB],
)
def test_nobody_else_s_cancel_counts(canceller):
    early = EarlyCancels()
    upload(early, ME, "first", lambda: early.cancel(canceller, "test/a"))
    early.check(ME, "test/a", ["first"])


def test_nor_does_one_on_another_endpoint():
    early = EarlyCancels()
    upload(early, ME, "first", lambda: early.cancel(ME, "test/b"))
    early.check(ME, "test/a", ["first"])


def test_a_tab_is_told_by_its_name_though_its_uploads_have_none():
    early = EarlyCancels()
    nameless = Caller("10.0.0.1")
    upload(early, nameless, "first", lambda: early.cancel(OTHER_TAB, "test/a"))
    early.check(TAB, "test/a", ["first"])
    upload(early, nameless, "second", lambda: early.cancel(TAB, "test/a"))
    with pytest.raises(JobCancelledError):
        early.check(TAB, "test/a", ["second"])


def test_where_two_files_are_sent_at_once_nothing_is_cancelled():
    early = EarlyCancels()
    upload(early, ME, "first", lambda: upload(early, ME, "second", lambda: early.cancel(ME, "test/a")))
    early.check(ME, "test/a", ["first"])
    early.check(ME, "test/a", ["second"])


def test_a_file_that_was_cancelled_already_leaves_the_next_cancel_in_no_doubt():
    early = EarlyCancels()

    def twice() -> None:
        early.cancel(ME, "test/a")
        upload(early, ME, "second", lambda: early.cancel(ME, "test/a"))

    upload(early, ME, "first", twice)
    for name in ("first", "second"):
        with pytest.raises(JobCancelledError):
            early.check(ME, "test/a", [name])


def test_what_it_remembers_has_an_end(monkeypatch):
    monkeypatch.setattr(early_cancels, "_MOST", 10)
    early = EarlyCancels()
    for n in range(100):
        upload(early, Caller(str(n)), f"file {n}")
        early.cancel(Caller(str(n)), "test/a")
    assert len(early._began_at) == len(early._cancelled_at) == 10 and not early._sending
