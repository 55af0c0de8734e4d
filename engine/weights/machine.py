"""The few instructions of a pickle that a state_dict needs, and none of the others.

A ``.pth`` file describes its tensors in Python's pickle language, in which a file can call any
function of the computer that opens it. Here nothing is unpickled: ``pickletools.genops`` splits the
bytes into instructions, and this module gives a meaning to those that build dictionaries, lists,
numbers and texts, plus four names that stand for an ordered dictionary, a tensor, a parameter and
a storage. No name is looked up and nothing is called; every other instruction and name ends the
reading with a sentence.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from engine.weights.refusals import Unreadable

__all__ = ["STORAGES", "TensorPlan", "run"]

STORAGES: Final = {
    "DoubleStorage": "float64",
    "FloatStorage": "float32",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
}
"""Names of torch's storages, and the type of their elements."""

LARGEST: Final = 64_000_000
_MOST_STEPS: Final = 4_000_000
_DEEPEST: Final = 64
_RESAVE: Final = (
    "In Python, save the weights alone: torch.save(model.state_dict(), “weights.pth”), or as "
    ".safetensors."
)


@dataclass(frozen=True, slots=True)
class _Name:
    """A global name in the file; it is compared, never looked up."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(frozen=True, slots=True)
class _Storage:
    dtype: str
    key: str
    count: int


@dataclass(frozen=True, slots=True)
class TensorPlan:
    """Where a tensor lies: its storage's key, type and number of elements, and the view on it."""

    dtype: str
    key: str
    count: int
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


_DICT: Final = _Name("collections", "OrderedDict")
_TENSOR: Final = _Name("torch._utils", "_rebuild_tensor_v2")
_PARAMETER: Final = _Name("torch._utils", "_rebuild_parameter")
_KNOWN: Final = frozenset({_DICT, _TENSOR, _PARAMETER, *(_Name("torch", s) for s in STORAGES)})


def run(data: bytes) -> Any:
    """What the pickle describes: dictionaries, lists, plain values and :class:`TensorPlan`.

    Raises Unreadable for every instruction and name beyond those of a state_dict, for what is torn,
    and beyond 64 MB, 4 million instructions or 64 open levels.
    """
    if len(data) > LARGEST:
        raise Unreadable(f"Its description of the tensors has {len(data):,} bytes.")
    machine = _Machine()
    try:
        for number, (instruction, argument, _) in enumerate(pickletools.genops(data)):
            if number >= _MOST_STEPS:
                raise Unreadable(f"It has more than {_MOST_STEPS:,} instructions.")
            if instruction.name == "STOP":
                return machine.pop()
            machine.step(instruction.name, argument)
    except Unreadable:
        raise
    except (ValueError, TypeError, IndexError, KeyError, OverflowError, MemoryError) as error:
        raise Unreadable(f"Its description of the tensors is damaged ({error!s:.80}).") from error
    raise Unreadable("Its description of the tensors ends too early.")


