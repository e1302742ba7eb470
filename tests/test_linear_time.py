"""Text by strangers is read in linear time: a small file must never stop the server.

The first test tries every regular expression of the program, whoever's text reaches it; the second what reads foreign
text as a whole, with a mebibyte of what costs it most.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from app.audacitorch.archive.code_scan import scan_code
from app.audacitorch.arguments.hints import read_hints
from app.audacitorch.failures import clean_reason
from app.audacitorch.lenient_json import read_object
from app.audacitorch.metadata import parse_metadata
from app.audacitorch.readme import licence_of
from app.backends.outputs import plain_text
from app.endpoint import Region, TrackFile
from app.errors import HarpistError
from app.harp.address import harp_url
from app.harp.labels import AudioLabel, audacity_text
from app.harp.wire import error_answer
from app.hub.ids import parse_reference
from app.hub.remote import parse_model
from app.hub.search import Query, search
from app.ui.shell import rewrite
from app.ui.still_page import still
from app.web.multipart import file_name
from app.web.uploads import safe_name
from app.workers.one_line import one_line
from app.workers.sentences import failure_sentence
from tests.regular_expressions import Expression, expressions, is_linear, slow_texts

MIB = 2**20
LENGTHS = (2**8, 2**11, 2**14, 2**16)
EXPRESSIONS = list(dict.fromkeys(expressions()))


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda one: f"{one.place}: {one.pattern.pattern!r:.40}")
def test_every_regular_expression_takes_linear_time(expression: Expression) -> None:
    assert slow_texts(expression) == []


@pytest.mark.parametrize(
    ("pattern", "unit"), [(r'"(?:[^"\\]|\\.)*"', '\\"'), (r"a*a*$", "a"), (r".*\..*\..*\..*:", ".")]
)
def test_the_test_knows_slow_ones(pattern: str, unit: str) -> None:
    assert not is_linear(re.compile(pattern).search, lambda length: unit * (length // len(unit)) + "\n!")


READERS: dict[str, tuple[Callable[[str], object], tuple[str, ...]]] = {
    "metadata.json": (
        read_object,
        ('{"sample_rate": 8000, "name": "*\\"', "{*[", '*{"a":', "[1, *,   ", '{"a": "b\\*   \n', "1*1", "-*-"),
    ),
    "metadata": (parse_metadata, ('{"sample_rate": 8000, "name": "*\\u0000", "labels": "', '{"labels": [*"", ]}')),
    "controls": (lambda text: read_hints([{"argument": text, "label": text, "help": text}], []), ("*a", "* ", "*_")),
    "README.md": (licence_of, ("---\nlicense: *#", "---\n*a:\n", "---\n*- a\n", "*\n", "---\nlicense: [*, ")),
    "code": (
        lambda text: scan_code(text.encode(errors="replace"), "x"),
        ('*\\"', "*\n ", '"*\\', "*a+\n", "*#", "*'\\"),
    ),
    "error": (clean_reason, ("*a.", "RuntimeError: *a.Error", "*RuntimeError: ", "Traceback*/a", '*at "', "*a/")),
    "failure": (lambda text: failure_sentence(ValueError(text)), ("*/a", "*a/a ", "*\n", "C:\\*a\\")),
    "record": (one_line, ("*/a", "*~/", "*a.", "C:\\*a\\", "*\x1b")),
    "label": (lambda text: plain_text(text, 200), ("*a ", "*\x00", "*  ")),
    "label track": (lambda text: audacity_text([AudioLabel(0.0, text)]), ("*a\t", "*\n")),
    "answer": (error_answer, ("*503", "* \n", "*5\t")),
    "upload": (safe_name, ("*/a", "*.", "*\x00", "*a.wav", "* ")),
    "form": (lambda text: file_name(text.encode(errors="replace")), ('*;filename="', "*; ", 'filename="*"; ', "*%22")),
    "host": (harp_url, ("http://*.", "http://*.a:", "http://*a")),
    "hub id": (
        lambda text: parse_reference(text, hosts=("huggingface.co",)),
        ("*a/", "https://huggingface.co/*a/", "*@", "*<"),
    ),
    "hub record": (
        lambda text: parse_model(
            {"id": "a/b", "tags": [text] * 3, "siblings": text, "lastModified": text, "sha": text}
        ),
        ("*license:", "*a", "*2020-01-01"),
    ),
    "page": (lambda text: rewrite(f"<head></head>{text}", text, text), ('*<meta name="og:', "*<base ", "*<link rel=")),
    "list": (lambda text: still(lambda url: text)(""), ("*<script", "*<script>", "*</script>")),
    "search": (lambda text: search([], Query(words=text)), ("*a ", "*\u0301")),
}


@pytest.mark.parametrize("name", READERS)
def test_a_mebibyte_of_the_worst_is_read_in_linear_time(name: str) -> None:
    read, patterns = READERS[name]

    def use(text: str) -> object:
        with contextlib.suppress(HarpistError):
            return read(text)
        return None

    for pattern in patterns:
        head, _, unit = pattern.partition("*")
        assert is_linear(use, lambda length: head + unit * (length // len(unit)), LENGTHS), pattern  # noqa: B023
        use(head + unit * (MIB // len(unit)))


def test_a_files_name_is_made_in_linear_time(tmp_path: Any) -> None:
    for unit in ("a", " ", ".", "/", "é", "\x00"):
        region = (Region((TrackFile(tmp_path, unit * length),), tmp_path) for length in LENGTHS)
        assert [len(one.output_path("stem", ".wav").name.encode()) < 255 for one in region] == [True] * len(LENGTHS)


def test_a_string_that_never_ends_is_one_clear_sentence() -> None:
    text = json.dumps({"sample_rate": 8000})[:-1] + ', "name": "' + '\\"' * 500_000
    with pytest.raises(HarpistError, match="is not JSON; one JSON object is expected"):
        read_object(text)
