"""The command line: ``python -m app serve | process | models list``.

Each command stands in a file of its own; this one reads the
flags and turns errors into a sentence and an exit code.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from app import __version__
from app.config import SETTINGS, Settings, environment_name, load_settings, parse_setting
from app.errors import HarpistError, InputError

# What a command exits with.
DONE, FAILED, USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 not understood."""
    options = _parser().parse_args(arguments)
    try:
        settings = load_settings({name: getattr(options, name, None) for name in SETTINGS})
        return int(options.run(options, settings))
    except HarpistError as error:
        print(f"harpist: {error.message}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m app", description="Harpist: whole-region AI audio for any DAW.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"harpist {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="start the server", allow_abbrev=False)
    _add_settings(serve, tuple(SETTINGS))
    serve.set_defaults(run=_serve)

    process = commands.add_parser("process", help="run one model over files, without a server", allow_abbrev=False)
    process.add_argument(
        "model_id", metavar="MODEL", help="an endpoint's id, a model's folder, or OWNER/NAME on the hub"
    )
    process.add_argument("files", metavar="FILE", nargs="+", type=Path, help="sound files, each processed by itself")
    process.add_argument("--out", metavar="DIR", type=Path, default=Path(), help="folder for what comes back")
    process.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="turn a control, such as --set Wet=80; repeatable",
    )
    process.add_argument("--overwrite", action="store_true", help="replace files of the same name in DIR")
    _add_settings(
        process,
        (
            "home",
            "device",
            "precision",
            "threads",
            "memory",
            "job_timeout",
            "job_timeout_per_minute",
            "load_timeout",
            "require_sandbox",
        ),
    )
    process.set_defaults(run=_process)

    models = commands.add_parser("models", help="the models of this machine", allow_abbrev=False)
    listing = models.add_subparsers(required=True, metavar="COMMAND").add_parser(
        "list", help="list every model with its controls", allow_abbrev=False
    )
    _add_settings(listing, ("home", "model"))
    listing.set_defaults(run=_list)
    return parser


def _add_settings(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    group = parser.add_argument_group("settings", "each also as an environment variable")
    for name in names:
        item = SETTINGS[name]
        switch = isinstance(item.default, bool)
        default = "" if switch or item.default in ((), "") else f" Default: {item.default}."
        group.add_argument(
            f"--{name.replace('_', '-')}",
            metavar=item.metadata["unit"].upper().replace(" ", "-"),
            action=_Setting,
            nargs=0 if switch else None,
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
        try:
            value = parse_setting(self.dest, "yes" if self.nargs == 0 else str(values))
        except HarpistError as error:
            parser.error(error.message)
        if isinstance(value, tuple):
            value = (*(getattr(namespace, self.dest) or ()), str(values))
        setattr(namespace, self.dest, value)


def _serve(_options: argparse.Namespace, settings: Settings) -> int:
    from app.cli.serve import serve

    return serve(settings)


def _process(options: argparse.Namespace, settings: Settings) -> int:
    from app.cli.process import process_files

    # As Ctrl+C does: workers end, and nothing is left beside the results.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    values: dict[str, str] = {}
    for pair in options.set:
        name, separator, value = pair.partition("=")
        if not separator or not name.strip():
            raise InputError(f"--set expects NAME=VALUE, such as --set Wet=80, not “{pair}”.")
        values[name.strip()] = value.strip()
    return process_files(settings, options.model_id, options.files, options.out, values, overwrite=options.overwrite)


def _list(_options: argparse.Namespace, settings: Settings) -> int:
    from app.cli.models import list_models

    return list_models(settings)
