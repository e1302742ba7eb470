"""What the server knows of the worker's endpoint that checks a model. Standard library only."""

from __future__ import annotations

from pathlib import Path

from app.audacitorch.checking.groups import GROUPS, SECONDS
from app.endpoint import EndpointSpec
from app.harp.card import ModelCard
from app.harp.controls import Dropdown, FileTrack

CHECK_ID = "harpist/check"


def check_spec(folder: Path, seconds: float = SECONDS) -> EndpointSpec:
    """Describe the endpoint that checks the model in ``folder``: no tracks, a group of trials a call."""
    groups = tuple(GROUPS)
    return EndpointSpec(
        id=CHECK_ID,
        card=ModelCard("Check", "Harpist", "Tries a model with everything that it may meet."),
        inputs=(Dropdown("group", "Group", "Which trials to make.", groups, groups[0]),),
        outputs=(FileTrack("report", "What was found.", file_types=(".json",)),),
        factory="app.audacitorch.checking.endpoint:Check",
        arguments={"folder": str(folder), "seconds": str(seconds)},
        reads=tuple(str(folder / name) for name in ("model.pt", "metadata.json", "README.md")),
    )
