"""The values of a server's settings, from flags, the environment, a file, and their defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.config import PRECISIONS, SETTINGS, Settings, environment_name
from app.errors import SettingsError
from app.setting_rules import check

_YES, _NO = ("yes", "true", "on", "1"), ("no", "false", "off", "0", "")


def load_settings(
    flags: Mapping[str, object],
    environment: Mapping[str, str] = os.environ,
    filed: Mapping[str, object] = MappingProxyType({}),
) -> Settings:
    """Merge flags (typed, ``None`` where not given) over the environment over a file's settings over the defaults.

    Raises:
        SettingsError: a value does not fit its setting.
    """
    values: dict[str, Any] = {}
    for name, item in SETTINGS.items():
        given = flags.get(name)
        text = environment.get(environment_name(name))
        if given is not None:
            values[name] = given
        elif text is not None:
            values[name] = parse_setting(name, text)
        else:
            values[name] = filed.get(name, item.default)
    settings = Settings(**{**values, "home": Path(values["home"]).expanduser().absolute()})
    check(settings, {name: str(item.metadata["unit"]) for name, item in SETTINGS.items()}, PRECISIONS)
    return settings


def parse_setting(name: str, text: str) -> object:
    """Read one setting from text, as the environment and the command line give it.

    Raises:
        SettingsError: the text does not fit the setting.
    """
    default: Any = SETTINGS[name].default
    if isinstance(default, bool):
        if text.lower() not in _YES + _NO:
            raise SettingsError(f"The setting {name} expects yes or no, not “{text[:40]}”.")
        return text.lower() in _YES
    try:
        if isinstance(default, tuple):
            return tuple(part.strip() for part in text.split(",") if part.strip())
        return type(default)(text) if not isinstance(default, Path) else Path(text)
    except ValueError:
        kind = "a whole number" if isinstance(default, int) else "a number"
        raise SettingsError(
            f"The setting {name} expects {kind} ({SETTINGS[name].metadata['unit']}), not “{text}”."
        ) from None
