"""Effects in a row, and which of their knobs are learnt: a vector of turns from 0 to 1 sets them all."""

from __future__ import annotations

import importlib
import json
import math
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from endpoints.deepafx.opening import OpeningError, open_effect, version_of
from endpoints.effects.moving import moved
from endpoints.effects.parameter import Parameter, Scale
from endpoints.effects.plugin import Block, Plugin
from endpoints.effects.torch_set.effect import TorchEffect

Turns = NDArray[np.float64]
"""``(knobs,)``, from 0 to 1 each."""

_LARGEST = 1_000_000


class ChainError(ValueError):
    """A chain that cannot be; one sentence says why."""


@dataclass(frozen=True)
class Link:
    """One effect of a chain.

    Attributes:
        name: what it is called in this chain.
        uri: which effect it is.
        learned: knobs that are turned, with the ranges and defaults that hold here.
        fixed: values of others; the rest stay at the effect's defaults.
        version: of the effect, when the chain was made.
    """

    name: str
    uri: str
    learned: tuple[Parameter, ...]
    fixed: Mapping[str, float]
    version: str = ""


@dataclass(frozen=True)
class ChainPlan:
    """Which effects, in their order, and what is learnt of each."""

    links: tuple[Link, ...]

    @property
    def knobs(self) -> tuple[str, ...]:
        """The learnt ones, as effect/parameter."""
        return tuple(f"{link.name}/{parameter.name}" for link in self.links for parameter in link.learned)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Of ``knobs``."""
        return tuple(parameter for link in self.links for parameter in link.learned)

    @property
    def defaults(self) -> Turns:
        """Where the knobs stand when nothing has been learnt."""
        return np.array([parameter.to_turn(parameter.default) for parameter in self.parameters])

    def first(self, links: int) -> ChainPlan:
        """Return the chain of its first effects alone."""
        return ChainPlan(self.links[:links])

    def values(self, turns: Turns) -> list[dict[str, float]]:
        """Return each effect's values, the fixed ones among them."""
        found, at = [], 0
        for link in self.links:
            own = turns[at : at + len(link.learned)].tolist()
            found.append({**link.fixed, **{p.name: p.from_turn(turn) for p, turn in zip(link.learned, own)}})
            at += len(link.learned)
        return found

    def turns(self, values: Mapping[str, float]) -> Turns:
        """Return where the knobs stand for values by effect/parameter; what is not named is at its default."""
        return np.array([p.to_turn(values.get(k, p.default)) for k, p in zip(self.knobs, self.parameters)])

    def as_data(self) -> list[dict[str, Any]]:
        """Return what `plan_of_data` reads, as JSON has it."""
        return [
            {
                "name": link.name,
                "uri": link.uri,
                "version": link.version,
                "fixed": dict(link.fixed),
                "learn": {
                    p.name: {"minimum": p.minimum, "maximum": p.maximum, "default": p.default, "scale": p.scale.value}
                    for p in link.learned
                },
            }
            for link in self.links
        ]


class Chain:
    """The effects of a plan, running; itself as a plugin is, but for its knobs being a vector of turns.

    Args:
        plan: which effects.
        rate: in Hz.
        channels: how many.

    Raises:
        ChainError: an effect is not to be had.
    """

    def __init__(self, plan: ChainPlan, rate: int, channels: int) -> None:
        self.plan, self.channels = plan, channels
        self.plugins: list[Plugin] = [_opened(link.uri, rate, channels) for link in plan.links]

    @property
    def latency(self) -> int:
        """How many samples the sound comes late."""
        return sum(plugin.latency for plugin in self.plugins)

    @property
    def differentiable(self) -> bool:
        """Whether `render` can be asked."""
        return all(isinstance(plugin, TorchEffect) for plugin in self.plugins)

    def process(self, block: Block, turns: Turns) -> Block:
        """Return the next block, ``(channels, samples)``, as it sounds with these turns.

        Raises:
            ModelRunError: an effect returned something else than finite numbers.
        """
        for plugin, values in zip(self.plugins, self.plan.values(turns)):
            block = plugin.process(block, values)
        return block

    def process_moving(self, block: Block, stretches: Sequence[tuple[int, Turns]]) -> Block:
        """Return the next block as it sounds while the knobs are turned; see `endpoints.effects.moving.moved`.

        Raises:
            ModelRunError: an effect returned something else than finite numbers.
        """
        values = [self.plan.values(turns) for _, turns in stretches]
        for number, plugin in enumerate(self.plugins):
            block = moved(plugin, block, [(samples, of[number]) for (samples, _), of in zip(stretches, values)])
        return block

    def reset(self) -> None:
        """Forget all sound."""
        for plugin in self.plugins:
            plugin.reset()

    def render(self, sound: Tensor, turns: Tensor) -> Tensor:
        """Return stretches from rest, differentiable in the turns.

        Args:
            sound: ``(items, channels, samples)``.
            turns: ``(items, knobs)``.
        """
        at = 0
        for link, plugin in zip(self.plan.links, self.plugins):
            assert isinstance(plugin, TorchEffect)
            values: dict[str, Tensor | float] = dict(link.fixed)
            for parameter in link.learned:
                values[parameter.name] = _value(parameter, turns[:, at].double())
                at += 1
            sound = plugin.render(sound, values)
        return sound


def _value(parameter: Parameter, turn: Tensor) -> Tensor:
    if parameter.scale is Scale.LOGARITHMIC:
        return parameter.minimum * torch.exp(turn * math.log(parameter.maximum / parameter.minimum))
    return parameter.minimum + turn * (parameter.maximum - parameter.minimum)


