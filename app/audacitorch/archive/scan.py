"""A look at model.pt before torch opens it: what is malformed, or would only do harm, is refused with the reason.

This is for early and clear errors, never the boundary: it can be evaded, and the sandbox does not rely on it. It opens
no pickle and runs nothing; its time and memory are bounded, whatever the file holds. Standard library only.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from app.audacitorch.archive.code_scan import scan_code
from app.audacitorch.archive.file_kinds import LONGEST, file_kind, is_page
from app.audacitorch.archive.pickle_scan import scan_pickle
from app.audacitorch.archive.refusals import PAGE, POINTER, damaged, refused, shown
from app.audacitorch.archive.zip_layout import Record, read_content, read_layout
from app.errors import ModelFormatError
from app.plain_files import open_plain

_MIB = 2**20
MOST_RATIO = 20
"""How many times larger than the file its content may be, beyond :data:`FREE_SIZE`; torch packs its code only."""
FREE_SIZE = 64 * _MIB
LARGEST_CODE = 16 * _MIB
"""Bytes of all code; published models have less than one MiB."""
LARGEST_PICKLE = 32 * _MIB
LARGEST_DEBUG = 256 * _MIB
"""Bytes of all debug records; torch unpacks those of the code that raised an error."""

_LFS_POINTER = b"version https://git-lfs"


def scan_archive(path: Path) -> None:
    """Check a TorchScript archive.

    Raises:
        ModelFormatError: there is none, or torch should not open it.
    """
    try:
        with open_plain(path) as file:
            _check_head(file.read(LONGEST))
            _scan(file)
    except FileNotFoundError:
        raise ModelFormatError(
            "The model has no model.pt; an audacitorch model is model.pt and metadata.json."
        ) from None
    except OSError as error:
        raise ModelFormatError("The model's model.pt cannot be read; it must be a readable file.") from error


def _check_head(head: bytes) -> None:
    """Say what the file is, where it is a well-known other thing."""
    if head.startswith(_LFS_POINTER):
        raise ModelFormatError(POINTER)
    if is_page(head):
        raise ModelFormatError(PAGE)
    if head[:1] == b"\x80" and head[1:2] in b"\x01\x02\x03\x04\x05":
        raise damaged("it is a plain pickle, which may run anything and is not opened")
    if head[:4] != b"PK\x03\x04":
        raise damaged(file_kind(head) or "it is no zip file" if head else "it is empty")


def _scan(file: BinaryIO) -> None:
    records = read_layout(file)
    _check_size(records, os.fstat(file.fileno()).st_size)
    by_name = _by_name(records)
    root = records[0].name.split("/", 1)[0]
    code = [record for record in records if record.name.startswith(f"{root}/code/")]
    _check_parts(by_name, root.lower(), bool(code))
    _check_code(file, code)
    for name, folder in (("data.pkl", "data"), ("constants.pkl", "constants")):
        record = by_name[f"{root}/{name}".lower()]
        if record.size > LARGEST_PICKLE:
            raise refused(f"its {name} has {record.size / _MIB:.0f} MiB, and at most {LARGEST_PICKLE // _MIB} are read")
        sizes = {key: found.size for key, found in by_name.items() if key.startswith(f"{root}/{folder}/".lower())}
        prefix = f"{root}/{folder}/"
        scan_pickle(read_content(file, record), name, lambda key: sizes.get((prefix + key).lower()))  # noqa: B023


def _check_size(records: Sequence[Record], size: int) -> None:
    if not records:
        raise damaged("it holds nothing")
    unpacked = sum(record.size for record in records)
    if unpacked > FREE_SIZE + MOST_RATIO * size:
        raise refused(f"its {_megabytes(size)} would unpack to {_megabytes(unpacked)}")


def _by_name(records: Sequence[Record]) -> dict[str, Record]:
    """Return the records by their names as torch looks them up: upper and lower case are one to it."""
    found: dict[str, Record] = {}
    for record in records:
        key = record.name.lower()
        if key in found:
            raise refused(f"it has two records called “{shown(record.name)}”, or the same but for upper and lower case")
        found[key] = record
    return found


def _check_parts(by_name: dict[str, Record], root: str, has_code: bool) -> None:
    missing = [name for name in ("data.pkl", "constants.pkl") if f"{root}/{name}" not in by_name]
    # Newer operators, such as today's linspace, raise the file's version, which torch then writes elsewhere.
    if not {f"{root}/version", f"{root}/.data/version"} & set(by_name):
        missing.append("version")
    if "data.pkl" not in missing and not has_code:
        raise damaged("it holds weights without a program, as torch.save writes them")
    if f"{root}/archive_format" in by_name:
        raise damaged("it was written by torch.export")
    if f"{root}/model.json" in by_name:
        raise damaged("it was written by a torch before 1.4")
    if missing:
        raise damaged(f"it has no {missing[0]}")


def _check_code(file: BinaryIO, records: Sequence[Record]) -> None:
    code = [record for record in records if not record.name.endswith(".debug_pkl")]
    for kind, some, most in (("code", code, LARGEST_CODE), ("debug records", records, LARGEST_DEBUG)):
        size = sum(record.size for record in some)
        if size > most:
            raise refused(f"its {kind} would unpack to {_megabytes(size)}, and at most {_megabytes(most)} are read")
    for record in code:
        scan_code(read_content(file, record), record.name)


def _megabytes(size: int) -> str:
    return f"{size / _MIB:.1f} MiB" if size < 100 * _MIB else f"{size / _MIB:.0f} MiB"
