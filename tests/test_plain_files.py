"""Nothing in a model's folder leads out of it, whoever reads it and whenever it was put there."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.audacitorch.describe import describe
from app.audacitorch.loading import load_model
from app.audacitorch.metadata import read_metadata
from app.errors import HarpistError, ModelFormatError
from app.plain_files import copy_plain, is_plain, open_plain
from app.ui.example import place_example
from app.workers.messages import Load, Run
from app.workers.process import WorkerProcess
from app.workers.sandbox.terms import Sandbox
from tests.audacitorch.models import EFFECT, Gain, save

linux = pytest.mark.skipif(sys.platform == "win32", reason="needs links, pipes and sockets of a Unix system")
SECRET = "the operator's own"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_text(SECRET)
    return path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return save(Gain(), EFFECT, tmp_path / "model")


def a_link(path: Path, secret: Path) -> None:
    path.symlink_to(secret)


def a_pipe(path: Path, secret: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path, secret: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path is short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def a_device(path: Path, secret: Path) -> None:
    path.symlink_to("/dev/zero")


def a_folder(path: Path, secret: Path) -> None:
    path.mkdir()


ODD: tuple[Callable[[Path, Path], None], ...] = (a_link, a_pipe, a_socket, a_device, a_folder)
odd = pytest.mark.parametrize("put", ODD, ids=lambda put: put.__name__)


@linux
@odd
def test_only_a_plain_file_is_opened_and_nothing_is_waited_for(
    put: Callable[[Path, Path], None], tmp_path: Path, secret: Path
) -> None:
    (tmp_path / "plain").write_text("text")
    with open_plain(tmp_path / "plain") as file:
        assert file.read() == b"text"
    put(tmp_path / "odd", secret)
    with pytest.raises((ModelFormatError, OSError)):
        open_plain(tmp_path / "odd")
    with pytest.raises((ModelFormatError, OSError)):
        copy_plain(tmp_path / "odd", tmp_path / "copy")
    assert is_plain(tmp_path / "plain") and not is_plain(tmp_path / "odd") and not is_plain(tmp_path / "none")
    assert not (tmp_path / "copy").exists()


@linux
@odd
@pytest.mark.parametrize("name", ["metadata.json", "README.md", "model.pt"])
def test_a_model_with_something_else_is_refused_at_once(
    name: str, put: Callable[[Path, Path], None], model: Path, secret: Path
) -> None:
    (model / name).unlink(missing_ok=True)
    put(model / name, secret)
    with pytest.raises(ModelFormatError) as caught:
        describe("a/b", model)
        read_metadata(model)
        load_model(model, "cpu")
    assert name in caught.value.message and SECRET not in caught.value.message


@linux
def test_an_example_that_is_a_link_is_no_example(model: Path, secret: Path, tmp_path: Path) -> None:
    (model / "example.wav").symlink_to(secret)
    assert describe("a/b", model).example is None
    # Put there after the model was described.
    with pytest.raises(HarpistError, match=r"example\.wav is a link; a model's files are plain files"):
        place_example(model / "example.wav", tmp_path / "uploads")
    assert not [path for path in (tmp_path / "uploads").rglob("*") if path.is_file() and path.stat().st_size]


@linux
@odd
@pytest.mark.parametrize("name", ["model.pt", "metadata.json", "README.md"])
def test_the_check_tells_of_it_and_ends(
    name: str, put: Callable[[Path, Path], None], model: Path, secret: Path, tmp_path: Path
) -> None:
    from app.audacitorch.checking.files import check_model_file, check_readme
    from app.audacitorch.checking.schema import check_metadata

    (model / name).unlink(missing_ok=True)
    put(model / name, secret)
    findings = [*check_model_file(model), *check_readme(model), *check_metadata(model)[0]]
    assert any(name in finding.sentence for finding in findings)


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock is Linux's")
def test_a_worker_cannot_read_through_a_link_that_was_put_there_later(tmp_path: Path, secret: Path) -> None:
    """The path is the worker's to read; what lies there when it starts is a link to the operator's file."""
    (tmp_path / "README.md").symlink_to(secret)
    plain = tmp_path / "metadata.json"
    plain.write_text("{}")
    paths = [str(tmp_path / "README.md"), str(plain)]

    async def read() -> list[Any]:
        worker = await WorkerProcess.launch(Sandbox(readable=tuple(paths)))
        try:
            factory = "tests.fixtures.endpoints.reads_paths:Model"
            await worker.load(Load(factory, {"paths": json.dumps(paths)}, "cpu", 1), 60)
            return await worker.run(Run("one", [], str(tmp_path), {}), lambda fraction: None, 60)
        finally:
            await worker.kill()

    (labels,) = asyncio.run(read())
    assert [label["label"] for label in labels["labels"]] == ["closed", "{}"]


def test_a_folder_itself_may_be_reached_by_a_link(model: Path, tmp_path: Path) -> None:
    if sys.platform == "win32":
        shutil.copytree(model, tmp_path / "by link")
    else:
        (tmp_path / "by link").symlink_to(model)
    assert describe("a/b", tmp_path / "by link").card.name
