"""The models that ship with us pass the check; nothing beyond notes."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.audacitorch.checking.groups import GROUPS
from app.audacitorch.checking.report import NOTE, make_report
from app.audacitorch.checking.static import check_files
from app.audacitorch.checking.trials import Trials
from app.audacitorch.profile import read_profile
from endpoints.bundled import NAMES, model_id


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_bundled_model_has_nothing_beyond_notes(bundled_home: Path, name: str, tmp_path: Path) -> None:
    folder = bundled_home / "bundled" / model_id(name)
    findings, runnable = check_files(folder)
    assert runnable
    # How it may be cut was measured when it was exported, and is tested elsewhere.
    trials = Trials(folder, 1.0, read_profile(folder / "profile.json", folder))
    for group in GROUPS:
        findings += trials.run(group, tmp_path)
    report = make_report(name, findings, trials.measured)
    assert {finding.severity for finding in report.findings} <= {NOTE}, report.text()
