from __future__ import annotations

import pytest
import torch
from torch import nn

from app.audacitorch.failures import LONGEST_REASON, clean_reason, model_failure
from app.audacitorch.torchscript import script

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
        (TORCHSCRIPT + "builtins.ValueError: too short.\nGive it\n  two seconds\n", "too short. Give it; two seconds"),
        ("Shapes differ:\n  expected (2, n)\n  got (1, n)", "Shapes differ: expected (2, n); got (1, n)"),
        (TORCHSCRIPT + "RuntimeError: no such case:\nRuntimeError: none\n", "no such case: RuntimeError: none"),
        ("Internal error: a shape is asked for. Please file an issue.", "Internal error: a shape is asked for"),
        (
            "CUDA error: device-side assert triggered\nCUDA kernel errors might be asynchronously reported, so.\n"
            "For debugging consider passing CUDA_LAUNCH_BLOCKING=1\nCompile with `TORCH_USE_CUDA_DSA` to enable.\n",
            "CUDA error: device-side assert triggered",
        ),
        (f"stft({'FloatTensor, ' * 30}) : expected a window of 4096", "stft: expected a window of 4096"),
    ],
)
def test_the_reason_is_found(text, reason):
    assert clean_reason(text) == reason


def test_a_long_reason_is_cut():
    reason = clean_reason("RuntimeError: " + "too long " * 100)
    assert len(reason) == LONGEST_REASON
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


def test_two_types_of_numbers_say_what_the_author_can_do():
    sentence = (
        "The model failed on this region: it computes with float32 and {} numbers at once; its author should call "
        ".float() on the module before the export."
    )
    for text, name in (
        ("expected scalar type Float but found Half", "float16 (half)"),
        ("mat1 and mat2 must have the same dtype, but got Float and BFloat16", "bfloat16"),
        ("expected m1 and m2 to have the same dtype, but got: float != double", "float64 (double)"),
        ("Input type (float) and bias type (c10::Half) should be the same", "float16 (half)"),
    ):
        assert model_failure(RuntimeError(TORCHSCRIPT + f"RuntimeError: {text}\n")).message == sentence.format(name)
    for text in (
        "expected scalar type Long but found Float",
        "both should be the same",
        "half of the sound is missing",
    ):
        assert model_failure(RuntimeError(text)).message == f"The model failed on this region: {text}."


class Refuses(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise ValueError("Two channels are expected\nand one was given.")


@pytest.mark.parametrize("compiled", [True, False])
def test_all_that_a_model_says_is_told_compiled_or_not(compiled):
    with pytest.raises(Exception, match="Two") as caught:
        (script(Refuses()) if compiled else Refuses())(torch.zeros(1, 8))
    sentence = "The model failed on this region: Two channels are expected; and one was given."
    assert model_failure(caught.value).message == sentence
