"""A page's upload onto a full disk costs one sentence, and no traceback."""

from __future__ import annotations

import errno
import gc
import os
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.ui.page_site import page_site


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_page_s_upload_onto_a_full_disk_gets_a_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    work = tmp_path / "work"
    work.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "none", work]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can be mounted by root only")
    try:
        with page_site(tmp_path) as site:
            base = site.endpoint("quick")
            httpx.get(f"{base}/config", timeout=60).raise_for_status()
            filler = work / "filler"
            with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
                while True:
                    file.write(b"\0" * 65536)
            sent = {"files": ("a.wav", b"\0" * 3_000_000)}
            answer = httpx.post(f"{base}/gradio_api/upload?upload_id=one", files=sent, timeout=20)
            assert answer.status_code == 507, answer.text
            assert answer.json() == {"error": "The server could not store the file: its disk is full."}
            filler.unlink()
            assert httpx.post(f"{base}/gradio_api/upload?upload_id=two", files=sent, timeout=20).status_code == 200
    finally:
        subprocess.run(["umount", "-l", work], check=True)
    gc.collect()  # the half file that Gradio has let fall is let go here, where nobody minds
    assert "Traceback" not in "".join(capfd.readouterr())
