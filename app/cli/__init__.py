"""The command line: ``harpist serve | process | audacity | check | publish | space | provenance | …``.

Each command stands in a file of its own; this one reads the flags and turns errors into a sentence and an exit code.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from app import __version__
from app.cli.cluster import add_cluster
from app.cli.flags import CONFIG, add_settings
from app.cli.keys import add_keys
from app.cli.processing import add_processing
from app.cli.provenance import add_provenance
from app.config import SETTINGS, Settings
from app.errors import HarpistError
from app.setting_values import load_settings

# What a command exits with.
DONE, FAILED, USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 not understood."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A file's name need not be text: what is printed of it are its own bytes, or marks where that cannot be.
        sys.stdout.reconfigure(errors="surrogateescape" if os.name == "posix" else "backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        path = getattr(options, "config", None) or os.environ.get(CONFIG)
        filed = _filed(path) if path else {}
        settings = load_settings({name: getattr(options, name, None) for name in SETTINGS}, filed=filed)
        code = int(options.run(options, settings))
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever read the output has seen enough, as `head` has; nor shall the flush at the end complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except HarpistError as error:
        print(f"harpist: {error.message}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 130


def _filed(path: str) -> dict[str, object]:
    from app.settings_file import read_settings_file

    return read_settings_file(Path(path))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="harpist", description="Harpist: whole-region AI audio for any DAW.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"harpist {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="start the server", allow_abbrev=False)
    add_settings(serve, tuple(SETTINGS))
    serve.set_defaults(run=_serve)

    add_processing(commands)
    _add_publish(commands)
    _add_check(commands)

    models = commands.add_parser("models", help="the models of this machine", allow_abbrev=False)
    _add_models(models.add_subparsers(required=True, metavar="COMMAND"))
    add_keys(commands)
    add_cluster(commands)
    add_provenance(commands)
    return parser


def _add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    check = commands.add_parser(
        "check",
        help="tell everything that would go wrong for a model's user",
        description="Exit code: 0 clean or notes only, 1 warnings, 2 errors, 3 the check could not be made.",
        allow_abbrev=False,
    )
    check.add_argument("target", metavar="PATH_OR_REPO", help="a model's folder, or OWNER/NAME on the hub")
    check.add_argument("--json", action="store_true", help="print the report as one JSON object")
    add_settings(check, ("threads", "memory", "load_timeout", "max_model", "require_sandbox"))
    check.set_defaults(run=_check)


def _add_publish(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    publish = commands.add_parser("publish", help="put an exported model on the Hugging Face hub", allow_abbrev=False)
    publish.add_argument("folder", metavar="FOLDER", type=Path, help="a model's folder, as the export writes it")
    publish.add_argument("model_id", metavar="OWNER/NAME", help="the repository on the hub; it is made when missing")
    publish.add_argument("--private", action="store_true", help="only the owner sees the repository")
    publish.add_argument(
        "--update", action="store_true", help="make a new commit of a repository that has other content"
    )
    publish.add_argument("--message", metavar="TEXT", default="", help="of the commit")
    publish.add_argument("--tag", metavar="NAME", default="", help="a name for the commit, such as v1.0")
    publish.add_argument("--dry-run", action="store_true", help="print what would be sent, and send nothing")
    publish.set_defaults(run=_publish)

    space = commands.add_parser("space", help="write a Hugging Face Space that serves models", allow_abbrev=False)
    space.add_argument(
        "models", metavar="MODEL", nargs="+", help="a model's folder, OWNER/NAME on the hub, or a bundled model's id"
    )
    space.add_argument("--out", metavar="DIR", type=Path, required=True, help="where to, a new or empty folder")
    space.add_argument(
        "--kind", choices=("gradio", "zerogpu", "docker"), default="gradio", help="what the Space runs on"
    )
    space.add_argument("--title", metavar="TEXT", default="", help="of the Space; the model's name unless given")
    add_settings(space, ("home", "memory", "threads", "load_timeout", "max_model", "allow", "deny"))
    space.set_defaults(run=_space)


def _add_models(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    listing = commands.add_parser("list", help="list every model with its controls", allow_abbrev=False)
    add_settings(listing, ("home", "model"))
    listing.set_defaults(run=_list)

    install = commands.add_parser("install", help="install models of the Hugging Face hub", allow_abbrev=False)
    install.add_argument(
        "models",
        metavar="OWNER/NAME[@REVISION]",
        nargs="+",
        help="a model's id, at a commit, tag or branch, or its URL; or an endpoint that needs weights",
    )
    install.add_argument(
        "--accept-licence",
        action="store_true",
        help="accept the licences of weights that are for non-commercial use only; this is remembered",
    )
    update = commands.add_parser("update", help="bring installed models to their newest commit", allow_abbrev=False)
    chosen = update.add_mutually_exclusive_group(required=True)
    chosen.add_argument("models", metavar="OWNER/NAME", nargs="*", default=[], help="a model's id")
    chosen.add_argument("--all", action="store_true", help="all of them")
    remove = commands.add_parser("remove", help="remove installed models from the disk", allow_abbrev=False)
    remove.add_argument("models", metavar="OWNER/NAME", nargs="+", help="a model's id")
    search = commands.add_parser("search", help="search the hub, and what is installed", allow_abbrev=False)
    search.add_argument("words", metavar="WORD", nargs="*", help="what its texts or its id must contain")
    trial = ("allow", "deny", "max_model", "memory", "threads", "load_timeout", "require_sandbox")
    for parser, run, settings in (
        (install, _install, trial),
        (update, _update, trial),
        (remove, _remove, ()),
        (search, _search, ()),
    ):
        add_settings(parser, ("home", *settings))
        parser.set_defaults(run=run)


def _serve(_options: argparse.Namespace, settings: Settings) -> int:
    from app.bundled_models import Export

    with Export(settings.home / "bundled") as begun:  # beside the imports, which take longer
        from app.cli.serve import serve

        return serve(settings, begun=begun)


def _publish(options: argparse.Namespace, _settings: Settings) -> int:
    from app.cli.publish import publish_model

    publication = {name: getattr(options, name) for name in ("private", "message", "tag")}
    return publish_model(
        options.folder, options.model_id, dry_run=options.dry_run, update=options.update, **publication
    )


def _check(options: argparse.Namespace, settings: Settings) -> int:
    from app.cli.check import check_command

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return check_command(settings, options.target, as_json=options.json)


def _space(options: argparse.Namespace, settings: Settings) -> int:
    from app.cli.space import make_space

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return make_space(settings, options.models, options.out.absolute(), options.kind, options.title)


def _list(_options: argparse.Namespace, settings: Settings) -> int:
    from app.cli.models import list_models

    return list_models(settings)


def _install(options: argparse.Namespace, settings: Settings) -> int:
    from app.cli.hub_models import install_models

    # As Ctrl+C does: what came so far is kept, and nothing goes on.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return install_models(settings, options.models, accept_licence=options.accept_licence)


def _update(options: argparse.Namespace, settings: Settings) -> int:
    from app.cli.hub_models import update_models

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return update_models(settings, options.models)


def _remove(options: argparse.Namespace, settings: Settings) -> int:
    from app.cli.hub_models import remove_models

    return remove_models(settings, options.models)


def _search(options: argparse.Namespace, settings: Settings) -> int:
    from app.cli.hub_models import search_models

    return search_models(settings, " ".join(options.words))
