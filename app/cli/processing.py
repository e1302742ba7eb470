"""The flags of ``process`` and ``audacity``: one model over files, or over what is selected in Audacity."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Sequence
from pathlib import Path

from app.cli.flags import add_settings
from app.config import Settings
from app.errors import InputError

LABEL_FORMS = ("audacity", "reaper", "csv", "json", "srt", "lab", "textgrid")
"""The words of :data:`app.harp.label_files.LABEL_FILES`, which a test holds equal; to parse flags imports little."""

_SETTINGS = (
    "home",
    "device",
    "precision",
    "too_loud",
    "threads",
    "memory",
    "job_timeout",
    "job_timeout_per_minute",
    "load_timeout",
    "require_sandbox",
    "permit",
    "soundfont",
    "plugin",
    "max_scratch",
    "no_provenance",
    "sign",
    "watermark",
)


def add_processing(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands."""
    process = commands.add_parser("process", help="run one model over files, without a server", allow_abbrev=False)
    _add_model(process)
    files = process.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        type=Path,
        default=(),
        help="sound or MIDI files, each processed by itself; may be left out where a model makes something of nothing",
    )
    # Not “*”, which takes none where flags stand between MODEL and FILE.
    files.required = False
    process.add_argument("--out", metavar="DIR", type=Path, default=Path(), help="folder for what comes back")
    _add_values(process)
    process.add_argument("--overwrite", action="store_true", help="replace files of the same name in DIR")
    process.add_argument(
        "--recursive",
        action="store_true",
        help="take folders too: every sound (or MIDI) file; DIR gets the same folders",
    )
    process.add_argument(
        "--labels",
        choices=LABEL_FORMS,
        default="audacity",
        help="the form of label files: audacity (a label track), reaper (for its Region/Marker Manager), csv, json, "
        "srt (subtitles), lab (research tools) or textgrid (Praat); times in seconds. Default: audacity.",
    )
    add_settings(process, _SETTINGS)
    process.set_defaults(run=_process)

    audacity = commands.add_parser(
        "audacity",
        help="run one model over what is selected in Audacity; results become tracks there",
        description="Audacity 3 must be open, with mod-script-pipe switched on: docs/audacity.md.",
        allow_abbrev=False,
    )
    _add_model(audacity)
    _add_values(audacity)
    add_settings(audacity, _SETTINGS)
    audacity.set_defaults(run=_audacity)


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model_id",
        metavar="MODEL",
        help="an endpoint's id, a model's folder, a pyharp app's file, a plugin (lv2:URI, path.vst3, "
        "pedalboard:NAME), or OWNER/NAME on the hub",
    )


def _add_values(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="turn a control, such as --set Wet=80; repeatable",
    )
    parser.add_argument(
        "--track",
        metavar="NAME=FILE",
        action="append",
        default=[],
        help="a file for another input of the model, such as --track reference=loud.wav; repeatable",
    )


def _process(options: argparse.Namespace, settings: Settings) -> int:
    from app.cli.process import Batch, process_files
    from app.cli.tracks import parse_tracks

    _end_as_by_ctrl_c()
    values, tracks = _values(options.set), parse_tracks(options.track)
    batch = Batch(
        options.model_id,
        options.files,
        options.out,
        values,
        options.overwrite,
        options.recursive,
        tracks,
        options.labels,
    )
    return process_files(settings, batch)


def _audacity(options: argparse.Namespace, settings: Settings) -> int:
    from app.cli.audacity import process_selection
    from app.cli.tracks import parse_tracks

    _end_as_by_ctrl_c()
    return process_selection(settings, options.model_id, _values(options.set), parse_tracks(options.track))


def _end_as_by_ctrl_c() -> None:
    """Let SIGTERM end workers too, and leave nothing beside the results."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _values(pairs: Sequence[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator or not name.strip():
            raise InputError(f"--set expects NAME=VALUE, such as --set Wet=80, not “{pair}”.")
        values[name.strip()] = value.strip()
    return values
