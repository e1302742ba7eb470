"""What a caller reads holds no path and no second line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.workers.one_line import one_line
from app.workers.sentences import crash_sentence, failure_sentence, memory_sentence


@pytest.mark.parametrize(
    "path",
    ["/home/someone/x.wav", "/srv/a b/c", "~/secret/model.pt", "C:\\Users\\me\\x.wav", "\\\\host\\share\\x", "/tmp/a/"],
)
def test_paths_are_taken_out(path: str) -> None:
    for text in (path, f"cannot open '{path}'", f"({path}): no", f"file={path}, line 3", f"“{path}”"):
        line = one_line(text)
        assert "secret" not in line and "someone" not in line and "Users" not in line and "host" not in line
        assert "/srv" not in line and "/tmp" not in line


@pytest.mark.parametrize(
    "text", ["and/or", "Harmonic / percussive", "1/2 of 3/4", "44.1 kHz", "see https://a.org/b/c.html"]
)
def test_what_is_no_path_stays(text: str) -> None:
    assert one_line(text) == text


@given(st.text(max_size=2000))
def test_one_line_is_one_line(text: str) -> None:
    line = one_line(text)
    assert len(line) <= 300
    assert line.isprintable()
    assert line == " ".join(line.split())


def test_the_reason_of_a_torchscript_error_stands_below_its_traceback() -> None:
    error = RuntimeError(
        "The following operation failed in the TorchScript interpreter.\n"
        "Traceback of TorchScript, serialized code (most recent call last):\n"
        '  File "code/__torch__/secret.py", line 8, in forward\n'
        "RuntimeError: The size of tensor a (3) must match the size of tensor b (4)\n\n"
    )
    expected = "The model failed: RuntimeError: The size of tensor a (3) must match the size of tensor b (4)"
    assert failure_sentence(error) == expected
    assert failure_sentence(KeyError()) == "The model failed: KeyError."


def test_every_line_of_a_reason_is_told() -> None:
    several = "two channels are expected\n  one was given\n"
    told = "two channels are expected; one was given"
    assert failure_sentence(ValueError(several)) == f"The model failed: ValueError: {told}"
    scripted = f'Traceback of TorchScript\n  File "code/x.py", line 8, in forward\nbuiltins.ValueError: {several}'
    assert failure_sentence(RuntimeError(scripted)) == f"The model failed: builtins.ValueError: {told}"


@pytest.mark.parametrize(
    ("code", "part"),
    [
        (-11, "(segmentation fault)"),
        (-8, "(arithmetic error)"),
        (-6, "(aborted)"),
        (-9, "killed from outside"),
        (-15, "(SIGTERM)"),
        (-99, "(signal 99)"),
        (0, "exit code 0"),
        (255, "was lost"),
        (None, "lost"),
    ],
)
def test_every_end_has_a_sentence(code: int | None, part: str) -> None:
    assert part in crash_sentence(code)


def test_memory_is_told_in_gigabytes() -> None:
    assert "(4.0 GB allowed)" in memory_sentence(2**32)
    assert "allowed" not in memory_sentence(0)
