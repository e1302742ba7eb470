"""``harpist keys …``: who may use a server that asks for keys."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from app.cli.flags import add_settings
from app.config import SETTINGS, Settings
from app.errors import SettingsError
from app.harp.address import harp_url
from app.jobs.shares import SHARES
from app.web.access.person import MAY

if TYPE_CHECKING:
    from app.web.access.keys import KeyStore


def add_keys(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Give the command line its ``keys`` command."""
    keys = commands.add_parser("keys", help="who may use a server that asks for keys", allow_abbrev=False)
    actions = keys.add_subparsers(required=True, metavar="COMMAND")
    add = actions.add_parser("add", help="make a key, and print it: it is kept nowhere", allow_abbrev=False)
    add.add_argument("name", metavar="NAME", help="whose it is")
    add.add_argument(
        "--may", action="append", choices=MAY, default=[], help="what its owner may do beside using models"
    )
    limits = (f"{name.replace('_', '-')} ({SETTINGS[name].metadata['unit']})" for name in SHARES)
    add.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="LIMIT=VALUE",
        help=f"a limit of its owner's in place of the server's, such as caller-minutes=60; 0: none; repeatable; "
        f"one of {', '.join(limits)}",
    )
    listing = actions.add_parser("list", help="tell who has a key", allow_abbrev=False)
    revoke = actions.add_parser("revoke", help="let a key open nothing any more, at once", allow_abbrev=False)
    revoke.add_argument("name", metavar="NAME", help="whose it is")
    for parser, run in ((add, _add), (listing, _list), (revoke, _revoke)):
        add_settings(parser, ("home", *(("public_url",) if parser is add else ())))
        parser.set_defaults(run=run)


def _add(options: argparse.Namespace, settings: Settings) -> int:
    from app.web.access.key_limits import typed_limits

    limits = typed_limits(options.limit)
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"The home folder cannot be made: {error.strerror}; choose another with --home.") from None
    secret = _store(settings).add(options.name, options.may, limits)
    server = settings.public_url.rstrip("/") or "http://localhost:7860"
    print(secret)
    print(
        f"The key of {options.name}; nobody can show it again. It holds where the server runs with --require-key.\n"
        f"In HARP:       {harp_url(f'{server}/key/{secret}/models/OWNER/NAME')}\n"
        f"In a browser:  {server}/sign-in\n"
        f"In programs:   Authorization: Bearer {secret}",
        file=sys.stderr,
    )
    return 0


def _list(_options: argparse.Namespace, settings: Settings) -> int:
    from app.web.access.key_limits import limit_words

    keys = _store(settings).listed()
    for key in keys:
        may = f", may {' and '.join(key.may)}" if key.may else ""
        limits = f", {limit_words(key.limits)}" if key.limits else ""
        print(f"{key.name}  since {key.made[:10]}{may}{limits}")
    if not keys:
        print("Nobody has a key; “keys add NAME” makes one.", file=sys.stderr)
    return 0


def _revoke(options: argparse.Namespace, settings: Settings) -> int:
    _store(settings).revoke(options.name)
    print(f"The key of {options.name} opens nothing any more.", file=sys.stderr)
    return 0


def _store(settings: Settings) -> KeyStore:
    from app.web.access.keys import KeyStore

    return KeyStore(settings.home)
