"""``harpist provenance``: what files tell of where they came from."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.flags import add_settings
from app.config import Settings
from app.output_names import on_one_line, plain

if TYPE_CHECKING:
    from app.provenance.record import Provenance

_LONGEST = 300
"""Characters of one value that are shown."""


def add_provenance(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and what it takes."""
    parser = commands.add_parser(
        "provenance",
        help="tell where a result came from",
        description="Exit code: 0 when every file tells where it came from, else 1.",
        allow_abbrev=False,
    )
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="sound, MIDI, or labels as JSON")
    parser.add_argument("--json", action="store_true", help="print one JSON object for each file")
    add_settings(parser, ("home", "watermark", "device", "threads", "memory", "load_timeout"))
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace, settings: Settings) -> int:
    heard: dict[Path, str] = {}
    if settings.watermark:
        from app.cli.listening import listen

        heard = listen(settings, [path for path in options.files if path.is_file()])
    return show_provenance(options.files, heard, as_json=options.json)


def show_provenance(files: Sequence[Path], heard: Mapping[Path, str], *, as_json: bool) -> int:
    """Print what each file tells; a file that tells nothing costs one line.

    Args:
        files: any; they may be a stranger's.
        heard: of a watermark, in words.
        as_json: one JSON object a line, for programs.

    Returns:
        The exit code: 0 when every file told something, else 1.
    """
    from app.provenance.stamping import provenance_in

    failed = 0
    for path in files:
        if path.exists() and not path.is_file():
            failed += _refused(path, "it is no file.")
            continue
        try:
            kind, told = provenance_in(path)
        except OSError as error:
            failed += _refused(path, f"it cannot be read: {error.strerror}.")
            continue
        credentials, watermark = _credentials(path), heard.get(path, "")
        if told is None and not credentials and not watermark:
            failed += _refused(path, _silent(kind))
        elif as_json:
            record = {} if told is None else told.as_json()
            more = {name: text for name, text in (("credentials", credentials), ("watermark", watermark)) if text}
            print(json.dumps({"file": plain(str(path)), **record, **more}), flush=True)
        else:
            print("\n".join(_lines(path, told, credentials, watermark)), flush=True)
    return 1 if failed else 0


def _credentials(path: Path) -> str:
    """Return in words what a file's signature is worth; ``""`` for a file without one."""
    from app.provenance.credentials import verdict_on

    try:
        verdict = verdict_on(path)
    except ImportError:
        return ""
    if verdict is None:
        return ""
    if not verdict.intact:
        return "broken: the file was changed since it was signed, or what signed it does not hold"
    known = "whom the C2PA knows" if verdict.trusted else "whose certificate is on no list of the C2PA"
    return f"intact since it was signed by {_shown(verdict.signer) or 'somebody'}, {known}"


def _refused(path: Path, reason: str) -> int:
    print(f"{path}: {reason}", file=sys.stderr, flush=True)
    return 1


def _silent(kind: str) -> str:
    if not kind:
        return "it is of no kind that tells where it came from; sound, MIDI, or labels as JSON are expected."
    return f"this {kind} file does not tell where it came from."


def _lines(path: Path, told: Provenance | None, credentials: str, watermark: str) -> list[str]:
    signed = [f"  signature {credentials}"] if credentials else []
    signed += [f"  watermark {watermark}"] if watermark else []
    if told is None:
        return [f"{path}: it does not tell where it came from", *signed]
    lines = [f"{path}: {'generated' if told.generated else 'made'} by {_shown(told.model)}"]
    lines += [*_facts(told.as_json()), *signed]
    for step in told.before:
        lines.append(f"  before that: {_shown(step.get('model', ''))}")
        lines += [f"  {line}" for line in _facts(step)]
    return lines


def _facts(record: dict[str, Any] | Any) -> list[str]:
    controls = record.get("controls")
    named = controls if isinstance(controls, dict) else {}
    facts = {
        "revision": record.get("revision"),
        "licence": record.get("licence"),
        "controls": "; ".join(f"{name}: {_value(value)}" for name, value in named.items()),
        "harpist": record.get("harpist"),
        "date": record.get("date"),
        "source": record.get("digitalSourceType"),
    }
    return [f"  {name:<9} {_shown(value)}" for name, value in facts.items() if value]


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _shown(value: object) -> str:
    """Return a stranger's value on one line, without what a terminal would obey."""
    return on_one_line(plain(str(value)), _LONGEST)
