"""What a job brought says of itself where it came from."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from app import __version__
from app.backends.base import JobRequest
from app.config import Settings
from app.endpoint import EndpointSpec, FileOutput, Outputs, Result
from app.harp.tags import generates

if TYPE_CHECKING:
    from app.jobs.signing import Signing
    from app.provenance.record import Provenance


class Origin:
    """Writes it into files, and beside labels and texts. What does so is imported with the first job.

    Args:
        settings: with what files are signed, if they are.

    Raises:
        SettingsError: why nothing can be signed with that.
    """

    def __init__(self, settings: Settings) -> None:
        self._signing: Signing | None = None
        if settings.sign:
            from app.jobs.signing import signing

            self._signing = signing(settings)

    def told_in(self, outputs: Outputs, request: JobRequest) -> Outputs:
        """Return a job's outputs, its files changed in place. Blocking.

        Raises:
            OSError: the disk is full.
            WorkerError: a file could not be signed.
        """
        made = provenance_of(request)
        told = tuple(_told(output, made) for output in outputs)
        if self._signing is not None:
            self._signing.sign([output.path for output in told if isinstance(output, FileOutput)], made)
        return told


def _told(output: Result, made: Provenance) -> Result:
    from app.provenance.stamping import stamp

    if isinstance(output, FileOutput):
        stamp(output.path, made)
        return output
    return replace(output, provenance=made.text())


def provenance_of(request: JobRequest) -> Provenance:
    """Return where the outputs of a job that has just ended came from."""
    from app.provenance.record import Provenance

    spec = request.spec
    used = spec.weights_for(request.controls)
    weights = [f"{item.repo}@{item.revision}" for item in used]
    licences = [licence for licence in (spec.card.licence, *(item.licence for item in used)) if licence]
    return Provenance(
        model=spec.id,
        revision=spec.revision or ", ".join(weights) or (f"harpist {__version__}" if spec.trusted else ""),
        licence=", ".join(dict.fromkeys(licences)),
        controls=dict(request.controls),
        harpist=__version__,
        date=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        generated=is_generated(spec),
    )


def is_generated(spec: EndpointSpec) -> bool:
    """Whether what an endpoint returns is generated: it says so, or a tag of its card does."""
    return spec.generates or generates(spec.card.tags)
