"""Settings as flags of a command: each reads its value as the setting of the same name."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from app.config import SETTINGS, environment_name
from app.errors import HarpistError
from app.setting_values import parse_setting

CONFIG = environment_name("config")
"""The environment variable that names a settings file."""

_IN_PARTS = ("sign",)
"""Settings of several values in one flag, which their unit names."""


def add_settings(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    """Give a command the flags of these settings, with their help."""
    group = parser.add_argument_group("settings", "each also as an environment variable")
    group.add_argument(
        "--config",
        metavar="FILE.toml",
        help=f"A file of settings, such as “port = 8000”; flags and the environment go before it. [{CONFIG}]",
    )
    for name in names:
        item = SETTINGS[name]
        switch = isinstance(item.default, bool)
        parts = item.metadata["unit"].split() if name in _IN_PARTS else []
        default = "" if switch or item.default in ((), "") else f" Default: {item.default}."
        group.add_argument(
            f"--{name.replace('_', '-')}",
            metavar=tuple(parts) or item.metadata["unit"].upper().replace(" ", "-"),
            action=_Setting,
            nargs=0 if switch else len(parts) or None,
            help=f"{item.metadata['help']}{default} [{environment_name(name)}]",
        )


class _Setting(argparse.Action):
    """A flag that reads its value as the setting of the same name; lists grow with every use."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        if isinstance(values, list) and self.dest in _IN_PARTS:
            setattr(namespace, self.dest, tuple(map(str, values)))
            return
        try:
            value = parse_setting(self.dest, "yes" if self.nargs == 0 else str(values))
        except HarpistError as error:
            parser.error(error.message)
        if isinstance(value, tuple):
            value = (*(getattr(namespace, self.dest) or ()), str(values))
        setattr(namespace, self.dest, value)
