"""What the pickled half of a TorchScript archive would build, found by reading its opcodes. Nothing is executed.

Torch reads these pickles by itself, without Python, and believes their numbers: a tensor of more elements than its
record holds is read beyond it. Standard library only.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Union

from app.audacitorch.archive.refusals import damaged, refused, shown
from app.errors import ModelFormatError

MOST_OPERATIONS = 1_000_000
DEEPEST = 500
"""Things in things; published models have some twenty. Beyond some ten thousand the reader crashes."""

_HOMES = ("torch", "__torch__", "collections")
_TENSORS = ("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_qtensor")
_BYTES = {
    "Float": 4,
    "Double": 8,
    "Half": 2,
    "BFloat16": 2,
    "Long": 8,
    "Int": 4,
    "Short": 2,
    "Char": 1,
    "Byte": 1,
    "Bool": 1,
    "ComplexHalf": 4,
    "ComplexFloat": 8,
    "ComplexDouble": 16,
    "QInt8": 1,
    "QUInt8": 1,
    "QInt32": 4,
    "Float8_e5m2": 1,
    "Float8_e4m3fn": 1,
    "UInt16": 2,
    "UInt32": 4,
    "UInt64": 8,
}
_LARGEST = 2**60

RecordSize = Callable[[str], Union[int, None]]


class _Thing:
    """Something that holds others: a list, a tuple, an object.

    ``what`` is the name of a class or function, or of its instance's; ``elements`` how many a tensor's storage has.
    """

    __slots__ = ("elements", "parts", "what")

    def __init__(self, parts: list[Any], what: str = "", elements: int = -1) -> None:
        self.parts = parts
        self.what = what
        self.elements = elements


_MARK = _Thing([], "mark")


def scan_pickle(data: bytes, name: str, record_size: RecordSize) -> None:
    """Check one pickle of an archive.

    Args:
        data: the pickle.
        name: what it is called in a sentence.
        record_size: tells how many bytes the record of a storage's key has; ``None`` where there is none.

    Raises:
        ModelFormatError: torch cannot read it, or would be harmed by it.
    """
    try:
        root = _build(data, name, record_size)
    except ModelFormatError:
        raise
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError, UnicodeError):
        raise damaged(f"its {shown(name)} cannot be read") from None
    _check_depth(root, name)


def _build(data: bytes, name: str, record_size: RecordSize) -> object:
    stack: list[Any] = []
    memo: dict[Any, Any] = {}
    for number, (opcode, argument, _) in enumerate(pickletools.genops(data)):
        if number > MOST_OPERATIONS:
            raise refused(f"its {shown(name)} has more than {MOST_OPERATIONS} steps")
        operation = opcode.name
        if operation in _ATOMS:
            stack.append(argument if argument is not None else operation)
        elif operation in ("BINGET", "LONG_BINGET"):
            stack.append(memo[argument])
        elif operation in ("BINPUT", "LONG_BINPUT"):
            memo[argument] = stack[-1]
        elif operation == "MARK":
            stack.append(_MARK)
        elif operation in ("EMPTY_LIST", "EMPTY_TUPLE", "EMPTY_DICT"):
            stack.append(_Thing([]))
        elif operation in _TUPLES:
            count = _TUPLES[operation]
            stack[-count:] = [_Thing(stack[-count:])] if len(stack) >= count else _fail()
        elif operation in ("TUPLE", "LIST", "DICT"):
            stack.append(_Thing(_since_mark(stack)))
        elif operation in ("APPEND", "SETITEM"):
            added = [stack.pop() for _ in range(1 if operation == "APPEND" else 2)]
            stack[-1].parts.extend(added)
        elif operation in ("APPENDS", "SETITEMS"):
            added = _since_mark(stack)
            stack[-1].parts.extend(added)
        elif operation == "BUILD":
            state = stack.pop()
            stack[-1].parts.append(state)
        elif operation == "GLOBAL":
            stack.append(_Thing([], _allowed(argument, name)))
        elif operation == "NEWOBJ":
            arguments, kind = stack.pop(), stack.pop()
            stack.append(_Thing([arguments], kind.what))
        elif operation == "REDUCE":
            arguments, function = stack.pop(), stack.pop()
            if function.what.rpartition(".")[2] in _TENSORS:
                _check_tensor(arguments.parts, name)
            stack.append(_Thing([arguments], ""))
        elif operation == "BINPERSID":
            stack.append(_storage(stack.pop().parts, name, record_size))
        elif operation == "POP":
            stack.pop()
        elif operation == "STOP":
            break
        elif operation not in ("PROTO", "FRAME"):
            raise damaged(f"its {shown(name)} holds {operation}, which torch does not read")
    (root,) = stack
    return root


_ATOMS = {
    *("NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT"),
    *("BINUNICODE", "BINUNICODE8", "SHORT_BINUNICODE", "SHORT_BINSTRING", "BINSTRING", "STRING"),
}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


def _fail() -> list[Any]:
    raise ValueError("too few values")


def _since_mark(stack: list[Any]) -> list[Any]:
    for index in range(len(stack) - 1, -1, -1):
        if stack[index] is _MARK:
            found = stack[index + 1 :]
            del stack[index:]
            return found
    return _fail()


def _allowed(argument: Any, name: str) -> str:
    module, _, attribute = str(argument).partition(" ")
    if module.split(".", 1)[0] not in _HOMES:
        raise refused(f"its {shown(name)} names {shown(f'{module}.{attribute}')}, which is no part of a model")
    return f"{module}.{attribute}"


def _storage(parts: Sequence[Any], name: str, record_size: RecordSize) -> _Thing:
    """Return a tensor's storage; it must be there as large as the pickle says."""
    kind, key, elements = parts[1].what, parts[2], parts[4]
    if not isinstance(key, str) or type(elements) is not int or not 0 <= elements < _LARGEST:
        raise damaged(f"the storages in its {shown(name)} are not in order")
    bytes_each = _BYTES.get(kind.rpartition(".")[2].removesuffix("Storage"), 1)
    size = record_size(key)
    if size is None:
        raise damaged(f"the record “{shown(key)}” that its {shown(name)} names is missing")
    if elements * bytes_each > size:
        raise damaged(f"its {shown(name)} promises {elements * bytes_each} bytes where a record has {size}")
    return _Thing([], kind, elements)


