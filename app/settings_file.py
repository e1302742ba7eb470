"""A file of settings, in TOML: each key is a setting's name, checked before anything else is done."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from app.config import SETTINGS
from app.errors import SettingsError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_LARGEST = 1024 * 1024


def read_settings_file(path: Path) -> dict[str, object]:
    """Return the settings that a file gives, typed.

    Raises:
        SettingsError: the file cannot be read, is no TOML, names a setting that there is not, or gives one a value that
            it cannot have.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST + 1)
        if len(text) > _LARGEST:
            raise SettingsError(f"The settings file {path} is larger than 1 MiB.")
        given = tomllib.loads(text.decode())
    except OSError as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        why = "it is no text in UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        raise SettingsError(f"The settings file {path} is no TOML: {why}.") from None
    return {name: _typed(name, value) for name, value in given.items()}


def _typed(name: str, value: object) -> object:
    if name not in SETTINGS:
        near = get_close_matches(name.replace("-", "_").lower(), SETTINGS, 1)
        hint = f"did you mean “{near[0]}”?" if near else "docs/settings.md lists them."
        raise SettingsError(f"The settings file names “{name[:60]}”, and there is no such setting; {hint}")
    default: Any = SETTINGS[name].default
    unit = SETTINGS[name].metadata["unit"]
    if isinstance(default, bool):
        fits, expected = isinstance(value, bool), "true or false"
    elif isinstance(default, tuple):
        fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
        expected = f'a list of texts, such as ["{unit}"]'
        value = tuple(value) if isinstance(value, list) else value
    elif isinstance(default, int):
        fits, expected = isinstance(value, int) and not isinstance(value, bool), f"a whole number ({unit})"
    elif isinstance(default, float):
        fits, expected = isinstance(value, (int, float)) and not isinstance(value, bool), f"a number ({unit})"
        value = float(value) if fits else value  # type: ignore[arg-type]
    else:
        fits, expected = isinstance(value, str), f"a text ({unit})"
        value = Path(value) if isinstance(default, Path) and isinstance(value, str) else value
    if not fits:
        raise SettingsError(f"The settings file gives {name} a value that it cannot have; expected is {expected}.")
    return value
