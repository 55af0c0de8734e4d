"""Constructors of modules as values: read from a layer's code, compared, and written again."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

from engine.layers.code import Make, Name, helper_names, helper_source, write

__all__ = [
    "DEFAULTS",
    "SIGNATURES",
    "Path",
    "Spot",
    "Times",
    "Vocabulary",
    "aligned",
    "parse",
    "replaced",
    "skeleton",
    "spots",
    "text",
    "without_defaults",
]

DEFAULTS: Final[dict[str, dict[str, Any]]] = {
    "nn.Conv2d": {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "bias": True},
    "nn.ConvTranspose2d": {"stride": 1, "padding": 0, "output_padding": 0, "bias": True},
    "nn.Linear": {"bias": True},
    "nn.MaxPool2d": {"padding": 0, "dilation": 1},
    "nn.AvgPool2d": {"padding": 0},
}
"""What torch takes for options that are not written; only these may become arguments of a class."""

SIGNATURES: Final[dict[str, tuple[str, ...]]] = {
    "nn.Conv1d": ("in_channels", "out_channels", "kernel_size"),
    "nn.Conv2d": ("in_channels", "out_channels", "kernel_size"),
    "nn.ConvTranspose2d": ("in_channels", "out_channels", "kernel_size"),
    "nn.BatchNorm2d": ("num_features",),
    "nn.InstanceNorm2d": ("num_features",),
    "nn.GroupNorm": ("num_groups", "num_channels"),
    "nn.LayerNorm": ("normalized_shape",),
    "nn.RMSNorm": ("normalized_shape",),
    "ChannelNorm": ("normalized_shape",),
    "ChannelRMSNorm": ("normalized_shape",),
    "nn.Linear": ("in_features", "out_features"),
    "nn.PReLU": ("num_parameters",),
    "nn.MaxPool2d": ("kernel_size",),
    "nn.AvgPool2d": ("kernel_size",),
    "nn.AdaptiveAvgPool2d": ("output_size",),
    "nn.AdaptiveMaxPool2d": ("output_size",),
    "nn.Dropout": ("rate",),
    "nn.Dropout2d": ("rate",),
}
"""The names of positional arguments, after which a class calls its own."""


Path = tuple[int | str, ...]
"""The way to a value in a constructor: numbers of arguments and names of options."""


@dataclass(frozen=True, slots=True)
class Times:
    """``*[item for _ in range(count)]`` among the arguments of a constructor."""

    item: Make
    count: int


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a constructor that holds a plain value.

    Attributes:
        path: the way to it.
        owner: the class whose argument it is.
        role: the name of that argument.
        value: what stands there.
    """

    path: Path
    owner: str
    role: str
    value: Any


@lru_cache(4096)
def parse(text: str) -> Make:
    """The constructor that ``text`` writes, such as ``nn.Sequential(nn.Conv2d(1, 8, 3))``."""
    found = _read(ast.parse(text, mode="eval").body)
    if not isinstance(found, Make):
        raise ValueError(f"not a constructor: {text}")
    return found


def _read(node: ast.expr) -> Any:
    if isinstance(node, ast.Call):
        options = {item.arg or "": _read(item.value) for item in node.keywords}
        return Make(ast.unparse(node.func), tuple(_read(arg) for arg in node.args), options)
    if isinstance(node, (ast.Name, ast.Attribute)):
        return Name(ast.unparse(node))
    return ast.literal_eval(node)


class Vocabulary:
    """The arguments of the classes that code can call; classes that are written join by `add`."""

    def __init__(self) -> None:
        self._names = dict(SIGNATURES)
        self._defaults = dict(DEFAULTS)

    def add(self, owner: str, names: tuple[str, ...], defaults: dict[str, Any]) -> None:
        """A class of one's own with its positional arguments and its options' defaults."""
        self._names[owner], self._defaults[owner] = names, defaults

    def names(self, owner: str) -> tuple[str, ...]:
        """The names of a class's positional arguments, as far as they are known."""
        if owner not in self._names and owner in helper_names():
            self._names[owner] = _helper_arguments(owner)
        return self._names.get(owner, ())

    def defaults(self, owner: str) -> dict[str, Any]:
        """What a class takes for options that are not written, as far as that is known."""
        return self._defaults.get(owner, {})


