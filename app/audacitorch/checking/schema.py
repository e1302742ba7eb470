"""Findings in metadata.json, by the strict schema beside this file (``metadata.schema.json``). Standard library only.

The schema is a JSON Schema of draft 2020-12; what is read here of that language is what the schema uses.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from app.audacitorch.checking.report import ERROR, NOTE, WARNING, Finding, Kind
from app.audacitorch.metadata import LARGEST_FILE, ModelMetadata, parse_metadata
from app.errors import ModelFormatError
from app.plain_files import open_plain

NO_METADATA = Kind(
    "no-metadata",
    ERROR,
    "Without metadata.json nobody knows the sample rate, and no program offers the model.",
    "Add a metadata.json; export writes it from a dictionary.",
)
NOT_JSON = Kind(
    "metadata-json",
    ERROR,
    "Programs that read JSON by the book do not offer the model.",
    "Write the file with json.dump; trailing commas, comments and line breaks inside strings are no JSON.",
)
MISSING = Kind(
    "metadata-missing", ERROR, "Programs that check the metadata refuse the model.", "Add the key that is named."
)
OLD_KEY = Kind(
    "metadata-old-key",
    WARNING,
    "An earlier generation of the format had this key; not every program knows it.",
    "Write the key of today: domain_tags (for domain, domains), short_description (description), effect_type (effect).",
)
TYPE = Kind(
    "metadata-type",
    ERROR,
    "Programs that check the metadata refuse the model.",
    "Write the value as the type that is named: numbers without quotes, one text in a list where a list is expected.",
)
LENGTH = Kind(
    "metadata-length",
    WARNING,
    "Programs cut what is too long, or refuse the model.",
    "Shorten it: 60 characters for short_description, 280 for long_description, 15 for a tag, and 5 tags.",
)
EMPTY = Kind(
    "metadata-empty", WARNING, "The user sees an empty line where this should stand.", "Write something, or drop it."
)
VALUE = Kind(
    "metadata-value",
    ERROR,
    "Programs that check the metadata refuse the model, or file it under nothing.",
    "Use a value that the format knows, in lower case.",
)
UNKNOWN = Kind(
    "metadata-unknown", NOTE, "No program reads this key.", "Drop it, or correct its spelling if another was meant."
)
ODD_RATE = Kind(
    "odd-rate",
    WARNING,
    "No sound has this rate, so that everything is resampled twice; a mistyped rate changes every frequency.",
    "State the rate that the model was trained at, which is one of 8000, 11025, 12000, 16000, 22050, 24000, 32000, "
    "44100, 48000, 88200, 96000 and 192000 Hz for nearly all sound.",
)

KINDS = (NO_METADATA, NOT_JSON, MISSING, OLD_KEY, TYPE, LENGTH, EMPTY, VALUE, UNKNOWN, ODD_RATE)

SCHEMA: Mapping[str, Any] = json.loads(Path(__file__).with_name("metadata.schema.json").read_text(encoding="utf-8"))

_OLD = {"domain": "domain_tags", "domains": "domain_tags", "description": "short_description", "effect": "effect_type"}
_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000)
_TYPES: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    "object": ("an object", lambda value: isinstance(value, dict)),
    "array": ("a list", lambda value: isinstance(value, list)),
    "string": ("a text", lambda value: isinstance(value, str)),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "integer": ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    "number": ("a number", lambda value: isinstance(value, (int, float)) and not isinstance(value, bool)),
}


def check_metadata(folder: Path) -> tuple[list[Finding], ModelMetadata | None]:
    """Return what is wrong with ``metadata.json``, and the metadata where they have a plain meaning."""
    try:
        with open_plain(folder / "metadata.json") as file:
            data = file.read(LARGEST_FILE + 1)
    except ModelFormatError as error:
        return [NO_METADATA.found(error.message)], None
    except OSError:
        return [NO_METADATA.found("There is no metadata.json.")], None
    if len(data) > LARGEST_FILE:
        return [NOT_JSON.found("metadata.json is larger than 1 MiB.")], None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return [NOT_JSON.found(f"metadata.json is not UTF-8 at byte {error.start}.")], None
    return check_text(text)


def check_text(text: str) -> tuple[list[Finding], ModelMetadata | None]:
    """Return what is wrong with the text of a ``metadata.json``, and the metadata where they have a plain meaning."""
    try:
        metadata, problem = parse_metadata(text), ""
    except ModelFormatError as error:
        metadata, problem = None, error.message
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        place = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        return [NOT_JSON.found(f"metadata.json is no JSON{place}.")], metadata
    found = list(check_record(record))
    if metadata is None and not any(finding.severity == ERROR for finding in found):
        found.append(VALUE.found(problem))
    return found, metadata


def check_record(record: object) -> Iterator[Finding]:
    """Yield how the content of a ``metadata.json`` deviates from the schema."""
    if isinstance(record, dict):
        for old, new in _OLD.items():
            if old in record and new not in record:
                yield OLD_KEY.found(f"metadata.json has the key {old}, which is called {new} today.")
                # What it holds is judged as the value of today's key; a text was fine there.
                value = record[old]
                record = {**record, new: [value] if new == "domain_tags" and isinstance(value, str) else value}
                del record[old]
    yield from _check(record, SCHEMA, "metadata.json")
    rate = record.get("sample_rate") if isinstance(record, dict) else None
    limits = SCHEMA["properties"]["sample_rate"]
    if type(rate) is int and limits["minimum"] <= rate <= limits["maximum"] and rate not in _RATES:
        yield ODD_RATE.found(f"sample_rate is {rate} Hz, which is the rate of hardly any sound.")


def _check(value: Any, schema: Mapping[str, Any], name: str) -> Iterator[Finding]:
    """Yield how a value deviates from its schema."""
    words, fits = _TYPES[schema["type"]]
    if not fits(value):
        yield TYPE.found(f"{name} is {_shown(value)}; {words} is expected.")
    elif isinstance(value, dict):
        yield from _check_object(value, schema, name)
    elif isinstance(value, list):
        yield from _check_size(len(value), "Items", "entries", schema, name)
        for number, entry in enumerate(value, start=1):
            yield from _check(entry, schema["items"], f"Entry {number} of {name}")
    elif isinstance(value, str):
        if "enum" in schema and value not in schema["enum"]:
            yield VALUE.found(f"{name} is {_shown(value)}; one of {', '.join(schema['enum'])} is expected.")
        yield from _check_size(len(value), "Length", "characters", schema, name)
    elif not isinstance(value, bool):
        yield from _check_number(value, schema, name)


def _check_object(value: Mapping[str, Any], schema: Mapping[str, Any], name: str) -> Iterator[Finding]:
    for key in schema["required"]:
        if key not in value:
            yield MISSING.found(f"{name} has no {key}.")
    for key, inner in value.items():
        about = key if schema is SCHEMA else f"{key} of {name}"
        if key in schema["properties"]:
            yield from _check(inner, schema["properties"][key], about)
        else:
            yield UNKNOWN.found(f"{name} has the key {_shown(key)}, which the format does not know.")


def _check_size(size: int, what: str, unit: str, schema: Mapping[str, Any], name: str) -> Iterator[Finding]:
    """Compare a text's or a list's size to ``min<what>`` and ``max<what>`` of the schema."""
    least, most = schema.get(f"min{what}", 0), schema.get(f"max{what}", size)
    if size < least:
        yield EMPTY.found(f"{name} is empty.")
    if size > most:
        yield LENGTH.found(f"{name} has {size} {unit}; the format allows {most}.")


def _check_number(value: float, schema: Mapping[str, Any], name: str) -> Iterator[Finding]:
    least, most = schema.get("minimum", value), schema.get("maximum", value)
    above = schema.get("exclusiveMinimum")
    if not least <= value <= most:
        yield VALUE.found(f"{name} is {value:g}; {least:g} to {most:g} is expected.")
    elif above is not None and value <= above:
        yield VALUE.found(f"{name} is {value:g}; more than {above:g} is expected.")


def _shown(value: object) -> str:
    """Return a value as JSON, cut to what fits a sentence."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = "".join(character if character.isprintable() else " " for character in text)
    return f"“{text if len(text) <= 60 else text[:59] + '…'}”"
