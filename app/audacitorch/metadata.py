"""metadata.json as found in the wild: read leniently, every deviation recorded as a warning.

Three generations of keys are in use (``domain_tags``/``domain``/``domains``, ``short_description``/``description``,
``effect_type``/``effect``), and published files hold slips that a strict JSON reader refuses. What has a plain meaning
is read; what has none raises :class:`~app.errors.ModelFormatError`. Standard library only.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from app.audacitorch.arguments.hints import ControlHint, read_hints
from app.audacitorch.lenient_json import read_object
from app.audacitorch.readme import licence_of
from app.errors import ModelFormatError
from app.plain_files import open_plain

WAVEFORM = "waveform-to-waveform"
LABELS = "waveform-to-labels"

LARGEST_FILE = 1024 * 1024
"""Bytes of the largest metadata.json or README.md that is read."""

LARGEST_RATE = 396_000
"""Hz; Audacity's schema says 384000, the audacitorch README 396000."""

_EFFECT_TYPES = {
    WAVEFORM: WAVEFORM,
    "source-separation": WAVEFORM,
    LABELS: LABELS,
    "labeler": LABELS,
    "labeller": LABELS,
}
_DOMAINS = ("music", "speech", "environmental", "other")
_MOST_LABELS = 4096
LARGEST_GRID, LARGEST_CONTEXT = 2**20, 2**23
"""Samples between two frames of a labeler, and before its first label that holds."""
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True)
class ModelMetadata:
    """What a model says of itself.

    Attributes:
        sample_rate: the rate at which ``forward`` wants its input, in Hz.
        domains: kinds of sound, lower case (``music``, ``speech``, ``environmental``, ``other``).
        short_description: one line.
        long_description: a paragraph; ``""`` when missing.
        tags: free text.
        labels: the names of the rows (effects) or of the classes (labelers).
        effect_type: :data:`WAVEFORM`, :data:`LABELS`, or ``""`` when the file does not tell.
        multichannel: whether ``forward`` takes stereo.
        name, author: ``""`` when missing; the repository's id tells then.
        licence: as stated in README.md or metadata.json; ``""`` when neither states one.
        warnings: what deviates from the format, one sentence each.
        controls: how the further arguments of ``forward`` are shown.
        grid: samples from one frame of a labeler to the next, at ``sample_rate``: chunks of a long region start on it.
        context: samples of sound that a labeler must have heard before its labels are those of a long region.
    """

    sample_rate: int
    domains: tuple[str, ...] = ()
    short_description: str = ""
    long_description: str = ""
    tags: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    effect_type: str = ""
    multichannel: bool = False
    name: str = ""
    author: str = ""
    licence: str = ""
    warnings: tuple[str, ...] = ()
    controls: tuple[ControlHint, ...] = ()
    grid: int = 1
    context: int = 0


def read_metadata(folder: Path) -> ModelMetadata:
    """Read ``metadata.json`` of a model's folder, and the licence from the header of its ``README.md``.

    Raises:
        ModelFormatError: there is none, it is too large, or it has no plain meaning.
    """
    data = _read_file(folder / "metadata.json")
    if data is None:
        raise ModelFormatError("The model has no metadata.json; an audacitorch model is model.pt and metadata.json.")
    try:
        text = data.decode("utf-8-sig")
        encoding_warnings: tuple[str, ...] = ()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
        encoding_warnings = ("metadata.json is not UTF-8; it was read as Latin-1.",)
    metadata = parse_metadata(text)
    readme = _read_file(folder / "README.md")
    licence = licence_of(readme.decode("utf-8", errors="replace")) if readme is not None else ""
    return replace(
        metadata, licence=_clean(licence, 100) or metadata.licence, warnings=encoding_warnings + metadata.warnings
    )


def _read_file(path: Path) -> bytes | None:
    try:
        with open_plain(path) as file:
            data = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ModelFormatError(f"The model's {path.name} cannot be read; it must be a readable file.") from error
    if len(data) > LARGEST_FILE:
        raise ModelFormatError(f"The model's {path.name} is larger than 1 MiB; a few kB of text are expected.")
    return data


def parse_metadata(text: str) -> ModelMetadata:
    """Read the text of a ``metadata.json``.

    Raises:
        ModelFormatError: not a JSON object even after repair, or no usable ``sample_rate``.
    """
    record, warnings = read_object(text)
    long_description = _text(record.get("long_description"), 4000)
    return ModelMetadata(
        sample_rate=_sample_rate(record, warnings),
        domains=_domains(record, warnings),
        short_description=_short_description(record, warnings),
        long_description=_limited("long_description", long_description, 280, warnings),
        tags=_tags(record, warnings),
        labels=_labels(record, warnings),
        effect_type=_effect_type(record, warnings),
        multichannel=_multichannel(record, warnings),
        name=_text(record.get("name"), 100),
        author=_text(record.get("author"), 100),
        licence=_text(record.get("license", record.get("licence")), 100),
        controls=read_hints(record.get("controls"), warnings),
        grid=_samples(record, "grid", 1, LARGEST_GRID, warnings),
        context=_samples(record, "context", 0, LARGEST_CONTEXT, warnings),
        warnings=tuple(warnings),
    )


