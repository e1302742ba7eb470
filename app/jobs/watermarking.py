"""Puts a watermark into what was generated, by an endpoint of this project that needs weights of the hub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from app.audio.formats import AudioFormat
from app.audio.header_format import read_header
from app.endpoint import EndpointSpec, FileOutput, Outputs, Result, TrackFile
from app.harp.controls import ControlValue
from app.registry import Registry

WATERMARK = "harpist/watermark"
"""The endpoint; its control ``mark`` says whether it marks or only listens, which its second output tells of."""


class RunInternal(Protocol):
    """Runs an endpoint beside the queue."""

    async def __call__(
        self,
        spec: EndpointSpec,
        tracks: Sequence[TrackFile | None],
        *,
        timeout: float | None = None,
        controls: Mapping[str, ControlValue] | None = None,
    ) -> Outputs:
        """Return its outputs; raises HarpistError."""


class Watermarking:
    """Marks sound.

    Args:
        registry: has the endpoint.
        run: runs it.

    Raises:
        NotFoundError: it cannot run here; says what is missing, and how it is installed.
    """

    def __init__(self, registry: Registry, run: RunInternal) -> None:
        registry.get(WATERMARK)
        self._registry = registry
        self._run = run

    async def marked(self, outputs: Outputs) -> Outputs:
        """Return outputs of which each sound without loss is marked; other files stay as they are.

        Raises:
            HarpistError: why one cannot be.
            OSError: the disk is full.
        """
        return tuple([await self._one(output) for output in outputs])

    async def _one(self, output: Result) -> Result:
        if not isinstance(output, FileOutput):
            return output
        found: AudioFormat | None = read_header(output.path)
        if found is None or not found.lossless:
            return output
        spec = self._registry.get(WATERMARK)
        track = TrackFile(output.path, output.path.name)
        made = (await self._run(spec, [track], controls={"mark": True}))[0]
        assert isinstance(made, FileOutput)
        path = _moved(made.path, output.path)
        return replace(output, path=path, notice=" ".join(filter(None, (output.notice, made.notice))))


def _moved(made: Path, place: Path) -> Path:
    """Put a file in another's place; under another ending where it is of another kind. Returns where it lies."""
    target = place.with_suffix(made.suffix)
    made.replace(target)
    if target != place:
        place.unlink()
    return target