def read_plan(path: Path) -> ChainPlan:
    """Read a chain from a ``.toml`` or ``.json`` file: a list ``plugin``, as `plan_of_data` takes it.

    Raises:
        ChainError: it cannot be read, or says what cannot be.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise ChainError(f"“{path}” cannot be read: {error.strerror}.") from error
    if len(content) > _LARGEST:
        raise ChainError(f"“{path.name}” is larger than a megabyte, and no chain is.")
    try:
        text = content.decode()
        if path.suffix.lower() == ".json":
            data = json.loads(text)
        else:
            # Python's own from 3.11 on.
            data = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli").loads(text)
    except ModuleNotFoundError as error:
        raise ChainError(
            "A .toml file needs tomli here (see requirements.txt); or write the chain as .json."
        ) from error
    except (ValueError, RecursionError) as error:
        raise ChainError(f"“{path.name}” is not written as TOML or JSON is: {error}.") from error
    return plan_of_data(data.get("plugin") if isinstance(data, dict) else None)


def plan_of_data(data: Any) -> ChainPlan:
    """Return the chain that data describe.

    Each effect is a table: ``uri``, as `open_effect` takes it; ``name`` (else the URI's last word); ``learn``, a list
    of parameters, or a table of them with ``minimum``, ``maximum``, ``default`` and ``scale`` where they differ from
    the effect's (else all that can be turned by a little); ``fixed``, values by parameter.

    Raises:
        ChainError: something of it cannot be.
    """
    if not isinstance(data, list) or not 1 <= len(data) <= 32:
        raise ChainError("A chain is a list “plugin” of 1 to 32 effects, each with a “uri”.")
    links = []
    for entry in data:
        if not isinstance(entry, dict) or not isinstance(entry.get("uri"), str):
            raise ChainError("Each plugin of a chain is a table with a “uri”, such as harpist:compressor.")
        links.append(_link(entry))
    if len({link.name for link in links}) < len(links):
        raise ChainError("Two plugins of the chain have one name; give each a “name” of its own.")
    plan = ChainPlan(tuple(links))
    if not plan.knobs:
        raise ChainError("Nothing of the chain is to be learnt; name at least one parameter under “learn”.")
    return plan


def _link(entry: dict[str, Any]) -> Link:
    uri = entry["uri"]
    name = str(entry.get("name") or re.split(r"[/:#\\]", uri)[-1].removesuffix(".vst3"))[:80]
    effect = _opened(uri, 44100, 1)
    known = {parameter.name: parameter for parameter in effect.parameters}
    version, before = version_of(effect), entry.get("version")
    other = (
        f" It was learnt with version {str(before)[:40]}; {version} is here." if before not in (None, version) else ""
    )
    fixed = entry.get("fixed", {})
    if not isinstance(fixed, dict) or not all(isinstance(v, (int, float)) and math.isfinite(v) for v in fixed.values()):
        raise ChainError(f"“fixed” of {name} has to be numbers by their parameters.")
    asked = entry.get("learn")
    if asked is None:
        asked = [p.name for p in effect.parameters if p.continuous and p.name not in fixed]
    ranges: dict[str, Any] = asked if isinstance(asked, dict) else {}
    if not isinstance(asked, (dict, list)) or not all(isinstance(wanted, str) for wanted in asked):
        raise ChainError(f"“learn” of {name} has to be a list of parameters, or a table of them.")
    for wanted in [*asked, *fixed]:
        if wanted not in known:
            has = ", ".join(known)[:1000]
            raise ChainError(f"{effect.name} has no parameter “{wanted[:80]}”; it has {has}.{other}")
    if both := set(asked) & set(fixed):
        raise ChainError(f"“{min(both)}” of {name} is both learnt and fixed.")
    for wanted, value in fixed.items():
        if not known[wanted].minimum <= value <= known[wanted].maximum:
            raise ChainError(f"“{wanted}” of {name} is fixed at {value:g}; {_range(known[wanted])}.{other}")
    learned = tuple(_ranged(known[wanted], ranges.get(wanted) or {}, name, other) for wanted in asked)
    return Link(name, uri, learned, {k: float(v) for k, v in fixed.items()}, version)


def _opened(uri: str, rate: int, channels: int) -> Plugin:
    try:
        return open_effect(uri, rate, channels)
    except OpeningError as error:
        raise ChainError(str(error)) from error


def _ranged(parameter: Parameter, wanted: Any, name: str, other: str) -> Parameter:
    if not parameter.continuous:
        raise ChainError(f"“{parameter.name}” of {name} cannot be turned by a little; put it under “fixed”.")
    try:
        scale = Scale(wanted.get("scale", parameter.scale.value))
        low, high = float(wanted.get("minimum", parameter.minimum)), float(wanted.get("maximum", parameter.maximum))
        default = float(wanted.get("default", min(max(parameter.default, low), high)))
        if low < parameter.minimum or high > parameter.maximum:
            raise ValueError(_range(parameter))
        return replace(parameter, minimum=low, maximum=high, default=default, scale=scale)
    except (AttributeError, TypeError, ValueError) as error:
        raise ChainError(f"The range of “{parameter.name}” of {name} cannot be: {error}.{other}") from error


def _range(parameter: Parameter) -> str:
    return f"it can be {parameter.minimum:g} to {parameter.maximum:g} {parameter.unit}".rstrip()


def make_chains(plan: ChainPlan, rate: int, channels: int, count: int) -> Sequence[Chain]:
    """Return so many chains of one plan, each with a state of its own."""
    return [Chain(plan, rate, channels) for _ in range(count)]
