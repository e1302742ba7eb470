"""Every regular expression of the program, and how the time that one takes grows with its text."""

from __future__ import annotations

import ast
import importlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

ROOT = Path(__file__).parents[1]
ANY = frozenset({"search", "fullmatch", "sub"})
_CALLS = ("compile", "search", "match", "fullmatch", "split", "sub", "subn", "findall", "finditer")

FRAGMENTS = (
    *("a", "A", "1", " ", "\t", "\n", ".", ",", ":", ";", "-", "_", "/", "\\", '"', "'", "#", "<", ">", "(", "[", "{"),
    *(
        '\\"',
        "\\'",
        '"\\"',
        " \n",
        "\r\n",
        "\\ ",
        "\\\n",
        ", ",
        "a.",
        "a-",
        "a/",
        "/a",
        ".a/",
        "A.",
        "AError",
        "Error: ",
    ),
    *("A.Error", " #", "- ", "a: ", "<a ", "<script", '<meta name="og:', "<base ", '<link rel="manifest"', "http://"),
    *(';filename="', "; ", "C:\\", "\\\\a", "~/", 'at "', 'File "', 'File "a", line 1\n', "Float(", "1, ", "cuda:1"),
    *(
        "X\x04\0\0\0cuda",
        "\x00",
        "\ud800",
        "localhost",
        "a==",
        "--",
        "\n ",
        "Unknown builtin op",
        "Unknown type name: ",
    ),
    *(
        "voice ",
        "transcri",
        "parameters { ",
        "attributes { ",
        "ran out",
        "stopped at ",
        "/gradio_api/run/",
        "://",
        "\n:",
    ),
)
"""What texts that cost most are made of, repeated."""
TAIL = "\n! "
"""Ends a text so that what must reach its end does not."""

LENGTHS = (2**6, 2**8, 2**10, 2**13)
"""Characters of the texts that are tried, one after the other."""
UNSUSPICIOUS = 0.004
"""Seconds that every linear expression stays below on the longest text, even on a slow machine."""
CERTAIN = 0.5
"""Seconds that no noise explains."""
MOST_GROWTH = 24.0
"""Growth of the time, for eight times the text, beyond which it is not linear (8) but rather quadratic (64)."""

Text = Union[str, bytes]


@dataclass(frozen=True)
class Expression:
    """A regular expression, where it stands and which of its methods is called there."""

    place: str
    pattern: re.Pattern[Any]
    uses: frozenset[str]


def expressions() -> Iterator[Expression]:
    """Yield every regular expression of ``app`` and ``endpoints``.

    Raises:
        AssertionError: one is made where nobody can find it: neither at the top of a module nor of a literal text.
    """
    for path in sorted([*ROOT.glob("app/**/*.py"), *ROOT.glob("endpoints/**/*.py")]):
        source = path.read_text(encoding="utf-8")
        if "import re" not in source:
            continue
        calls = [call for call in ast.walk(ast.parse(source)) if isinstance(call, ast.Call) and _is_re(call.func)]
        if not calls:
            continue
        place = path.relative_to(ROOT).as_posix()
        module = importlib.import_module(place.removesuffix(".py").replace("/", "."))
        # An expression in a table, or handed on, may be used in any way.
        used = {name: frozenset(re.findall(rf"\b{name}\.(\w+)\(", source)) for name in vars(module)}
        for name, value in vars(module).items():
            if not name.startswith("__"):
                yield from (Expression(place, one, used[name] or ANY) for one in _compiled(value))
        for call in calls:
            text = call.args[0]
            assert isinstance(call.func, ast.Attribute)
            if isinstance(text, ast.Constant) and call.func.attr != "compile":
                yield Expression(place, re.compile(text.value), frozenset({call.func.attr}))
            elif not isinstance(text, ast.Constant):
                where = f"{place}:{call.lineno}"
                assert call.func.attr == "compile", (
                    f"{where}: compile it at the top of the module, to be found and tried"
                )


def _is_re(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "re"
        and function.attr in _CALLS
    )


def _compiled(value: Any, depth: int = 2) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, (tuple, list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _compiled(item, depth - 1)


def slow_texts(expression: Expression) -> list[str]:
    """Return the fragments on which an expression takes more than linear time, as it is used."""
    pattern, slow = expression.pattern, set()
    ways: list[Callable[[Any], object]] = []
    ways += [getattr(pattern, name) for name in ("search", "match", "fullmatch") if name in expression.uses]
    if expression.uses - {"search", "match", "fullmatch"}:
        ways.append(lambda text: pattern.sub(type(text)(), text))
    for fragment in FRAGMENTS:
        for way in ways:
            if not is_linear(way, lambda length: _text(pattern, fragment, length)):  # noqa: B023
                slow.add(fragment)
                break
    return sorted(slow)


def is_linear(use: Callable[[Any], object], text: Callable[[int], Any], lengths: tuple[int, ...] = LENGTHS) -> bool:
    """Whether the time that ``use`` takes grows no faster than the length of its text; the worst are known early."""
    for length in lengths:
        seconds = _seconds(use, text(length))
        if seconds < UNSUSPICIOUS:
            continue
        # Suspicious: again, the best of three each, since the machine may have been busy.
        if seconds < CERTAIN:
            seconds = min(seconds, *(_seconds(use, text(length)) for _ in range(2)))
        before = min(_seconds(use, text(length // 8)) for _ in range(3))
        if seconds >= UNSUSPICIOUS and seconds > MOST_GROWTH * before:
            return False
    return True


def _text(pattern: re.Pattern[Any], fragment: str, length: int) -> Text:
    text = fragment * (length // len(fragment)) + TAIL
    return text.encode(errors="replace") if isinstance(pattern.pattern, bytes) else text


def _seconds(use: Callable[[Any], object], text: Any) -> float:
    begin = time.process_time()
    use(text)
    return time.process_time() - begin
