"""An endpoint's description as JSON and back: data is all that comes out of the process that imported it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from app.endpoint import EndpointSpec
from app.errors import ModelFormatError
from app.harp.card import ModelCard
from app.harp.controls import CONTROLS, TRACKS, Dropdown, Input, LabelTrack, TextTrack
from app.weights import HubWeights, check_needs
from app.workers.sandbox.terms import NETWORK, PROCESSES

_INPUTS = {kind.__name__: kind for kind in (*CONTROLS, *TRACKS)}
_BROADEST = 2
"""Parts of a path, from the root on, that say too little of what may be read."""
_NAMED = 3
"""Repositories of one licence that a card names one by one."""
_OUTPUTS = {kind.__name__: kind for kind in (*TRACKS, LabelTrack, TextTrack)}


def spec_to_json(endpoint: Any) -> dict[str, Any]:
    """Return what an endpoint's class says of itself.

    Args:
        endpoint: has ``card``, ``inputs`` and ``outputs`` (see :class:`app.endpoint.Endpoint`), and may have
            ``permits``, ``keeps_length``, ``repeatable``, ``generates``, ``timed``, ``example``, ``further_examples``,
            ``tried_on_example``, ``weights``, ``needs`` and ``reads`` (see :class:`app.endpoint.EndpointSpec`).
    """
    return {
        "card": asdict(endpoint.card),
        "inputs": [{"kind": type(item).__name__, **asdict(item)} for item in endpoint.inputs],
        "outputs": [{"kind": type(item).__name__, **asdict(item)} for item in endpoint.outputs],
        "permits": _listed(endpoint, "permits"),
        "keeps_length": bool(getattr(endpoint, "keeps_length", False)),
        "repeatable": bool(getattr(endpoint, "repeatable", False)),
        "generates": bool(getattr(endpoint, "generates", False)),
        "timed": bool(getattr(endpoint, "timed", False)),
        "tried_on_example": bool(getattr(endpoint, "tried_on_example", False)),
        "example": str(getattr(endpoint, "example", None) or ""),
        "further_examples": [str(path) for path in _listed(endpoint, "further_examples")],
        "weights": [_weights_told(item) for item in _listed(endpoint, "weights")],
        "needs": _listed(endpoint, "needs"),
        "reads": [str(path) for path in _listed(endpoint, "reads")],
    }


def _listed(endpoint: Any, name: str) -> list[Any]:
    """Return what an endpoint states under a name.

    Raises:
        ModelFormatError: it is no tuple: a comma is easily forgotten, and a text is a row of letters, too.
    """
    stated = getattr(endpoint, name, ())
    if not isinstance(stated, (tuple, list)):
        raise ModelFormatError(
            f"Its {name} must be a tuple, with a comma behind each; it is of type {type(stated).__name__}."
        )
    return list(stated)


def _weights_told(item: object) -> dict[str, Any]:
    if not isinstance(item, HubWeights):
        raise ModelFormatError(f"Its weights must be HubWeights; one is of type {type(item).__name__}.")
    return {**asdict(item), "files": list(item.files), "choice": list(item.choice or ())}


def spec_from_json(endpoint_id: str, factory: str, told: Mapping[str, Any]) -> EndpointSpec:
    """Return the description; nothing of it is taken on trust.

    Raises:
        ModelFormatError: something is not as it must be.
    """
    card = _made(ModelCard, told["card"], "card")
    inputs = tuple(_made(_kind(item, _INPUTS), item, "inputs") for item in told["inputs"])
    outputs = tuple(_made(_kind(item, _OUTPUTS), item, "outputs") for item in told["outputs"])
    names = [item.name for item in inputs if isinstance(item, CONTROLS)]
    if len(set(names)) != len(names):
        raise ModelFormatError(f"Two of its controls have the same name; they are called {', '.join(names)}.")
    if not any(isinstance(item, TRACKS) for item in inputs) or not outputs:
        raise ModelFormatError("It needs a track to be sent, and an output.")
    permits = told["permits"]
    unknown = [name for name in permits if name not in (NETWORK, PROCESSES)]
    if unknown:
        raise ModelFormatError(f"It permits itself “{unknown[0]}”; “{NETWORK}” and “{PROCESSES}” are known.")
    example = Path(told["example"]) if told["example"] else None
    weights = _weights(told["weights"])
    _check_choices(weights, inputs)
    return EndpointSpec(
        id=endpoint_id,
        card=_with_terms(card, weights),
        inputs=inputs,
        outputs=outputs,
        factory=factory,
        example=example if example is not None and example.is_file() else None,
        further_examples=tuple(path for path in map(Path, told["further_examples"]) if path.is_file()),
        keeps_length=told["keeps_length"] is True,
        repeatable=told["repeatable"] is True,
        generates=told.get("generates") is True,
        timed=told["timed"] is True,
        tried_on_example=told["tried_on_example"] is True,
        permits=tuple(permits),
        weights=weights,
        needs=_needs(told["needs"]),
        reads=_reads(told["reads"]),
    )


def _with_terms(card: ModelCard, weights: tuple[HubWeights, ...]) -> ModelCard:
    """Return a card that says, wherever it is read, on what terms the weights may be used."""
    if not weights:
        return card
    told = f" Weights: {terms_of(weights)}."
    # What was kept of an endpoint is read again, and says so already.
    return replace(card, description=f"{card.description.removesuffix(told).rstrip()}{told}")


def terms_of(weights: Sequence[HubWeights]) -> str:
    """Return on what terms weights may be used: each licence once, behind the repositories that it is for.

    Where these are many, one stands for all.
    """
    by_licence: dict[str, list[HubWeights]] = {}
    for item in weights:
        by_licence.setdefault(item.licence, []).append(item)
    told = []
    for licence, items in by_licence.items():
        repos = ", ".join(item.repo for item in items)
        if len(items) > _NAMED:
            repos = f"{items[0].repo} and {len(items) - 1} others"
        limit = ", for non-commercial use only" if items[0].non_commercial else ""
        told.append(f"{repos}: {licence or 'no licence is stated'}{limit}")
    return "; ".join(told)


def _weights(told: object) -> tuple[HubWeights, ...]:
    if not isinstance(told, list) or not all(isinstance(item, Mapping) for item in told):
        raise ModelFormatError("Its weights must be HubWeights.")
    try:
        found = tuple(
            HubWeights(**{**item, "files": tuple(item["files"]), "choice": tuple(item["choice"]) or None})
            for item in told
        )
    except ValueError as error:
        raise ModelFormatError(f"Its weights make no sense: {error}.") from error
    repos = [item.repo.lower() for item in found]
    if len(set(repos)) != len(repos):
        raise ModelFormatError("Its weights name a repository twice; one commit and one list of files is expected.")
    return found


def _check_choices(weights: tuple[HubWeights, ...], inputs: tuple[Input, ...]) -> None:
    """Refuse weights for what nobody can choose, and an endpoint of no use with what is installed first."""
    known = {item.name: item for item in inputs if isinstance(item, Dropdown)}
    for item in weights:
        if item.choice is not None:
            control, choice = item.choice
            if control not in known or choice not in known[control].choices:
                raise ModelFormatError(
                    f"Its weights {item.repo} are for “{choice}” of the control “{control}”; there is no such choice."
                )
    if weights and all(item.choice is not None and known[item.choice[0]].value != item.choice[1] for item in weights):
        raise ModelFormatError("None of its weights are for its controls as they stand at first.")


def _needs(told: object) -> tuple[str, ...]:
    needs = tuple(told) if isinstance(told, list) else ("",)
    try:
        check_needs(needs)
    except ValueError as error:
        raise ModelFormatError(f"What it needs makes no sense: {error}.") from error
    return needs


def _reads(told: object) -> tuple[str, ...]:
    """Return where the files and folders lie, links followed, since the sandbox follows none."""
    if not isinstance(told, list) or not all(isinstance(text, str) for text in told):
        raise ModelFormatError("What it reads must be paths.")
    for text in told:
        if not Path(text).is_absolute() or ".." in Path(text).parts or len(Path(text).parts) <= _BROADEST:
            raise ModelFormatError(
                f"It reads “{text[:80]}”; the full path of a file is expected, or of a folder at least two deep."
            )
    return tuple(dict.fromkeys(str(Path(text).resolve()) for text in told))


def _kind(item: Mapping[str, Any], kinds: Mapping[str, type]) -> type:
    kind = kinds.get(str(item["kind"]))
    if kind is None:
        raise ModelFormatError(f"It has a “{str(item['kind'])[:40]}” where one of {', '.join(kinds)} is expected.")
    return kind


def _made(kind: type, values: Mapping[str, Any], where: str) -> Any:
    """Build a record from values whose types are checked one by one."""
    made: dict[str, Any] = {}
    for item in fields(kind):
        value = values[item.name]
        wanted = str(item.type)
        if wanted.startswith("tuple"):
            if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
                raise ModelFormatError(f"{item.name} in its {where} must be texts.")
            value = tuple(value)
        elif not _fits(wanted, value):
            raise ModelFormatError(f"{item.name} in its {where} must be of type {wanted}, not {type(value).__name__}.")
        made[item.name] = value
    try:
        return kind(**made)
    except ValueError as error:
        raise ModelFormatError(f"Its {where} make no sense: {error}.") from error


def _fits(wanted: str, value: object) -> bool:
    if wanted == "float":
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if wanted == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, {"str": str, "bool": bool}.get(wanted, str))
