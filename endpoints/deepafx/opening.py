"""Effects by the addresses that a chain names them by: of the torch set, LV2 and VST3 plugins, pedalboard's own."""

from __future__ import annotations

import hashlib
import importlib
from pathlib import Path
from typing import cast

from app.errors import HarpistError
from app.vst3_folders import VST3, installed_vst3, vst3_folders
from endpoints.effects.channels import Linked
from endpoints.effects.parameter import Parameter
from endpoints.effects.pedalboard_set.effects import PREFIX as PEDALBOARD
from endpoints.effects.plugin import Plugin
from endpoints.effects.torch_set.effects import EFFECTS

LV2 = "lv2:"


class OpeningError(ValueError):
    """An effect that is not to be had; one sentence says why."""


def open_effect(uri: str, rate: int, channels: int) -> Plugin:
    """Return a new effect for a number of channels; where it takes others, several of it are turned as one.

    Args:
        uri: ``harpist:NAME`` of the torch set; ``lv2:URI`` of an LV2 plugin of this machine; a ``.vst3``, by its name
            where it lies in one of the system's folders for them, or by its full path; ``pedalboard:NAME`` of
            pedalboard's own effects.
        rate: of the sound, in Hz.
        channels: of the sound.

    Raises:
        OpeningError: there is none by that address, or what hosts it is missing.
    """
    if uri in EFFECTS:
        return EFFECTS[uri](rate, channels)
    try:
        if uri.startswith(LV2):
            # Neither lilv nor pedalboard is there for all who use the torch set.
            lv2 = importlib.import_module("endpoints.effects.lv2.plugin")
            return Linked(lambda: cast(Plugin, lv2.Lv2Plugin(uri.removeprefix(LV2), rate)), channels)
        if uri.lower().endswith(VST3):
            vst3, path = importlib.import_module("endpoints.effects.vst3.plugin"), _place(uri)
            return Linked(lambda: cast(Plugin, vst3.Vst3Plugin(path, rate)), channels)
        if uri.startswith(PEDALBOARD):
            own = importlib.import_module("endpoints.effects.pedalboard_set.plugin")
            return Linked(lambda: cast(Plugin, own.PedalboardEffect(uri, rate)), channels)
    except HarpistError as error:
        raise OpeningError(error.message) from error
    raise OpeningError(
        f"There is no effect “{uri[:200]}”; there are {', '.join(EFFECTS)}, and the plugins of this machine by "
        "lv2:URI, NAME.vst3 or pedalboard:NAME."
    )


def version_of(effect: Plugin) -> str:
    """Return the version that an effect states; else a word that changes with its controls, their ranges and defaults.

    Plugins such as Calf's state none.
    """
    if effect.version:
        return effect.version
    told = "\n".join(map(_told, effect.parameters))
    return f"controls-{hashlib.sha256(told.encode()).hexdigest()[:8]}"


def _place(uri: str) -> Path:
    if Path(uri).is_absolute():
        if not Path(uri).exists():
            raise OpeningError(f"The VST3 plugin “{uri[:200]}” is not there.")
        return Path(uri)
    found = installed_vst3(uri)
    if found is None:
        raise OpeningError(
            f"No VST3 plugin “{uri[:200]}” is installed: its file's name, in "
            f"{', '.join(map(str, vst3_folders()))}, or its full path is expected."
        )
    return found


def _told(parameter: Parameter) -> str:
    return f"{parameter.name} {parameter.minimum:.6g} {parameter.maximum:.6g} {parameter.default:.6g} {parameter.scale}"
