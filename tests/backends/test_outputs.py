"""What a worker says that it made is checked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from app.backends.outputs import check_outputs
from app.endpoint import FileOutput
from app.errors import ModelRunError
from app.harp.labels import AudioLabel, LabelList
from app.harp.wire import label_json
from tests.fixtures.specs import LABELS, endpoint_spec

FILE = endpoint_spec("well_behaved")
LABELER = endpoint_spec("well_behaved", LABELS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "job" / "sub").mkdir(parents=True)
    (tmp_path / "job" / "sub" / "a.wav").write_bytes(b"mine")
    (tmp_path / "other.wav").write_bytes(b"another's")
    return tmp_path / "job"


def test_a_file_of_the_job_and_labels_pass(folder: Path) -> None:
    path = folder / "sub" / "a.wav"
    assert check_outputs([{"file": str(path), "label": "Told", "notice": ""}], folder, FILE) == (
        FileOutput(path, "Told"),
    )
    label = AudioLabel(1.5, "x", 0.5, "sure", 255)
    assert check_outputs([{"labels": [label_json(label)]}], folder, LABELER) == (LabelList((label,)),)
    assert len(check_outputs([{"labels": []}, {"file": str(path), "label": "y", "notice": ""}], folder, None)) == 2


def test_a_notice_is_one_short_line_without_paths(folder: Path) -> None:
    path = folder / "sub" / "a.wav"
    for told, read in (
        ("Turned down.", "Turned down."),
        ("Two\nlines of /srv/models/secret.pt\x1b", "Two lines of (a file)"),
        ("x" * 10_000, "x" * 299 + "…"),
    ):
        (output,) = check_outputs([{"file": str(path), "label": "Told", "notice": told}], folder, FILE)
        assert output == FileOutput(path, "Told", read)


def test_the_folder_may_be_reached_through_a_link(folder: Path) -> None:
    linked = folder.parent / "linked"
    linked.symlink_to(folder)
    path = linked / "sub" / "a.wav"
    assert check_outputs([{"file": str(path), "label": "Told", "notice": ""}], linked, FILE) == (
        FileOutput(path, "Told"),
    )


@pytest.mark.parametrize(
    "name", ["../other.wav", "link.wav", "away/other.wav", "hard.wav", "sub", "pipe", "none.wav", "a\0", ""]
)
def test_a_file_that_is_not_the_jobs_is_refused(name: str, folder: Path) -> None:
    (folder / "link.wav").symlink_to(folder / "sub" / "a.wav")
    (folder / "away").symlink_to(folder.parent)
    (folder / "hard.wav").hardlink_to(folder.parent / "other.wav")
    os.mkfifo(folder / "pipe")
    for text in (f"{folder}/{name}", str(folder.parent / "other.wav"), "a.wav", "/etc/passwd"):
        with pytest.raises(ModelRunError, match="The model named a result") as caught:
            check_outputs([{"file": text, "label": "Told", "notice": ""}], folder, FILE)
        assert str(folder) not in str(caught.value)


@pytest.mark.parametrize(
    "record",
    [
        3,
        None,
        {},
        {"file": "a"},
        {"file": 3, "label": "x", "notice": ""},
        {"file": "a", "label": "x", "notice": None},
        {"labels": {}},
        {"labels": [3]},
        {"labels": [{"t": 0}]},
        {"labels": [{"label_type": "AudioLabel", "t": float("nan"), "label": "x"}]},
        {"labels": [{"label_type": "AudioLabel", "t": 0.0, "label": "x", "duration": float("inf")}]},
        {"labels": [{"label_type": "AudioLabel", "t": 10**400, "label": "x"}]},
        {"labels": [{"label_type": "AudioLabel", "t": 0.0, "label": "x", "color": "red"}]},
        {"labels": [{"label_type": "AudioLabel", "t": 0.0, "label": "x", "link": 5}]},
        {"labels": [{"label_type": "AudioLabel", "t": 0.0, "label": 5}]},
    ],
)
def test_what_is_neither_is_refused(record: Any, folder: Path) -> None:
    with pytest.raises(ModelRunError, match="The model returned"):
        check_outputs([record], folder, LABELER)


def test_number_and_kind_must_be_those_of_the_endpoint(folder: Path) -> None:
    with pytest.raises(ModelRunError, match="returned 0 results where 1 are expected"):
        check_outputs([], folder, FILE)
    with pytest.raises(ModelRunError, match="“Told” is not a file"):
        check_outputs([{"labels": []}], folder, FILE)
    with pytest.raises(ModelRunError, match="“Labels” is not labels"):
        check_outputs([{"file": str(folder / "sub" / "a.wav"), "label": "x", "notice": ""}], folder, LABELER)