class _Machine:
    """A stack, the places where marks were set, and what was remembered."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:
        """Does one instruction; raises Unreadable for one that a state_dict does not need."""
        if name in _PLAIN:
            self.stack.append(argument)
        elif name in _MAKE:
            self.stack.append(_MAKE[name]())
        elif name in _DO:
            _DO[name](self, argument)
        elif name not in ("PROTO", "FRAME"):
            raise Unreadable(
                f"It wants to do more than describe tensors (pickle instruction {name}).", _RESAVE
            )

    def pop(self) -> Any:
        """The topmost value above the last mark."""
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise Unreadable("Its description of the tensors is damaged (a value is missing).")
        return self.stack.pop()

    def top(self, kind: type) -> Any:
        """The topmost value, which must be of a kind."""
        value = self.pop()
        self.stack.append(value)
        if type(value) is not kind:
            raise Unreadable("Its description of the tensors is damaged (values are mixed up).")
        return value

    def marked(self) -> list[Any]:
        """The values since the last mark, which is taken away."""
        if not self.marks:
            raise Unreadable("Its description of the tensors is damaged (a mark is missing).")
        start = self.marks.pop()
        values = self.stack[start:]
        del self.stack[start:]
        return values

    def mark(self, _: Any) -> None:
        if len(self.marks) >= _DEEPEST:
            raise Unreadable(f"It is nested more than {_DEEPEST} levels deep.")
        self.marks.append(len(self.stack))

    def put(self, place: Any) -> None:
        self.memo[len(self.memo) if place is None else int(place)] = self.stack[-1]

    def get(self, place: Any) -> None:
        self.stack.append(self.memo[int(place)])

    def tuple_of(self, count: int) -> None:
        values = [self.pop() for _ in range(count)]
        self.stack.append(tuple(reversed(values)))

    def append(self, values: list[Any]) -> None:
        self.top(list).extend(values)

    def set_items(self, values: list[Any]) -> None:
        target = self.top(dict)
        for key, value in zip(values[::2], values[1::2], strict=True):
            if type(key) not in (str, int):
                raise Unreadable("A key of its dictionaries is neither a text nor a number.")
            target[key] = value

    def global_name(self, text: Any) -> None:
        module, _, name = str(text).partition(" ")
        self.name(module, name)

    def stack_global(self, _: Any) -> None:
        name, module = self.pop(), self.pop()
        self.name(str(module), str(name))

    def name(self, module: str, name: str) -> None:
        found = _Name(module, name)
        if found not in _KNOWN:
            raise Unreadable(
                f"It names “{found!s:.80}”, which is no part of a state_dict and could run code.",
                _RESAVE,
            )
        self.stack.append(found)

    def reduce(self, _: Any) -> None:
        arguments, what = self.pop(), self.pop()
        if type(arguments) is not tuple:
            raise Unreadable("Its description of the tensors is damaged (values are mixed up).")
        if what == _DICT and not arguments:
            self.stack.append({})
        elif what == _TENSOR and len(arguments) >= 6:
            self.stack.append(_plan(*arguments[:4]))
        elif what == _PARAMETER and arguments and isinstance(arguments[0], TensorPlan):
            self.stack.append(arguments[0])
        else:
            raise Unreadable("It wants to call something that is no part of a state_dict.", _RESAVE)

    def build(self, _: Any) -> None:
        """Attributes of a dictionary, such as ``_metadata``, are read over."""
        self.pop()
        self.top(dict)

    def storage(self, _: Any) -> None:
        match self.pop():
            case ("storage", _Name("torch", name), str(key), str(), int(count)) if (
                name in STORAGES and count >= 0
            ):
                self.stack.append(_Storage(STORAGES[name], key, count))
            case _:
                raise Unreadable("It refers to data in a way that this version does not know.")


def _plan(storage: Any, offset: Any, size: Any, stride: Any) -> TensorPlan:
    whole = [offset, *(size if type(size) is tuple else [-1]), *stride]
    if (
        not isinstance(storage, _Storage)
        or any(type(number) is not int or number < 0 for number in whole)
        or type(stride) is not tuple
        or len(size) != len(stride)
        or len(size) > 8
    ):
        raise Unreadable("A tensor in it is described wrongly.")
    return TensorPlan(storage.dtype, storage.key, storage.count, offset, size, stride)


_PLAIN: Final = frozenset(
    {"BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE"}
)
_MAKE: Final[dict[str, Callable[[], Any]]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
}
_DO: Final[dict[str, Callable[[_Machine, Any], None]]] = {
    "MARK": _Machine.mark,
    "TUPLE": lambda m, _: m.stack.append(tuple(m.marked())),
    "TUPLE1": lambda m, _: m.tuple_of(1),
    "TUPLE2": lambda m, _: m.tuple_of(2),
    "TUPLE3": lambda m, _: m.tuple_of(3),
    "APPEND": lambda m, _: m.append([m.pop()]),
    "APPENDS": lambda m, _: m.append(m.marked()),
    "SETITEM": lambda m, _: m.set_items([m.pop(), m.pop()][::-1]),
    "SETITEMS": lambda m, _: m.set_items(m.marked()),
    "BINPUT": _Machine.put,
    "LONG_BINPUT": _Machine.put,
    "MEMOIZE": _Machine.put,
    "BINGET": _Machine.get,
    "LONG_BINGET": _Machine.get,
    "GLOBAL": _Machine.global_name,
    "STACK_GLOBAL": _Machine.stack_global,
    "REDUCE": _Machine.reduce,
    "BUILD": _Machine.build,
    "BINPERSID": _Machine.storage,
}
