"""The calls of ``torch.jit`` that the project makes, in one place: torch 2.13 warns that they are deprecated."""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn

_NOTHING_LEFT = re.compile(r"parameters \{\s*\}\s*attributes \{\s*\}")


@contextlib.contextmanager
def _without_deprecation_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"`torch\.jit\.", category=DeprecationWarning)
        yield


def script(module: nn.Module) -> torch.jit.ScriptModule:
    """Compile a module; raises whatever TorchScript says of source that it cannot compile.

    torch keeps the types of classes that it has compiled, half-made ones too: a second try would only be told that
    forward is there already. So they are forgotten.
    """
    with _without_deprecation_warnings():
        try:
            compiled: torch.jit.ScriptModule = torch.jit.script(module)
        except Exception:
            kept: Any = torch.jit._recursive.concrete_type_store
            kept.type_store.clear()
            raise
    return compiled


def trace(module: nn.Module, x: torch.Tensor) -> torch.jit.ScriptModule:
    """Record what a module does to ``x (channels, samples)``; what depends on its length or values is frozen."""
    with _without_deprecation_warnings():
        warnings.filterwarnings("ignore", category=torch.jit.TracerWarning)  # type: ignore[attr-defined]
        traced: torch.jit.ScriptModule = torch.jit.trace(module, x, check_trace=False)  # type: ignore[no-untyped-call]
    return traced


def save_archive(module: torch.jit.ScriptModule, path: Path) -> None:
    """Write a compiled module as a TorchScript archive."""
    with _without_deprecation_warnings():
        torch.jit.save(module, str(path))


def open_archive(path: Path, device: torch.device) -> torch.jit.ScriptModule:
    """Read a TorchScript archive onto a device; raises RuntimeError or ValueError where it is none.

    Opening an archive runs code of its author: do it in a worker only.
    """
    with _without_deprecation_warnings():
        module: torch.jit.ScriptModule = torch.jit.load(str(path), map_location=device)  # type: ignore[no-untyped-call]
    return module


def compiled_functions(path: Path) -> list[Any]:
    """Read an archive and return every function and method that torch has compiled of it; as hazardous as opening it.

    :func:`torch.jit.load` has no way to them: a module tells of its own methods only.
    """
    unit: Any = torch._C.CompilationUnit()
    import_module: Any = torch._C.import_ir_module
    import_module(unit, str(path), torch.device("cpu"), {}, False)
    return list(unit.get_functions())


def starts_tasks(module: torch.jit.ScriptModule) -> bool:
    """Whether a call of a module may start tasks beside its own (``torch.jit.fork``)."""
    graph: Any = module.inlined_graph
    return any(graph.findAllNodes(kind, True) for kind in ("prim::fork", "prim::awaitable"))


def freeze(module: torch.jit.ScriptModule) -> torch.jit.ScriptModule | None:
    """Return a module whose weights are constants, so that operations can be merged; ``None`` if it keeps state.

    What a call leaves behind for the next one is all that freezing lets a module keep. Raises RuntimeError where
    torch cannot freeze it. ``torch.jit.optimize_for_inference`` is left out: it gained nothing more.

    When an operator fails, torch looks up the functions that its call was inlined from. Freezing inlines those of a
    copy that it then lets go of, and the look-up would crash the process. So they are inlined before, and the module
    must live as long as what is returned.
    """
    inline: Any = torch._C._jit_pass_inline
    inline(module.graph)
    with _without_deprecation_warnings():
        frozen: torch.jit.ScriptModule = torch.jit.freeze(module)
    left = str(frozen._c.dump_to_str(False, False, False))
    return frozen if _NOTHING_LEFT.search(left) else None


@contextlib.contextmanager
def executor() -> Iterator[None]:
    """Run TorchScript with its simple executor.

    The default one watches two calls, then compiles, and may do so anew for other lengths. On the CPU nothing is
    fused, so that it gains nothing, and the first call takes up to three times as long.
    """
    with torch.jit.optimized_execution(False):  # type: ignore[attr-defined]
        yield
