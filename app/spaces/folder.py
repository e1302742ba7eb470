"""A complete Hugging Face Space for one model or several, as a folder.

It carries a copy of this server's code: nothing of it is on PyPI, a Space installs nothing but packages, and what lies
in the Space cannot change under it. The models' files lie in it too, so that it starts without asking anyone.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from app.endpoint import EndpointSpec
from app.errors import InputError, ModelFormatError
from app.own_code import PREFIX, ROOT, START
from app.plain_files import copy_plain, is_plain
from app.spaces.front_matter import front_matter, licence_fields, short_description
from app.spaces.requirements import ZEROGPU, pinned_version, space_requirements
from app.trained import NEEDED, effects_of, is_trained, read_any

KINDS = ("gradio", "zerogpu", "docker")
PORT = 7860
"""The TCP port at which Hugging Face expects a Space."""

_TEMPLATES = ROOT / "spaces" / "templates"
_PYTHON = {"gradio": "3.11", "zerogpu": "3.10.13", "docker": "3.11"}
"""Releases of Python; ZeroGPU has this one."""

_MODEL_FILES = (
    "model.pt",
    "metadata.json",
    "README.md",
    "LICENSE",
    "LICENSE.txt",
    "LICENSE.md",
    "example.wav",
    *NEEDED,
)
_NOT_SENT = shutil.ignore_patterns("__pycache__", ".*", "trained", "examples")
"""Of ``endpoints``: what came along, which is no part of a Space's own model."""
_OWN_EFFECTS = "harpist:"


@dataclass(frozen=True)
class SpaceModel:
    """One model of a Space.

    Attributes:
        spec: as the server knows it, once it was tried.
        folder: where its files lie.
        commit: on the hub; ``""`` for one that is from a folder.
    """

    spec: EndpointSpec
    folder: Path
    commit: str = ""


def write_space(models: Sequence[SpaceModel], kind: str, out: Path, title: str = "") -> None:
    """Write a Space into a folder that is new or empty; all of it, or nothing.

    Args:
        models: what it serves; the first answers at its root.
        kind: one of :data:`KINDS`.
        out: the folder.
        title: the Space's; empty: the model's name.

    Raises:
        InputError: the folder has something in it, or cannot be written.
        ModelFormatError: a model has no licence, or needs what a Space has not.
    """
    texts = space_texts(models, kind, title)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} is there already; a Space is written into a new or empty folder.")
    unfinished = out.with_name(f".{out.name}.unfinished")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        for name, text in texts.items():
            (unfinished / name).write_text(text, encoding="utf-8")
        _copy_code(unfinished / ROOT.relative_to(START), endpoints=any(is_trained(model.folder) for model in models))
        shutil.copyfile(ROOT / "LICENSE", unfinished / "LICENSE")
        for model in models:
            target = unfinished / "models" / model.spec.id
            target.mkdir(parents=True)
            for name in _MODEL_FILES:
                if is_plain(model.folder / name):
                    copy_plain(model.folder / name, target / name)
        if out.exists():
            out.rmdir()
        unfinished.rename(out)
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror}.") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def space_texts(models: Sequence[SpaceModel], kind: str, title: str = "") -> dict[str, str]:
    """Return the files of a Space that are made for it, by name: all but the code and the models.

    Raises:
        ModelFormatError: a model has no licence, or needs what a Space has not.
    """
    for model in models:
        _refuse_what_a_space_has_not(model, kind)
        if not model.spec.card.licence:
            raise ModelFormatError(
                f"{model.spec.id} states no licence, and a model without one is not to be deployed; "
                "add “license: …” to the header of its README.md."
            )
    requirements = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    names = [model.spec.card.name for model in models]
    title = title or (names[0] if len(models) == 1 else f"Harpist: {', '.join(names)}"[:80])
    values = {
        "title": title,
        "models": _tuple([model.spec.id for model in models]),
        "python": _PYTHON[kind],
        "port": str(PORT),
        "prefix": PREFIX,
    }
    program = "space-zerogpu.py" if kind == "zerogpu" else "space.py"
    large = ("pt", "wav", "safetensors") if any(is_trained(model.folder) for model in models) else ("pt", "wav")
    texts = {
        "README.md": f"{_header(models, kind, title, requirements)}\n\n{_body(models, values)}",
        "space.py": _filled(program, values),
        "requirements.txt": space_requirements(requirements, constraints, ZEROGPU if kind == "zerogpu" else ()),
        ".gitattributes": "".join(f"*.{ending} filter=lfs diff=lfs merge=lfs -text\n" for ending in large),
        # What trying it here leaves behind; the hub's client heeds it when it sends the folder.
        ".gitignore": "__pycache__/\n",
    }
    if kind == "docker":
        texts["Dockerfile"] = _filled("Dockerfile", values)
    return texts


