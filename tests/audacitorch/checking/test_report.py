from __future__ import annotations

import json

import pytest

from app.audacitorch.checking.report import ERROR, NOTE, WARNING, Kind, make_report, read_report

FOUND = {
    severity: Kind(severity, severity, "Why.", "Mend it.").found("A sentence.") for severity in (ERROR, WARNING, NOTE)
}


@pytest.mark.parametrize(
    "severities, exit_code",
    [((), 0), ((NOTE,), 0), ((NOTE, WARNING), 1), ((WARNING, ERROR, NOTE), 2)],
)
def test_the_exit_code_is_that_of_the_worst(severities, exit_code: int) -> None:
    report = make_report("a model", [FOUND[severity] for severity in severities], {})
    assert report.exit_code == exit_code
    assert json.loads(report.json())["exit_code"] == exit_code


def test_what_is_worst_comes_first_and_once() -> None:
    report = make_report("a model", [FOUND[NOTE], FOUND[ERROR], FOUND[ERROR], FOUND[WARNING]], {"time": "3 ms"})
    assert [finding.severity for finding in report.findings] == [ERROR, WARNING, NOTE]
    assert report.text().splitlines() == [
        "a model",
        "  error [error] A sentence.",
        "      Mend it.",
        "  warning [warning] A sentence.",
        "      Mend it.",
        "  note [note] A sentence.",
        "      Mend it.",
        "  time: 3 ms",
        "1 error, 1 warning, 1 note.",
    ]


def test_json_is_read_back_as_the_same() -> None:
    report = make_report("a “model”", FOUND.values(), {"time": "3 ms"})
    assert read_report(report.json()) == report


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"model": "a", "findings": [{}], "measured": {}}'])
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_report(text)
