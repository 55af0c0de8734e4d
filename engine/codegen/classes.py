"""The classes of a model's blocks: one for each structure, with arguments for what differs."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from engine.blocks.base import Block
from engine.codegen.body import Body, body
from engine.codegen.expressions import Times, Vocabulary, replaced, skeleton, text, without_defaults
from engine.codegen.printer import INDENT, WIDTH, lay_out
from engine.codegen.symbols import Signature, signature
from engine.graph.analysis import walk
from engine.graph.facts import NodeFacts
from engine.graph.records import Graph
from engine.layers.base import Layer, Shape
from engine.layers.code import Make, Name, helper_names, write

__all__ = ["Classes", "class_lines", "class_name"]

_LONGEST: Final = 30
"""Letters of a class name, so that a line with it can be split."""

Use = tuple[Layer, tuple[Shape, ...]]
Line = tuple[str, str]
"""A line of code, and the node that it is about (or none)."""


class Classes:
    """Collects the blocks of a graph, those inside of others included.

    Attributes:
        bodies: an example of what each class computes, in the order to write them.
        written: the text of each class.
    """

    def __init__(self, graph: Graph, facts: Mapping[str, NodeFacts], model: str) -> None:
        self._known = Vocabulary()
        self._made: dict[Use, Make] = {}
        self._taken = {model, *helper_names()}
        self.written: dict[str, list[str]] = {}
        self.bodies: list[Body] = []
        self._inside: dict[Use, tuple[Graph, dict[str, NodeFacts]]] = {}
        heights: dict[Use, int] = {}
        self._collect(graph, facts, heights)
        for height in sorted(set(heights.values())):
            level = [use for use, tall in heights.items() if tall == height]
            self._repeated(use for use in level if _repeats(use[0]) > 1)
            self._level([use for use in level if _repeats(use[0]) == 1])

    def _collect(
        self, graph: Graph, facts: Mapping[str, NodeFacts], heights: dict[Use, int]
    ) -> int:
        """Puts down what is inside each block, and on how many levels; returns the most."""
        most = 0
        for node in graph.nodes:
            if not isinstance(node.layer, Block):
                continue
            use = (node.layer, facts[node.id].inputs)
            if use not in heights:
                inner = node.layer.graph(use[1])
                self._inside[use] = (inner, walk(inner, None))
                heights[use] = 1 + self._collect(*self._inside[use], heights)
            most = max(most, heights[use])
        return most

    def construct(self, layer: Layer, inputs: tuple[Shape, ...]) -> Make:
        """The constructor of a block."""
        return self._made[layer, inputs]

    def _repeated(self, uses: Iterable[Use]) -> None:
        for layer, inputs in uses:
            graph, facts = self._inside[layer, inputs]
            parts = [
                self.construct(node.layer, facts[node.id].inputs)
                for node in graph.nodes
                if node.layer.max_inputs != 0
            ]
            self._made[layer, inputs] = Make("nn.Sequential", tuple(_runs(parts)))

    def _level(self, uses: list[Use]) -> None:
        """Blocks in which all blocks have their class already."""
        families: dict[Any, list[tuple[Use, Body]]] = {}
        for layer, inputs in uses:
            graph, facts = self._inside[layer, inputs]
            found = body(graph, facts, graph.nodes[-1].id, self.construct)
            key = (class_name(layer.title), _structure(found, self._known))
            families.setdefault(key, []).append(((layer, inputs), found))
        smallest: dict[str, Body] = {}
        for (base, _), family in sorted(families.items(), key=lambda f: len(f[1][0][1].steps)):
            first = family[0][1]
            name = _distinct(base, first, smallest.setdefault(base, first), self._taken)
            self._taken.add(name)
            self._write(name, family)

    def _write(self, name: str, family: list[tuple[Use, Body]]) -> None:
        bodies = [found for _, found in family]
        found = signature(bodies, self._known)
        names = tuple(a.name for a in found.arguments if a.default is None)
        defaults = {a.name: a.default for a in found.arguments if a.default is not None}
        lines = class_lines(name, _docstring(family[0][0][0]), bodies[0], found, self._known)
        self.written[name] = [line for line, _ in lines]
        self.bodies.append(bodies[0])
        self._known.add(name, names, defaults)
        for number, (use, _) in enumerate(family):
            args = [a.values[number] for a in found.arguments if a.width]
            options = {a.name: a.values[number] for a in found.arguments if not a.width}
            self._made[use] = Make(name, tuple(args), options)

    def model_lines(self, name: str, doc: list[str], found: Body) -> list[Line]:
        """The lines of the model's own class."""
        makes = tuple(step.make for step in found.steps)
        return list(class_lines(name, doc, found, Signature((), makes, {}), self._known))


