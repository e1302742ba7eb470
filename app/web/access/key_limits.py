"""The limits of one key, in place of the server's: as they are typed, kept, and told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from app.errors import InputError, SettingsError
from app.jobs.rates import rates
from app.jobs.shares import SHARES
from app.setting_values import load_settings, parse_setting

Limits = Mapping[str, int | float | str]
"""By the names of the settings."""


def typed_limits(texts: Sequence[str]) -> Limits:
    """Read limits as they are typed, such as ``caller-minutes=60``.

    Raises:
        InputError: one is none, or is given twice.
        SettingsError: its value does not fit the setting of its name.
    """
    read: dict[str, str] = {}
    for text in texts:
        typed, equals, value = text.partition("=")
        name = typed.strip().replace("-", "_")
        if name not in SHARES:
            near = get_close_matches(name.lower(), SHARES, 1)
            names = ", ".join(map(_flag, SHARES))
            hint = f"did you mean {_flag(near[0])}?" if near else f"expected is one of {names}."
            raise InputError(f"A key has no limit “{typed[:60]}”; {hint}")
        if not equals:
            raise InputError(f"A limit is typed with its value, such as caller-minutes=60, not “{text[:60]}”.")
        if name in read:
            raise InputError(f"The limit {_flag(name)} is given twice.")
        read[name] = value.strip()
    return checked_limits(read)


def checked_limits(given: Mapping[str, object]) -> Limits:
    """Return limits as their settings have them, each checked by its setting's own rules.

    Raises:
        SettingsError: there is no such limit, or its value does not fit the setting.
    """
    for name in given:
        if name not in SHARES:
            raise SettingsError(f"A key has no limit “{name[:60]}”.")
    typed = {name: parse_setting(name, str(value)) for name, value in given.items()}
    settings = load_settings(typed, {})
    rates("caller_rate", settings.caller_rate)
    return {name: getattr(settings, name) for name in typed}


def limit_words(limits: Limits) -> str:
    """Return limits as they are typed.

    >>> limit_words({"caller_minutes": 60.0, "caller_rate": "5/hour"})
    'caller-minutes=60 caller-rate=5/hour'
    """
    return " ".join(
        f"{_flag(name)}={f'{value:g}' if isinstance(value, float) else value}" for name, value in limits.items()
    )


def _flag(name: str) -> str:
    return name.replace("_", "-")
