"""What the code of a model could do beside computing, found in its graphs: sentences for its card.

Torch has read the code by then, so that no spelling hides an operator; what is found need not ever run. It is a hint
for people, and keeps nobody from anything: that is the sandbox's work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from app.audacitorch.archive.refusals import shown

_OPENS = ("aten::from_file", "aten::save", "debugprims::load_tensor")
_OTHERS = ("c10d::", "_c10d_functional", "symm_mem::", "prim::rpc_", "rpc::")
_PRINTERS = ("prim::Print", "aten::_print")
_DRAWS = (
    "aten::rand", "aten::randint", "aten::randn", "aten::randperm", "aten::rand_like", "aten::randn_like",
    "aten::randint_like", "aten::bernoulli", "aten::bernoulli_", "aten::multinomial", "aten::normal", "aten::normal_",
    "aten::uniform_", "aten::random_", "aten::exponential_", "aten::poisson",
)  # fmt: skip
_SEEDS = ("aten::manual_seed",)
_NATIVE_CLASS = "__torch__.torch.classes."
_PACKED_WEIGHTS = ("quantized.", "rnn.")
"""Native classes that hold the weights of quantised layers."""


FILES, CALLS, CLASSES, SETSTATE, PRINTS, CHANCE, CUDA = (
    "files", "calls", "classes", "setstate", "prints", "chance", "cuda",
)  # fmt: skip
"""What :func:`find_kinds` tells apart."""


def find(functions: Sequence[Any]) -> tuple[str, ...]:
    """Return what is to be said of a model's functions and methods, a sentence each; see :func:`find_kinds`."""
    return tuple(find_kinds(functions).values())


def find_kinds(functions: Sequence[Any]) -> dict[str, str]:
    """Return what is to be said of a model's functions and methods: a sentence for each kind that was found.

    Args:
        functions: as torch has compiled them (``torch._C.CompilationUnit.get_functions``).
    """
    kinds: set[str] = set()
    types: set[str] = set()
    cuda = False
    for function in functions:
        for node in _nodes(function.graph):
            kind = node.kind()
            kinds.add(kind)
            outputs = [str(output.type()) for output in node.outputs()]
            types.update(text for text in outputs if _NATIVE_CLASS in text)
            if kind == "prim::Constant" and outputs == ["Device"]:
                cuda = cuda or str(node.s("value")).startswith("cuda")
    names = {str(function.qualified_name).rpartition(".")[2] for function in functions}
    return dict(_sentences(kinds, _native_classes(types), "__setstate__" in names, cuda))


def _sentences(kinds: set[str], classes: Sequence[str], setstate: bool, cuda: bool) -> Iterator[tuple[str, str]]:
    if used := sorted(kinds.intersection(_OPENS)):
        yield FILES, f"Its code can open files ({', '.join(used)}), which no model of this format needs."
    if used := sorted(kind for kind in kinds if kind.startswith(_OTHERS)):
        yield CALLS, f"Its code can call other processes ({used[0]}), which no model of this format needs."
    if classes:
        yield CLASSES, f"Its code can use native classes ({shown(classes[0])}), which no model of this format needs."
    if setstate:
        yield SETSTATE, "It runs code of its own while it is opened (__setstate__)."
    if kinds.intersection(_PRINTERS):
        yield PRINTS, "Its code can print text, which is shown nowhere."
    if not kinds.intersection(_SEEDS) and (used := sorted(kinds.intersection(_DRAWS))):
        yield CHANCE, f"Its code can draw random numbers ({used[0]}), so that its results may differ from run to run."
    if cuda:
        yield CUDA, "Its code names a CUDA device, so that it may run on a GPU only."


def _native_classes(types: set[str]) -> list[str]:
    named = (text.split(_NATIVE_CLASS, 1)[1].rstrip("]? ()") for text in sorted(types))
    return [name for name in named if not name.startswith(_PACKED_WEIGHTS)]


def _nodes(graph: Any) -> Iterator[Any]:
    """Yield every node of a graph, those of its inner blocks too, however deeply they lie."""
    blocks = [graph]
    while blocks:
        for node in blocks.pop().nodes():
            yield node
            blocks.extend(node.blocks())
