import errno
import json

import pytest

from app.errors import AccessError, BusyError, NotFoundError, TooLargeError
from app.web.problems import problem, problem_for


def test_every_error_has_one_shape_and_its_status():
    for error, status in ((AccessError("No."), 403), (BusyError("Later."), 429), (TooLargeError("Big."), 413)):
        answer = problem(error)
        assert answer.status_code == status
        assert json.loads(answer.body) == {"error": error.message}


def test_a_fault_goes_to_the_log_and_not_to_the_user(caplog):
    answer = problem(OSError(2, "No such file", "/secret"))
    assert answer.status_code == 500 and b"secret" not in answer.body
    assert "/secret" in caplog.text


def test_a_person_in_a_browser_reads_the_sentence_on_a_page():
    def asked(accept: str, method: str = "GET"):
        scope = {"type": "http", "method": method, "root_path": "/proxy", "headers": [(b"accept", accept.encode())]}
        return problem_for(scope, NotFoundError("There is no model “a/<b>”."))

    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    page = asked(browser)
    assert (page.status_code, page.media_type) == (404, "text/html")
    assert "<p>There is no model “a/&lt;b&gt;”.</p>" in page.body.decode()
    assert '<a href="/proxy/">All models</a>' in page.body.decode()
    for answer in (asked("*/*"), asked("application/json"), asked(browser, "POST")):
        assert (answer.status_code, answer.media_type) == (404, "application/json")


@pytest.mark.parametrize(
    ("code", "status", "sentence"),
    [
        (errno.ENOSPC, 507, "The server could not store the file: its disk is full."),
        (errno.EMFILE, 429, "The server has too many files and connections open; try again later."),
    ],
)
def test_what_the_machine_lacks_is_told_without_a_traceback(caplog, code, status, sentence):
    answer = problem(OSError(code, "whatever", "/srv/secret"))
    assert (answer.status_code, json.loads(answer.body)) == (status, {"error": sentence})
    assert not caplog.records
