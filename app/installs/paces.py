"""How fast endpoints in Python are on this machine, so that their pages say how long a sound takes before it is sent.

Those with weights are measured when these are installed. One that states ``timed`` is of use without: it is measured
once, when the server has had nothing to do for a while.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from app.endpoint import EndpointSpec
from app.errors import HarpistError, JobCancelledError
from app.installs.weight_trials import try_endpoint
from app.jobs.service import JobService
from app.registry import Registry
from app.whole_file import write_whole

log = logging.getLogger(__name__)

IDLE = 60.0
"""Seconds without a job, after which the server is taken for idle."""

_FILE = "paces.json"
_LOOK = 1.0


def offer_paces(registry: Registry, home: Path) -> tuple[EndpointSpec, ...]:
    """Have endpoints tell how fast they are, as far as that was measured here; returns those that nobody measured."""
    kept = _kept(home)
    unmeasured = []
    for name in registry.ids():
        if registry.folder(name) is not None or name in registry.held():
            continue
        spec = registry.get(name)
        if spec.timed and not spec.speed:
            speed = kept.get(_stamp(spec), 0.0)
            if speed > 0:
                registry.add(replace(spec, speed=speed))
            else:
                unmeasured.append(spec)
    return tuple(unmeasured)


async def measure_paces(
    registry: Registry, service: JobService, home: Path, seconds: float, page_gone: Callable[[str], None]
) -> None:
    """Measure what nobody measured here, once the server is idle, and keep it.

    Args:
        registry: its endpoints tell it from then on.
        service: a started service.
        home: where it is kept.
        seconds: how long one may take.
        page_gone: called with the id of an endpoint whose page is to be made anew.
    """
    for spec in offer_paces(registry, home):
        await _wait_until_idle(service)
        try:
            speed = round(await try_endpoint(service, spec, seconds), 3)
        except JobCancelledError:
            return
        except HarpistError as error:
            log.warning("%s could not be measured: %s", spec.id, error.message)
            continue
        await asyncio.to_thread(_keep, home, spec, speed)
        if spec.id in registry.ids():
            # It may have got other choices meanwhile.
            registry.add(replace(registry.get(spec.id), speed=speed))
            page_gone(spec.id)


async def _wait_until_idle(service: JobService) -> None:
    quiet = 0.0
    while quiet < IDLE:
        await asyncio.sleep(min(_LOOK, IDLE))
        quiet = 0.0 if service.running_now() else quiet + min(_LOOK, IDLE)


def _keep(home: Path, spec: EndpointSpec, speed: float) -> None:
    """Write down a speed; where that cannot be, it is measured again at the next start."""
    with contextlib.suppress(OSError):
        home.mkdir(parents=True, exist_ok=True)
        write_whole(home / _FILE, json.dumps({**_kept(home), _stamp(spec): speed}).encode())


def _kept(home: Path) -> dict[str, float]:
    """Return speeds by stamp; none where nothing was kept, or something else."""
    try:
        content = json.loads((home / _FILE).read_text(encoding="utf-8"))
        return {str(name): float(speed) for name, speed in content.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _stamp(spec: EndpointSpec) -> str:
    """Return a text that changes with what an endpoint does at first, but not with further choices."""
    first = [spec.id, spec.factory, spec.card.description, *((one.name, one.value) for one in spec.controls)]
    return hashlib.sha256(repr(first).encode()).hexdigest()