def _sample_rate(record: Mapping[str, object], warnings: list[str]) -> int:
    raw = record.get("sample_rate")
    expected = f"a whole number of Hz from 1 to {LARGEST_RATE}"
    if raw is None:
        raise ModelFormatError(f"The model's metadata has no sample_rate; {expected} is expected.")
    value = math.nan
    if isinstance(raw, (int, float, str)) and not isinstance(raw, bool):
        try:
            value = float(raw)
        except (ValueError, OverflowError):
            value = math.nan
    if not (value.is_integer() and 1 <= value <= LARGEST_RATE):
        raise ModelFormatError(f"The model's sample_rate is “{_clean(str(raw), 40)}”; {expected} is expected.")
    if not isinstance(raw, int):
        warnings.append("sample_rate is not written as a whole number.")
    return int(value)


def _domains(record: Mapping[str, object], warnings: list[str]) -> tuple[str, ...]:
    key = next((key for key in ("domain_tags", "domains", "domain") if key in record), None)
    if key is None:
        warnings.append("The metadata has no domain_tags.")
        return ()
    found = [part.strip() for entry in _strings(record[key], 40) for part in entry.split(",")]
    domains = tuple(dict.fromkeys(part.lower() for part in found if part))
    if any(part != part.lower() for part in found):
        warnings.append("The domain tags are not in lower case.")
    unknown = [domain for domain in domains if domain not in _DOMAINS]
    if unknown:
        warnings.append(f"The domain “{unknown[0]}” is none of {', '.join(_DOMAINS)}.")
    return domains


def _short_description(record: Mapping[str, object], warnings: list[str]) -> str:
    raw = record.get("short_description", record.get("description"))
    text = _text(raw, 1000)
    if not text:
        warnings.append("The metadata has no short_description.")
    return _limited("short_description", text, 60, warnings)


def _limited(key: str, text: str, longest: int, warnings: list[str]) -> str:
    if len(text) > longest:
        warnings.append(f"{key} has {len(text)} characters; the format allows {longest}.")
    return text


def _tags(record: Mapping[str, object], warnings: list[str]) -> tuple[str, ...]:
    tags = _strings(record.get("tags"), 60)
    if len(tags) > 5:
        warnings.append(f"There are {len(tags)} tags; the format allows 5.")
    longest = max(tags, key=len, default="")
    if len(longest) > 15:
        warnings.append(f"The tag “{longest}” has {len(longest)} characters; the format allows 15.")
    return tags[:20]


def _labels(record: Mapping[str, object], warnings: list[str]) -> tuple[str, ...]:
    raw = record.get("labels")
    if raw is not None and not isinstance(raw, list):
        warnings.append("labels is not a list.")
    # A label's place is its class index or row: one without text must keep its place.
    entries = raw if isinstance(raw, list) else list(_strings(raw, 80))
    labels = tuple(_text(entry, 80) for entry in entries[:_MOST_LABELS])
    if isinstance(raw, list) and not all(isinstance(entry, str) for entry in raw):
        warnings.append("Not every label is text.")
    if len(entries) > _MOST_LABELS:
        warnings.append(f"There are {len(entries)} labels; the first {_MOST_LABELS} are used.")
    return labels


def _effect_type(record: Mapping[str, object], warnings: list[str]) -> str:
    raw = _text(record.get("effect_type", record.get("effect")), 60)
    if not raw:
        warnings.append("The metadata has no effect_type.")
        return ""
    name = re.sub(r"[\s_]+", "-", raw.lower())
    if name not in _EFFECT_TYPES:
        warnings.append(f"The effect type “{raw}” is neither {WAVEFORM} nor {LABELS}.")
        return ""
    if raw != name:
        warnings.append(f"The effect type is written “{raw}”, not “{name}”.")
    return _EFFECT_TYPES[name]


def _multichannel(record: Mapping[str, object], warnings: list[str]) -> bool:
    raw = record.get("multichannel")
    if raw is None or isinstance(raw, bool):
        return bool(raw)
    text = str(raw).strip().lower()
    if text in ("true", "yes", "1", "1.0", "false", "no", "0", "0.0"):
        warnings.append("multichannel is not written as true or false.")
        return text in ("true", "yes", "1", "1.0")
    warnings.append(f"multichannel is “{_clean(str(raw), 20)}”, which means nothing; it was taken for false.")
    return False


def _samples(record: Mapping[str, object], key: str, least: int, most: int, warnings: list[str]) -> int:
    raw = record.get(key, least)
    if isinstance(raw, int) and not isinstance(raw, bool) and least <= raw <= most:
        return raw
    stated, expected = _clean(str(raw), 20), f"a whole number of samples from {least} to {most}"
    warnings.append(f"{key} is “{stated}”, which means nothing; {expected} is expected.")
    return least


def _strings(raw: object, longest: int) -> tuple[str, ...]:
    """Read a list of texts, or one text, leaving out what is empty."""
    entries = raw if isinstance(raw, list) else [raw]
    return tuple(text for entry in entries if (text := _text(entry, longest)))


def _text(raw: object, longest: int) -> str:
    """Read one text; numbers are written out, anything else is empty."""
    if isinstance(raw, bool) or not isinstance(raw, (str, int, float)):
        return ""
    return _clean(str(raw), longest)


def _clean(text: str, longest: int) -> str:
    """Return untrusted text on one line, without control characters, cut to ``longest`` characters."""
    text = " ".join(_CONTROL_CHARACTERS.sub(" ", text).split())
    text = text.encode("utf-8", errors="replace").decode()
    return text if len(text) <= longest else text[: longest - 1] + "…"
