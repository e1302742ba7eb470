"""Workers that lie about their results, through the whole backend: the lie is told in a sentence, nothing stays."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.backends.base import JobRequest
from app.config import Settings
from app.endpoint import EndpointSpec, FileOutput, Outputs, TrackFile
from app.errors import ModelRunError
from app.harp.controls import AudioTrack
from tests.backend_under_test import backend_under_test, works
from tests.fixtures.specs import endpoint_spec, wav

SOUND = AudioTrack("Told", "")
KEEPING = {"keeps_length": True}


class Site:
    """A backend with little room on disk, and one input of 100 samples."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.backend = backend_under_test(Settings(home=home, workers=1, device="cpu", max_scratch=8))
        (home / "upload.wav").write_bytes(wav(bytes(200)))
        self.number = 0

    async def run(self, spec: EndpointSpec) -> Outputs:
        self.number += 1
        folder = self.home / "jobs" / str(self.number)
        folder.mkdir(parents=True)
        track = TrackFile(self.home / "upload.wav", "take.wav")
        request = JobRequest(str(self.number), spec, (track,), {}, folder, caller="me")
        return await self.backend.run(request, lambda: None, lambda fraction: None)

    def left(self) -> list[Path]:
        """What the workers' folders hold, but for the folders themselves."""
        found = (path for folder in works(self.home) for path in folder.glob("run-*/*/*/*"))
        return [path for path in found if not path.name.startswith("tmp")]


def on_site(home: Path, use: Callable[[Site], Awaitable[None]]) -> None:
    async def main() -> None:
        site = Site(home)
        await site.backend.start()
        try:
            await use(site)
            assert site.left() == []
        finally:
            await site.backend.close()
        assert [path for folder in works(home) if folder.exists() for path in folder.iterdir()] == []

    asyncio.run(main())


@pytest.mark.parametrize(
    ("name", "changes", "sentence"),
    [
        ("returns_input", {}, "not a file of its own job"),
        ("many_files", {}, r"made more than 10000 files|Too many|wrote more than 8 MiB"),
        ("fills_disk", {}, r"wrote more than 8 MiB, and was stopped"),
        ("lies_about_length", {}, "“Told” is cut short: 10000 bytes that its header promises are missing"),
        # Which of the two is seen depends on the moment.
        ("writes_late", KEEPING, "and 100 samples of WAV PCM_16, .* is expected|still has its result open for writing"),
        ("returns_nan", {}, "“Told” holds samples that are not finite numbers"),
        ("breaks_flac", {}, "“Told” .*is cut short"),
        pytest.param(
            "sparse_file",
            {},
            "File too large|wrote more than 8 MiB",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="no limit on a file there"),
        ),
        *(
            pytest.param(
                name,
                {},
                "still has its result open for writing",
                marks=pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells"),
            )
            for name in ("keeps_file_open", "keeps_mapping")
        ),
        *(
            pytest.param(
                "fills_disk_unseen",
                {"arguments": {"mapped": mapped}},
                "wrote more than 8 MiB, and was stopped",
                marks=pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells"),
            )
            for mapped in ("", "yes")
        ),
    ],
)
def test_a_lie_is_told(name: str, changes: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        with pytest.raises(ModelRunError, match=sentence) as caught:
            await site.run(replace(endpoint_spec(name, SOUND), **changes))
        assert str(tmp_path) not in caught.value.message
        assert (tmp_path / "upload.wav").read_bytes() == wav(bytes(200))

    on_site(tmp_path, use)


def test_an_earlier_jobs_result_is_out_of_reach(tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        spec = endpoint_spec("returns_earlier_result")
        (first,) = await site.run(spec)
        assert isinstance(first, FileOutput)
        with pytest.raises(ModelRunError, match="not a file of its own job"):
            await site.run(spec)
        assert first.path.read_bytes() == b"mine"

    on_site(tmp_path, use)


@pytest.mark.skipif(sys.platform != "linux", reason="needs Landlock")
def test_what_is_written_late_reaches_nobody(tmp_path: Path) -> None:
    """The writer may be caught at it; when it is not, its result stays as it was taken."""

    async def use(site: Site) -> None:
        for _ in range(3):
            try:
                (made,) = await site.run(endpoint_spec("writes_late", SOUND))
            except ModelRunError as error:
                assert "open for writing" in error.message
                continue
            assert isinstance(made, FileOutput)
            before = made.path.read_bytes()
            await asyncio.sleep(0.1)
            assert made.path.read_bytes() == before

    on_site(tmp_path, use)


def test_a_trusted_endpoints_sound_is_believed(tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        (made,) = await site.run(replace(endpoint_spec("returns_nan", SOUND), trusted=True))
        assert isinstance(made, FileOutput) and made.path.parent == tmp_path / "jobs" / "1"

    on_site(tmp_path, use)