def _check_tensor(parts: Sequence[Any], name: str) -> None:
    """Refuse a tensor that reaches out of its storage."""
    storage, offset, sizes, strides = parts[0], parts[1], parts[2].parts, parts[3].parts
    numbers = (offset, *sizes, *strides)
    if any(type(number) is not int or not 0 <= number < _LARGEST for number in numbers) or len(sizes) != len(strides):
        raise damaged(f"the tensors in its {shown(name)} are not in order")
    if 0 in sizes:
        return
    last = offset + sum((size - 1) * stride for size, stride in zip(sizes, strides))
    if storage.elements >= 0 and last >= storage.elements:
        raise damaged(f"a tensor in its {shown(name)} is larger than what is stored of it")


def _check_depth(root: object, name: str) -> None:
    """Refuse what is nested too deeply, without following the nesting in calls."""
    if not isinstance(root, _Thing):
        return
    depths: dict[int, int] = {}
    path: list[tuple[_Thing, Iterator[Any]]] = [(root, iter(root.parts))]
    open_now = {id(root)}
    deepest = [0]
    while path:
        thing, rest = path[-1]
        part = next(rest, None) if path else None
        while part is not None and not isinstance(part, _Thing):
            part = next(rest, None)
        if part is None:
            path.pop()
            open_now.discard(id(thing))
            depth = deepest.pop() + 1
            depths[id(thing)] = depth
            if depth > DEEPEST:
                raise refused(f"things in its {shown(name)} are nested more than {DEEPEST} deep")
            if deepest:
                deepest[-1] = max(deepest[-1], depth)
        elif id(part) in depths:
            deepest[-1] = max(deepest[-1], depths[id(part)])
        elif id(part) not in open_now:
            open_now.add(id(part))
            path.append((part, iter(part.parts)))
            deepest.append(0)
