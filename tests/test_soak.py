"""A short soak; `make soak` runs a long one."""

from __future__ import annotations

import sys

import pytest

from tests import soak


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="counts processes and files as Linux does")
def test_a_short_soak_leaves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    code = soak.run(minutes=0.1, seed=3)
    assert code == 0, capsys.readouterr().out
