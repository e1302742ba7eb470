import json

from app.errors import AccessError, BusyError, TooLargeError
from app.web.problems import problem


def test_every_error_has_one_shape_and_its_status():
    for error, status in ((AccessError("No."), 403), (BusyError("Later."), 429), (TooLargeError("Big."), 413)):
        answer = problem(error)
        assert answer.status_code == status
        assert json.loads(answer.body) == {"error": error.message}


def test_a_fault_goes_to_the_log_and_not_to_the_user(caplog):
    answer = problem(OSError(2, "No such file", "/secret"))
    assert answer.status_code == 500 and b"secret" not in answer.body
    assert "/secret" in caplog.text
