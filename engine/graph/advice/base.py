"""What rules see and what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from engine.graph.facts import Analysis, NodeFacts
from engine.graph.records import Graph, Node
from engine.layers.base import Frame, Layer
from engine.layers.ends import Input, Output
from engine.losses.base import Loss
from engine.problems import Problem

__all__ = ["RULES", "Case", "Finding", "Remedy", "Rule", "Sign", "rule"]


@dataclass(frozen=True, slots=True)
class Remedy:
    """An edit that cures a finding.

    Attributes:
        label: what it does, as its undo step is named (``"Switch off the bias of conv1"``).
        edit: the graph with it done; pure. Raises FoveaError when the nodes are gone.
    """

    label: str
    edit: Callable[[Graph], Graph] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a model that costs accuracy, time or memory, though it can be trained.

    Attributes:
        code: the name of the rule, which stays the same between versions.
        nodes: the nodes that it is about, the one to look at first.
        sentence: what is wrong and why it matters.
        advice: what to do, in one sentence.
        remedy: the edit that does it, ``None`` where none was found that keeps the model valid.
    """

    code: str
    nodes: tuple[str, ...]
    sentence: str
    advice: str
    remedy: Remedy | None = None
    severity: Literal["warning"] = "warning"

    def problem(self) -> Problem:
        """The finding as ``check()`` lists it."""
        return Problem(
            self.severity, self.sentence, self.nodes[0], self.advice, self.code, self.nodes
        )


@dataclass(frozen=True, slots=True)
class Sign:
    """What a rule saw: a finding without its code, and the remedies that may cure it.

    ``remedies`` is a generator where making them takes time: it runs only as far as is needed, the
    best first. ``sure`` says that the first cures and harms nothing whatever the graph; else each
    is tried, and the first that does so is taken.
    """

    nodes: tuple[str, ...]
    sentence: str
    advice: str
    remedies: Iterable[Remedy] = ()
    sure: bool = False


@dataclass(frozen=True)
class Case:
    """A graph with all that is known about it; ``loss`` is ``None`` where it is not known."""

    graph: Graph
    frame: Frame
    analysis: Analysis
    loss: Loss | None = None

    @property
    def side(self) -> int:
        """The image's shorter side in pixels: the object is taken to fill the image."""
        return min(self.frame.height, self.frame.width)

    def known(self) -> Iterator[tuple[Node, Layer, NodeFacts]]:
        """Node, layer bound to the frame, and facts of all that can be computed, in that order."""
        yield from self._known

    @cached_property
    def _known(self) -> tuple[tuple[Node, Layer, NodeFacts], ...]:
        by_id, facts = self.graph.by_id, self.analysis.nodes
        there = [name for name in self.analysis.order if facts[name].shape is not None]
        return tuple(
            (by_id[name], by_id[name].layer.bind(self.frame), facts[name]) for name in there
        )

    def feeders(self, name: str) -> tuple[Node, ...]:
        """The nodes that feed one, ordered by port."""
        return tuple(self.graph.by_id[wire.source] for wire in self.graph.arriving(name))

    def followers(self, name: str) -> tuple[Node, ...]:
        """The nodes that one feeds."""
        return tuple(self.graph.by_id[wire.target] for wire in self.graph.leaving(name))

    def end(self, kind: type[Input | Output]) -> Node | None:
        """The image or the class scores; ``None`` where they are not, as inside of a block."""
        return next((node for node in self.graph.nodes if isinstance(node.layer, kind)), None)


Rule = Callable[[Case], Iterator[Sign]]
RULES: Final[dict[str, Rule]] = {}
"""All rules by their code, in the order of their modules; filled by ``board.rules``."""


def rule(function: Rule) -> Rule:
    """Decorator: adds a rule, whose code is the function's name; a second of the name is a bug."""
    code = function.__name__
    if code in RULES and RULES[code].__module__ != function.__module__:
        raise ValueError(f"two rules are named {code!r}")
    RULES[code] = function
    return function
