"""``check`` as an author calls it; the flaws of modules are beside, in the tests of findings."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from app.audacitorch import check
from app.errors import InputError, WorkerError
from tests.audacitorch.models import EFFECT, Gain
from tests.fixtures.authoring.catalogue import IN_PROCESS
from tests.fixtures.authoring.making import Half


def test_a_folder_is_checked_in_a_sandbox(tmp_path: Path) -> None:
    IN_PROCESS["no-licence"](tmp_path / "model")
    report = check(tmp_path / "model")
    assert [finding.code for finding in report.findings] == ["no-licence"]
    assert report.exit_code == 1


def test_what_is_no_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match="neither a folder with a model nor OWNER/NAME on the hub"):
        check(tmp_path / "nothing")


def test_a_module_needs_metadata() -> None:
    with pytest.raises(InputError, match="metadata"):
        check(Half())


def test_metadata_are_judged_even_where_no_trial_is_possible() -> None:
    report = check(Half(), {**EFFECT, "sample_rate": None})
    assert [finding.code for finding in report.findings] == ["metadata-type"]


def test_a_check_leaves_the_chance_and_the_mode_of_the_author_alone() -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    module = Gain()
    check(module, EFFECT)
    assert torch.equal(torch.rand(3), expected)
    assert module.training and not module.model.training


def test_what_is_no_model_is_told() -> None:
    for given, sentence in ((Half, "an instance of"), (nn.Linear(2, 2, device="meta"), r"module.cpu\(\) is expected")):
        with pytest.raises(InputError, match=sentence):
            check(given, EFFECT)


def test_a_class_that_stands_in_no_file_is_told() -> None:
    typed: dict[str, type[nn.Module]] = {}
    exec("class Typed(Base):\n    def forward(self, x):\n        return x", {"Base": nn.Module}, typed)
    (finding,) = check(typed["Typed"](), EFFECT).findings
    assert finding.code == "not-scriptable"
    assert finding.sentence.endswith("cannot be read, and must stand in a file.")
