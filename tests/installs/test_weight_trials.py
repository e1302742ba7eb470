"""What an endpoint is tried and timed with."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.endpoint import EndpointSpec, TrackFile
from app.installs.weight_trials import try_endpoint
from tests.fixtures.specs import endpoint_spec


class Service:
    """Takes a tenth of a second for each second of sound, and keeps what it was given."""

    def __init__(self) -> None:
        self.given: list[tuple[str, float]] = []

    async def run_internal(self, _: EndpointSpec, tracks: Sequence[TrackFile | None], **__: Any) -> list[Any]:
        assert tracks[0] is not None
        with wave.open(str(tracks[0].path)) as file:
            seconds = file.getnframes() / file.getframerate()
        self.given.append((tracks[0].name, seconds))
        await asyncio.sleep(seconds / 10)
        return []

    async def forget(self, _: str) -> None:
        pass


def write(path: Path, seconds: float) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(bytes(round(seconds * 16000) * 2))
    return path


@pytest.mark.parametrize(
    ("wanted", "content", "name", "seconds"),
    [(True, True, "talk.wav", 3.0), (False, True, "0-8.wav", 8.0), (True, False, "0-8.wav", 8.0)],
    ids=["its example", "noise", "an example that is broken"],
)
def test_it_is_timed_on_its_example_where_it_says_so(
    tmp_path: Path, wanted: bool, content: bool, name: str, seconds: float
) -> None:
    example = tmp_path / "talk.wav"
    write(example, 3.0)
    if not content:
        example.write_bytes(b"no sound")
    spec = replace(endpoint_spec("well_behaved"), example=example, tried_on_example=wanted)
    service = Service()
    speed = asyncio.run(try_endpoint(service, spec, 60.0))  # type: ignore[arg-type]
    assert service.given == [("0-1.wav", 1.0), (name, seconds)]
    assert 5.0 < speed < 10.5
    assert example.exists()
