from __future__ import annotations

import pytest

from app.audacitorch.failures import clean_reason, model_failure

TORCHSCRIPT = """The following operation failed in the TorchScript interpreter.
Traceback of TorchScript, serialized code (most recent call last):
  File "code/__torch__.py", line 16, in forward
      ops.prim.RaiseException("AssertionError: bad")
      ~~~~~~~~~~~~~~~~~~~~~~~ <--- HERE
Traceback of TorchScript, original code (most recent call last):
  File "/home/author/model.py", line 15, in forward
        assert x.ndim == 3, "ValueError: no"
        ~~~~~~~~~~~~~~~~~~~ <--- HERE
"""


@pytest.mark.parametrize(
    "text, reason",
    [
        (
            TORCHSCRIPT + "RuntimeError: AssertionError: input must have two dimensions\n",
            "input must have two dimensions",
        ),
        (TORCHSCRIPT + "torch.jit.Error: ValueError: too short.", "too short"),
        (TORCHSCRIPT, ""),
        (TORCHSCRIPT + "RuntimeError: cannot open /srv/private/file.bin, sorry", "cannot open …, sorry"),
        (TORCHSCRIPT + "RuntimeError: cannot open C:\\private\\file.bin", "cannot open …"),
        ("unable to open file </srv/private/x> in read-only mode", "unable to open file <…> in read-only mode"),
        (
            "mat1 and mat2 shapes cannot be multiplied (1x4 and 3x2)\nException raised from f",
            "mat1 and mat2 shapes cannot be multiplied (1x4 and 3x2)",
        ),
        (
            "The size of tensor a (3) must match the size of tensor b (4)",
            "The size of tensor a (3) must match the size of tensor b (4)",
        ),
        ("", ""),
    ],
)
def test_the_reason_is_found(text, reason):
    assert clean_reason(text) == reason


def test_a_long_reason_is_cut():
    reason = clean_reason("RuntimeError: " + "too long " * 100)
    assert len(reason) <= 140
    assert reason.endswith("…")


def test_memory_has_its_own_sentence():
    for error in (
        MemoryError(),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 8 bytes"),
    ):
        assert "ran out of memory" in model_failure(error).message


def test_a_failure_is_one_sentence():
    assert model_failure(RuntimeError("x is bad")).message == "The model failed on this region: x is bad."
    assert model_failure(RuntimeError("")).message == "The model failed on this region."