@cache
def _helper_arguments(owner: str) -> tuple[str, ...]:
    for node in ast.walk(ast.parse(helper_source(owner))):
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            return tuple(arg.arg for arg in node.args.args[1:])
    return ()


def spots(make: Make, known: Vocabulary, path: Path = ()) -> Iterator[Spot]:
    """Every plain value in a constructor, those of constructors inside included."""
    names = known.names(make.name)
    parts: list[tuple[int | str, Any]] = [*enumerate(make.args), *make.options.items()]
    for key, value in parts:
        inner = value.item if isinstance(value, Times) else value
        if isinstance(inner, Make):
            yield from spots(inner, known, (*path, key))
        elif not isinstance(inner, Name):
            number = key if isinstance(key, int) else -1
            role = str(key) if number < 0 else names[number] if number < len(names) else "size"
            yield Spot((*path, key), make.name, role, inner)


def replaced(make: Make, new: Callable[[Path, Any], Any], path: Path = ()) -> Make:
    """The constructor with ``new(path, value)`` in place of every plain value."""

    def change(key: int | str, value: Any) -> Any:
        if isinstance(value, Times):
            return Times(replaced(value.item, new, (*path, key)), value.count)
        if isinstance(value, Make):
            return replaced(value, new, (*path, key))
        return value if isinstance(value, Name) else new((*path, key), value)

    args = tuple(change(number, value) for number, value in enumerate(make.args))
    options = {key: change(key, value) for key, value in make.options.items()}
    return Make(make.name, args, options)


def text(make: Make) -> str:
    """The constructor as a programmer writes it."""
    parts = [_written(value) for value in make.args]
    parts += [f"{name}={_written(value)}" for name, value in make.options.items()]
    return f"{make.name}({', '.join(parts)})"


def _written(value: Any) -> str:
    if isinstance(value, Times):
        return f"*[{text(value.item)} for _ in range({value.count})]"
    return text(value) if isinstance(value, Make) else write(value)


def skeleton(make: Make, known: Vocabulary) -> tuple[Any, ...]:
    """What constructors must share so that one class can stand for both: all but plain values."""
    optional = known.defaults(make.name)
    options = sorted((k, v) for k, v in make.options.items() if k not in optional)
    args = tuple(_bone(value, known) for value in make.args)
    return (make.name, args, tuple((key, _bone(value, known)) for key, value in options))


def _bone(value: Any, known: Vocabulary) -> Any:
    if isinstance(value, Times):
        return (value.count, skeleton(value.item, known))
    if isinstance(value, Make):
        return skeleton(value, known)
    return value.text if isinstance(value, Name) else None


def aligned(makes: Sequence[Make], known: Vocabulary) -> list[Make]:
    """Constructors of one skeleton, each with the options that any of them has."""
    first = makes[0]
    defaults = known.defaults(first.name)
    given = {key for make in makes for key in make.options}
    keys = [
        *(key for key in defaults if key in given),
        *(k for k in first.options if k not in defaults),
    ]
    columns = zip(*(make.args for make in makes), strict=True)
    args = zip(*(_aligned(column, known) for column in columns), strict=True)
    rows = [[make.options.get(key, defaults.get(key)) for key in keys] for make in makes]
    options = zip(*(_aligned(column, known) for column in zip(*rows, strict=True)), strict=True)
    made = [tuple(row) for row in args] or [()] * len(makes)
    found = [tuple(row) for row in options] or [()] * len(makes)
    return [
        Make(first.name, row, dict(zip(keys, values, strict=True)))
        for row, values in zip(made, found, strict=True)
    ]


def _aligned(column: Sequence[Any], known: Vocabulary) -> list[Any]:
    if isinstance(column[0], Times):
        items = aligned([value.item for value in column], known)
        return [Times(item, value.count) for item, value in zip(items, column, strict=True)]
    return aligned(column, known) if isinstance(column[0], Make) else list(column)


def without_defaults(make: Make, known: Vocabulary) -> Make:
    """The constructor without options that are what they would be anyway."""
    defaults = known.defaults(make.name)
    options = {
        key: _bare(value, known)
        for key, value in make.options.items()
        if key not in defaults or value != defaults[key]
    }
    return Make(make.name, tuple(_bare(value, known) for value in make.args), options)


def _bare(value: Any, known: Vocabulary) -> Any:
    if isinstance(value, Times):
        return Times(without_defaults(value.item, known), value.count)
    return without_defaults(value, known) if isinstance(value, Make) else value
