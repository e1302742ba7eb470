"""Endpoints in Python that this machine cannot run yet: their weights are not installed, or a library is missing.

Where some of an endpoint's weights are for one choice of a control only, they are a part of it, installed on their own
under the name of their repository; several endpoints may have the same part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import invalidate_caches
from importlib.util import find_spec

from app.endpoint import EndpointSpec
from app.errors import NotFoundError
from app.harp.controls import ControlValue, Dropdown
from app.own_code import pip_arguments
from app.weights import HubWeights

REQUIREMENTS = "requirements-neural.txt"
"""What the libraries of this project's own endpoints are installed from."""

ALONE = {"beartype", "mel_band_roformer", "rotary_embedding_torch"}
ALONE_REQUIREMENTS = "requirements-roformer.txt"
WATERMARK = {"audioseal", "einops", "omegaconf"}
WATERMARK_REQUIREMENTS = "requirements-watermark.txt"
"""Libraries that are installed without what they ask for, and what these are installed from."""


class Shelf:
    """What each endpoint states that has weights or needs a library, and which of them wait for these."""

    def __init__(self) -> None:
        self._stated: dict[str, EndpointSpec] = {}
        self._waiting: dict[str, EndpointSpec] = {}

    def take_in(self, spec: EndpointSpec) -> bool:
        """Take note of an endpoint; returns whether it must wait here instead of being offered."""
        self.forget(spec.id)
        if spec.weights or spec.needs:
            self._stated[spec.id] = replace(spec, weights_at={})
        if belongs_on_shelf(spec):
            self._waiting[spec.id] = self._stated[spec.id]
        return spec.id in self._waiting

    def forget(self, endpoint_id: str) -> None:
        """Take an endpoint away; nothing happens where there is none of that id."""
        self._stated.pop(endpoint_id, None)
        self._waiting.pop(endpoint_id, None)

    def find(self, endpoint_id: str) -> EndpointSpec | None:
        """Return what an endpoint or a part states, in whatever case its id is written; ``None`` for no such one."""
        spec = next((spec for name, spec in self._stated.items() if name.lower() == endpoint_id.lower()), None)
        return spec or next((_part(*whose) for whose in self.owners(endpoint_id)), None)

    def owners(self, part_id: str) -> tuple[tuple[EndpointSpec, HubWeights], ...]:
        """Return what endpoints state that have a part, each with its weights; those that are offered first."""
        found = [
            (spec, item)
            for spec in self._stated.values()
            for item in spec.further_weights
            if item.repo.lower() == part_id.lower()
        ]
        return tuple(sorted(found, key=lambda whose: whose[0].id in self._waiting))

    def parts(self) -> tuple[EndpointSpec, ...]:
        """Return what the parts state of all endpoints that are offered: such an endpoint, with their choice made."""
        found: dict[str, EndpointSpec] = {}
        for spec in self._stated.values():
            for item in () if spec.id in self._waiting else spec.further_weights:
                found.setdefault(item.repo, _part(spec, item))
        return tuple(found.values())

    def stated(self) -> tuple[EndpointSpec, ...]:
        """What every endpoint states that is known here, without where its weights lie."""
        return tuple(self._stated.values())

    def waiting(self) -> tuple[EndpointSpec, ...]:
        """Those that are not offered."""
        return tuple(self._waiting.values())


def belongs_on_shelf(spec: EndpointSpec) -> bool:
    """Whether an endpoint cannot run here yet."""
    return bool(spec.weights and not spec.weights_at) or bool(missing_libraries(spec.needs))


def _part(spec: EndpointSpec, item: HubWeights) -> EndpointSpec:
    """Return what of an endpoint is installed on its own: it is tried with the choice that it is for."""
    assert item.choice is not None
    control, choice = item.choice
    made = tuple(
        replace(one, value=choice) if isinstance(one, Dropdown) and one.name == control else one for one in spec.inputs
    )
    card = replace(
        spec.card,
        name=choice,
        description=f"One more choice of {spec.card.name} ({spec.id}), which works without it.",
        warnings=(),
    )
    return replace(
        spec, id=item.repo, card=card, inputs=made, weights=(replace(item, choice=None),), weights_at={}, speed=0.0
    )


def check_choices(spec: EndpointSpec, controls: Mapping[str, ControlValue]) -> None:
    """Refuse a job that makes a choice whose weights are not here.

    Raises:
        NotFoundError: says which, and how they are installed.
    """
    for item in spec.weights_for(controls):
        if item.repo not in spec.weights_at:
            raise NotFoundError(part_sentence(item))


def part_sentence(item: HubWeights) -> str:
    """Return how weights are installed that are for one choice only."""
    choice = item.choice[1] if item.choice else item.repo
    size = f" ({max(1, round(item.size / 1e6))} MB)" if item.size else ""
    return (
        f"“{choice}” needs weights{size} that are not on this server yet: Install {item.repo} on the page of this "
        f"server, or with “harpist models install {item.repo}”."
    )


def missing_libraries(needs: tuple[str, ...]) -> tuple[str, ...]:
    """Return which libraries are not installed here, without importing any."""
    if needs:
        invalidate_caches()
    return tuple(name for name in needs if not _is_installed(name))


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def library_sentence(spec: EndpointSpec) -> str:
    """Return what someone must do for the libraries that an endpoint lacks here; ``""`` where it lacks none."""
    missing = missing_libraries(spec.needs)
    if not missing:
        return ""
    noun, them = ("the library", "it") if len(missing) == 1 else ("the libraries", "them")
    return f"It needs {noun} {' and '.join(missing)}; this installs {them}: {_commands(missing, spec.trusted)}"


def _commands(missing: tuple[str, ...], trusted: bool) -> str:
    """Return how missing libraries are installed, in this order."""
    if not trusted:
        return f"python -m pip install {' '.join(missing)}"
    if WATERMARK.issuperset(missing) and missing != ("einops",):
        return f"python -m pip install {pip_arguments(WATERMARK_REQUIREMENTS)}"
    commands = []
    if not ALONE.issuperset(missing):
        commands.append(f"python -m pip install {pip_arguments(REQUIREMENTS)}")
    if not ALONE.isdisjoint(missing):
        commands.append(f"python -m pip install {pip_arguments(ALONE_REQUIREMENTS, alone=True)}")
    return ", then ".join(commands)


def shelf_sentence(spec: EndpointSpec) -> str:
    """Return why an endpoint is not offered yet, and what makes it so."""
    return library_sentence(spec) or (
        f"{spec.id} needs its weights first: Install them on the page of this server, "
        f"or with “harpist models install {spec.id}”."
    )
