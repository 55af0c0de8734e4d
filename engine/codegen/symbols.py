"""Which numbers of a class become its arguments: those in which its uses differ, and the widths."""

from __future__ import annotations

import keyword
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from engine.codegen.body import Body, Step
from engine.codegen.expressions import Path, Spot, Vocabulary, aligned, spots
from engine.layers.base import Shape
from engine.layers.code import Make

__all__ = ["Argument", "Signature", "signature"]

_TAKES: Final = frozenset(
    {
        "in_channels",
        "in_features",
        "num_features",
        "num_channels",
        "num_parameters",
        "normalized_shape",
        "channels",
        "features",
        "input_channels",
    }
)
_GIVES: Final = frozenset({"out_channels", "out_features"})
_OPTIONAL: Final[dict[str, Any]] = {"stride": 1, "dilation": 1, "groups": 1}
"""Arguments that may be left out, with torch's own defaults."""

Place = tuple[int, Path]
"""The number of a step, and the way to a value in its constructor."""


@dataclass(eq=False)
class _Symbol:
    """A number that appears in one or more places, with its value in each use."""

    values: tuple[Any, ...]
    role: str
    name: str
    places: list[Place] = field(default_factory=list)


@dataclass(frozen=True)
class Argument:
    """One argument of a class: its name, and its value in each use."""

    name: str
    values: tuple[Any, ...]
    width: bool = False

    @property
    def default(self) -> Any:
        """The default; None where there is none."""
        found = _OPTIONAL.get(self.name)
        return found if found in self.values else None

    @property
    def annotation(self) -> str:
        """Its type."""
        kinds = {_kind(value): None for value in self.values}
        return " | ".join(kinds)


@dataclass(frozen=True)
class Signature:
    """A class's arguments, and the constructors of its steps with them.

    ``makes`` are those of the first use, with every option that any use has; ``names`` tells
    which argument stands at a place.
    """

    arguments: tuple[Argument, ...]
    makes: tuple[Make | None, ...]
    names: Mapping[Place, str]


def signature(uses: Sequence[Body], known: Vocabulary) -> Signature:
    """The arguments that make one class of bodies with equal skeletons."""
    columns = [
        aligned([step.make for step in column if step.make], known) if column[0].make else []
        for column in zip(*(use.steps for use in uses), strict=True)
    ]
    walk = _Walk(uses)
    for number, makes in enumerate(columns):
        steps = [use.steps[number] for use in uses]
        walk.step(number, steps, [list(spots(make, known)) for make in makes])
    symbols = walk.merged()
    arguments, names = [], {}
    for symbol, name, width in _named(symbols, walk):
        arguments.append(Argument(name, symbol.values, width))
        names.update(dict.fromkeys(symbol.places, name))
    arguments.sort(key=lambda argument: (not argument.width, argument.default is not None))
    makes = tuple(column[0] if column else None for column in columns)
    return Signature(tuple(arguments), makes, names)


class _Walk:
    """Follows the number of channels through the steps."""

    def __init__(self, uses: Sequence[Body]) -> None:
        self.image = all(len(use.entries[0][1]) == 3 for use in uses)
        self._of_node: dict[str, _Symbol] = {}
        self._all: list[_Symbol] = []
        for number, (node, _) in enumerate(uses[0].entries):
            widths = tuple(_width(use.entries[number][1]) for use in uses)
            self._of_node[node] = self._new(widths, "width", f"{node}_channels")
        self.enters = self._all[0]
        self._result = uses[0].result

    def step(self, number: int, steps: Sequence[Step], found: Sequence[Sequence[Spot]]) -> None:
        """The values of one node's constructor, and the channels that it gives."""
        came = self._of_node[steps[0].source]
        now = came
        for column in zip(*found, strict=True):
            spot, values = column[0], tuple(spot.value for spot in column)
            groups = self._groups(found, spot)
            depthwise = spot.role in _GIVES and groups == values
            if values == now.values and (depthwise or spot.role in _TAKES):
                symbol = now
            elif spot.role in _GIVES:
                symbol = now = self._new(values, "width", f"{steps[0].node}_channels")
            elif spot.role == "groups" and values == came.values and max(values) > 1:
                symbol = came
            else:
                symbol = self._other(values, spot.role, steps[0].node)
            symbol.places.append((number, spot.path))
        widths = tuple(_width(step.shape) for step in steps)
        same = next((symbol for symbol in (now, came) if symbol.values == widths), None)
        self._of_node[steps[0].node] = same or self._new(
            widths, "width", f"{steps[0].node}_channels"
        )

    @staticmethod
    def _groups(found: Sequence[Sequence[Spot]], spot: Spot) -> tuple[Any, ...]:
        """The groups of the convolution that a spot belongs to."""
        path = (*spot.path[:-1], "groups")
        return tuple(s.value for column in found for s in column if s.path == path)

    def _other(self, values: tuple[Any, ...], role: str, node: str) -> _Symbol:
        """A number that is no width of the main path; those of blocks inside keep their names."""
        inner = role.endswith("_channels") and role not in _TAKES | _GIVES
        return self._new(values, "width" if inner else role, role if inner else f"{node}_{role}")

    def _new(self, values: tuple[Any, ...], role: str, name: str) -> _Symbol:
        self._all.append(_Symbol(values, role, name))
        return self._all[-1]

    @property
    def leaves(self) -> _Symbol:
        """The channels of the result."""
        return self._of_node[self._result]

    def merged(self) -> list[_Symbol]:
        """The symbols that become arguments, each once."""
        kept: dict[tuple[str, tuple[Any, ...]], _Symbol] = {}
        self._unite(self.leaves, self.enters)
        for symbol in self._all:
            if symbol not in (self.enters, self.leaves) and symbol.role == "width":
                self._unite(symbol, self.leaves)
        for symbol in self._all:
            fixed = symbol not in (self.enters, self.leaves) and len(set(symbol.values)) == 1
            if not symbol.places or fixed:
                continue
            first = kept.setdefault((symbol.role, symbol.values), symbol)
            if first is not symbol:
                first.places += symbol.places
        return list(kept.values())

    def _unite(self, symbol: _Symbol, into: _Symbol) -> None:
        if symbol is not into and symbol.values == into.values:
            into.places += symbol.places
            symbol.places = []


def _named(symbols: Sequence[_Symbol], walk: _Walk) -> list[tuple[_Symbol, str, bool]]:
    noun = "channels" if walk.image else "features"
    alone = walk.enters.values == walk.leaves.values
    roles = [symbol.role for symbol in symbols]
    named, taken = [], set[str]()
    for symbol in symbols:
        width = symbol in (walk.enters, walk.leaves)
        if width:
            end = "in_" if symbol is walk.enters else "out_"
            name = noun if alone else f"{end}{noun}"
        else:
            once = roles.count(symbol.role) == 1 and symbol.role not in ("size", "width")
            name = symbol.role if once else symbol.name
        name = _free(name, taken)
        taken.add(name)
        named.append((symbol, name, width))
    return named


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free in taken or keyword.iskeyword(free) or free in ("self", "nn", "torch"):
        free, number = f"{name}{number}", number + 1
    return free


def _width(shape: Shape) -> int:
    return shape[-1] if len(shape) == 2 else shape[0]


def _kind(value: Any) -> str:
    if isinstance(value, tuple):
        return f"tuple[{', '.join(map(_kind, value))}]"
    return "None" if value is None else type(value).__name__
