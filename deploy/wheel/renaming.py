"""Our modules under another name: ``app.x`` and ``endpoints.x`` become ``harpist.app.x`` and ``harpist.endpoints.x``.

What is installed must not take a name such as ``app`` from whoever has a package of that name. Names of modules stand
in import statements, and in strings that are such a name as a whole, with or without ``:attribute``: what ``python
-m`` or a worker is given. Nothing else is touched.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

PACKAGES = ("app", "endpoints")
_NAME = re.compile(rf"((?:{'|'.join(PACKAGES)})(?:\.\w+)+)(?::\w+)?")

IsModule = Callable[[str], bool]


@dataclass(frozen=True)
class _Place:
    """Where a name begins: a line, from 1, and a byte of it, from 0."""

    line: int
    byte: int


def renamed(source: str, prefix: str, is_module: IsModule) -> str:
    """Return a module's source with our modules' names under ``prefix``, else as it was, line by line.

    Args:
        source: Python.
        prefix: such as ``harpist.``.
        is_module: whether a dotted name is that of a module of ours.

    Raises:
        ValueError: an import that cannot be renamed where it stands, with its line.
    """
    lines = source.encode().splitlines(keepends=True)
    for place in sorted(_places(ast.parse(source), lines, is_module), key=lambda place: -place.byte):
        line = lines[place.line - 1]
        lines[place.line - 1] = line[: place.byte] + prefix.encode() + line[place.byte :]
    return b"".join(lines).decode()


def _places(tree: ast.Module, lines: list[bytes], is_module: IsModule) -> Iterator[_Place]:
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level and _is_ours(node.module or ""):
            yield _found(node, "from ", node.module or "", lines)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if _is_ours(alias.name):
                    if alias.asname is None:
                        raise ValueError(f"line {node.lineno}: “import {alias.name}” needs “as”, or “from … import”")
                    yield _Place(alias.lineno, alias.col_offset)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            match = _NAME.fullmatch(node.value)
            if match and is_module(match[1]):
                if id(node) in parts:
                    raise ValueError(f"line {node.lineno}: {node.value} is a part of a formatted string")
                yield _found(node, '"', node.value, lines)


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in PACKAGES


def _found(node: ast.stmt | ast.expr, before: str, name: str, lines: list[bytes]) -> _Place:
    """Return where a name stands with which, after ``before``, a node begins."""
    if not lines[node.lineno - 1].startswith(f"{before}{name}".encode(), node.col_offset):
        raise ValueError(f"line {node.lineno}: {before}{name} is expected here, as our formatter writes it")
    return _Place(node.lineno, node.col_offset + len(before))