def _copy_code(folder: Path, *, endpoints: bool) -> None:
    """Copy this server's code, which is called there as it is here; ``endpoints``: those too."""
    shutil.copytree(ROOT / "app", folder / "app", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    if endpoints:
        shutil.copytree(ROOT / "endpoints", folder / "endpoints", ignore=_NOT_SENT)
    if PREFIX:
        shutil.copyfile(ROOT / "__init__.py", folder / "__init__.py")


def _refuse_what_a_space_has_not(model: SpaceModel, kind: str) -> None:
    if not is_trained(model.folder):
        return
    if kind == "zerogpu":
        raise ModelFormatError(
            f"{model.spec.id} turns the knobs of effects, which run on the processor, and ZeroGPU lends a GPU for each "
            "job; choose --kind gradio or docker."
        )
    others = [uri for uri in effects_of(model.folder) if not uri.startswith(_OWN_EFFECTS)]
    if others:
        raise ModelFormatError(
            f"{model.spec.id} turns the knobs of {others[0][:200]}, a plugin of this machine, which a Space has not; a "
            f"Space can have what was learnt with the effects of Harpist's own ({_OWN_EFFECTS}…)."
        )


def _header(models: Sequence[SpaceModel], kind: str, title: str, requirements: str) -> str:
    descriptions = [read_any(model.folder).short_description or model.spec.card.name for model in models]
    built = (
        {"sdk": "docker", "app_port": PORT}
        if kind == "docker"
        else {
            "sdk": "gradio",
            "sdk_version": pinned_version(requirements, "gradio"),
            "python_version": _PYTHON[kind],
            "app_file": "space.py",
        }
    )
    return front_matter(
        title=title,
        emoji="🎛️",
        colorFrom="indigo",
        colorTo="green",
        **built,
        short_description=short_description(descriptions),
        **licence_fields([model.spec.card.licence for model in models]),
        models=[model.spec.id for model in models if model.commit],
        # By these HARP's home page places the model that HARP reaches, the first; they are as its /controls tells them.
        tags=list(models[0].spec.card.tags),
        pinned=False,
    )


def _body(models: Sequence[SpaceModel], values: dict[str, str]) -> str:
    rows = [
        f"| `{model.spec.id}` | {_cell(model.spec.card.name)} | {_cell(model.spec.card.licence)} "
        f"| {f'`{model.commit}`' if model.commit else 'in this Space'} |"
        for model in models
    ]
    several = (
        "\nOn a Space HARP reaches only the address itself: the first model. The others are for the browser and for "
        "`gradio_client`, at `/models/OWNER/NAME`.\n"
        if len(models) > 1
        else ""
    )
    return _filled("README.md", {**values, "rows": "\n".join(rows), "several": several})


def _tuple(ids: Sequence[str]) -> str:
    """Return ids as Python has them, as this project's formatter writes them."""
    if len(ids) == 1:
        return f'("{ids[0]}",)'
    return "".join(["(\n", *(f'    "{endpoint_id}",\n' for endpoint_id in ids), ")"])


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())


def _filled(name: str, values: dict[str, str]) -> str:
    return Template((_TEMPLATES / f"{name}.template").read_text(encoding="utf-8")).substitute(values)
