from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.errors import NotFoundError
from app.ui.downloads import archive_route, write_archive

JOB = "a" * 32


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    folder = tmp_path / "jobs" / JOB
    folder.mkdir(parents=True)
    (folder / "take-Ü.wav").write_bytes(b"RIFF" * 1000)
    (folder / "take-b.wav").write_bytes(b"b")
    (folder / ".hidden").write_bytes(b"no")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "file").write_bytes(b"no")
    return tmp_path / "jobs"


def test_the_zip_holds_every_file_as_it_is(jobs: Path):
    with zipfile.ZipFile(write_archive(jobs / JOB)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "take-Ü.wav": b"RIFF" * 1000,
            "take-b.wav": b"b",
        }
        assert all(item.compress_type == zipfile.ZIP_STORED for item in archive.infolist())
    assert write_archive(jobs / JOB) == jobs / JOB / ".all.zip"
    assert not list((jobs / JOB).glob("*.part"))


def test_a_folder_that_is_gone_is_told_of(jobs: Path):
    with pytest.raises(NotFoundError, match="not kept"):
        write_archive(jobs / "gone")


@pytest.mark.parametrize("job", ["nothing-here", "..", "%2e%2e", "..%2fsecret", "a", "a" * 200])
def test_only_a_job_s_folder_is_packed(jobs: Path, job: str):
    touched: list[Path] = []
    with TestClient(Starlette(routes=[archive_route(jobs, "it", touched.append)])) as client:
        assert client.get(f"/archive/{job}").status_code == 404
        assert touched == []
        answer = client.get(f"/archive/{JOB}")
    assert answer.status_code == 200
    assert touched == [jobs / JOB / ".all.zip"]
    assert 'filename="it.zip"' in answer.headers["content-disposition"]