def class_lines(
    name: str, doc: list[str], found: Body, arguments: Signature, known: Vocabulary
) -> Iterator[Line]:
    """The text of one class."""
    yield f"class {name}(nn.Module):", ""
    yield from ((f"{INDENT}{line}".rstrip(), "") for line in doc)
    if any(arguments.makes):
        yield "", ""
        yield from _init_lines(found, arguments, known)
    yield "", ""
    yield from _forward_lines(found)


def _init_lines(found: Body, arguments: Signature, known: Vocabulary) -> Iterator[Line]:
    parts = ["self"]
    for item in arguments.arguments:
        default = "" if item.default is None else f" = {write(item.default)}"
        parts.append(f"{item.name}: {item.annotation}{default}")
    for line in lay_out(1, "def ", f"__init__({', '.join(parts)})", " -> None:"):
        yield line, ""
    yield f"{2 * INDENT}super().__init__()", ""
    for number, (step, make) in enumerate(zip(found.steps, arguments.makes, strict=True)):
        if make is None:
            continue

        def named(path: Any, value: Any, number: int = number) -> Any:
            name = arguments.names.get((number, path))
            return Name(name) if name else value

        call = text(without_defaults(replaced(make, named), known))
        yield from ((line, step.node) for line in lay_out(2, f"self.{step.name} = ", call))
        yield from ((2 * INDENT + line, step.node) for line in step.start)


def _forward_lines(found: Body) -> Iterator[Line]:
    parts = ["self", *(f"{name}: torch.Tensor" for name in found.arguments)]
    for line in lay_out(1, "def ", f"forward({', '.join(parts)})", " -> torch.Tensor:"):
        yield line, ""
    for step in found.steps:
        before = f"{step.target} = " if step.target else "return "
        yield from ((line, step.node) for line in lay_out(2, before, step.expression))
    if found.returned:
        yield f"{2 * INDENT}return {found.returned}", ""


def _repeats(layer: Layer) -> int:
    """How often a block is chained; such a block is a ``Sequential`` of its repetitions."""
    return int(layer.values().get("repeats", 1))


def _runs(parts: list[Make]) -> Iterator[Make | Times]:
    """Three or more equal constructors in a row are written once."""
    start = 0
    for number in range(1, len(parts) + 1):
        if number < len(parts) and parts[number] == parts[start]:
            continue
        count = number - start
        yield from [Times(parts[start], count)] if count > 2 else parts[start:number]
        start = number


def _structure(found: Body, known: Vocabulary) -> tuple[Any, ...]:
    steps = tuple(
        (s.name, skeleton(s.make, known) if s.make else None, s.target, s.expression, s.start)
        for s in found.steps
    )
    sides = tuple(len(shape) for _, shape in found.entries)
    return (found.arguments, sides, steps, found.returned)


def class_name(title: str, otherwise: str = "Block") -> str:
    """A class's name from a title: ``"Residual block"`` gives ``ResidualBlock``."""
    plain = re.sub(r"\(.*?\)", "", title).encode("ascii", "ignore").decode()
    name = ""
    for word in re.findall(r"[A-Za-z0-9]+", plain):
        if len(name) + len(word) > _LONGEST - 3:
            break
        name += word[0].upper() + word[1:]
    if not name or name[0].isdigit():
        name = f"{otherwise}{name}"
    return name if name not in ("None", "True", "False") else f"{name}{otherwise}"


def _distinct(base: str, found: Body, smallest: Body, taken: set[str]) -> str:
    """The base name, with what the class has beyond the smallest of its name."""
    nodes = {step.node for step in smallest.steps}
    extra = next((step.node for step in found.steps if step.node not in nodes), "")
    longer = f"{base}With{class_name(extra.replace('_', ' '), 'Node')}"
    if base in taken and extra and longer not in taken and len(longer) <= _LONGEST:
        return longer
    name, number = base, 2
    while name in taken:
        name, number = f"{base}{number}", number + 1
    return name


def _docstring(layer: Layer) -> list[str]:
    own = layer.title != type(layer).title
    words = layer.title if own else layer.summary
    words = words.encode("ascii", "ignore").decode().replace("\\", "").replace('"', "'").strip()
    return doc_lines(words.rstrip(".") or "A block")


def doc_lines(words: str) -> list[str]:
    """A docstring of one sentence: of its first part alone, or wrapped, where it is too long."""
    for sentence in (words, re.split("[:;] ", words)[0]):
        if len(sentence) + len(INDENT) + 7 <= WIDTH:
            return [f'"""{sentence}."""']
    first, *rest = textwrap.wrap(words + ".", WIDTH - len(INDENT) - 6)
    return [f'"""{first}', *rest, '"""']
