"""What was learnt, as a folder: an encoder, its chain, and a card."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from app.whole_file import write_whole
from endpoints.deepafx.chain import Chain, ChainError, ChainPlan, plan_of_data
from endpoints.deepafx.encoder import Encoder
from endpoints.deepafx.tensor_file import TensorFileError, read_tensors, write_tensors

WEIGHTS, CHAIN, CARD = "encoder.safetensors", "chain.json", "README.md"
_FORMAT = 1


class FolderError(ValueError):
    """A folder that holds nothing learnt, or something else than this version reads; one sentence says why."""


@dataclass(frozen=True)
class Result:
    """What can be applied.

    Attributes:
        plan: the chain, with its ranges.
        encoder: what turns its knobs.
        name, licence: as the card says.
        facts: how it was learnt, and how well.
        notices: what is different here from where it was learnt, a sentence each.
        about: what it is for, as Markdown.
    """

    plan: ChainPlan
    encoder: Encoder
    name: str
    licence: str
    facts: Mapping[str, Any]
    notices: tuple[str, ...] = ()
    about: str = ""


def write_result(folder: Path, result: Result) -> None:
    """Write a folder that `read_result` reads; files of a result that was there before are replaced one by one."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: tensor.numpy() for name, tensor in result.encoder.state_dict().items()}
    write_tensors(folder / WEIGHTS, tensors)
    data = {
        "format": _FORMAT,
        "name": result.name,
        "licence": result.licence,
        "about": result.about,
        "plugin": result.plan.as_data(),
        "facts": dict(result.facts),
    }
    write_whole(folder / CHAIN, (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode())
    write_whole(folder / CARD, _card(result).encode())


def read_result(folder: Path) -> Result:
    """Read what `write_result` wrote.

    Raises:
        FolderError: it is not there, damaged, or needs an effect that is not here.
    """
    try:
        with (folder / CHAIN).open("rb") as file:
            data = json.loads(file.read(1_000_000))
        if not isinstance(data, dict) or data.get("format") != _FORMAT:
            raise FolderError(f"“{folder / CHAIN}” is of another version of Harpist.")
        plan = plan_of_data(data.get("plugin"))
        encoder = Encoder(len(plan.knobs))
        tensors = {name: torch.from_numpy(array) for name, array in read_tensors(folder / WEIGHTS).items()}
        encoder.load_state_dict(tensors)
    except OSError as error:
        raise FolderError(f"“{folder}” is no folder of something learnt: {CHAIN} cannot be read.") from error
    except (ChainError, TensorFileError, FolderError) as error:
        raise FolderError(str(error)) from error
    except (ValueError, RecursionError) as error:
        raise FolderError(f"“{folder / CHAIN}” is damaged.") from error
    except RuntimeError as error:
        raise FolderError(f"“{folder / WEIGHTS}” does not fit the chain beside it.") from error
    if not all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values()):
        raise FolderError(f"“{folder / WEIGHTS}” holds something else than finite numbers.")
    facts = data.get("facts")
    return Result(
        plan,
        encoder.eval(),
        str(data.get("name", folder.name))[:200],
        str(data.get("licence", ""))[:100],
        facts if isinstance(facts, dict) else {},
        _notices(data["plugin"], plan),
        str(data.get("about", ""))[:4000],
    )


def _notices(data: list[dict[str, Any]], plan: ChainPlan) -> tuple[str, ...]:
    return tuple(
        f"{link.uri} is version {link.version} here; it was learnt with {str(entry['version'])[:40]}, and may sound "
        "otherwise."
        for entry, link in zip(data, plan.links)
        if entry.get("version") and entry["version"] != link.version
    )


def _card(result: Result) -> str:
    rows = "\n".join(
        f"| {knob} | {parameter.label} | {parameter.minimum:g} to {parameter.maximum:g} {parameter.unit} |"
        for knob, parameter in zip(result.plan.knobs, result.plan.parameters)
    )
    rate = 44100
    effects = "\n".join(
        f"- {plugin.name} (`{link.uri}`{', version ' + link.version if link.version else ''})"
        for link, plugin in zip(result.plan.links, Chain(result.plan, rate, 1).plugins)
    )
    facts = "\n".join(
        f"- {name}: {value:.4g}" if isinstance(value, float) and math.isfinite(value) else f"- {name}: {value}"
        for name, value in result.facts.items()
    )
    about = f"{result.about.strip()}\n\n" if result.about else ""
    return f"""---
license: {result.licence}
tags: [harpist, deepafx]
---
# {result.name}

{about}Hears a sound, and turns the knobs of these effects, in this order, as they would have been turned for the sounds
that it learnt from:

{effects}

| knob | what it is | range |
| --- | --- | --- |
{rows}

How it was learnt, and how near it comes on sound that it did not learn from (a loss: less is nearer):

{facts}
"""
