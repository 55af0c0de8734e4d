"""Settings that are known already, looked at with a study's search space."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.graph.records import Graph
from engine.parameter import Param
from engine.project.address import get
from engine.project.document import Project
from engine.project.searching import chosen
from engine.search.records import Choice, Searched
from engine.spec import Spec

__all__ = ["Held", "coded", "held", "holds", "trains_alike"]


@dataclass(frozen=True, slots=True)
class Held:
    """What a project has of what a search varies.

    Attributes:
        values: its settings that the ranges hold, by address.
        whole: whether they hold all that matter.
    """

    values: Mapping[str, Choice]
    whole: bool


def held(space: Project, source: Project, chosen_there: Mapping[str, Choice] | None = None) -> Held:
    """The settings of ``source`` at the addresses that ``space`` searches.

    Asked for in the order of a trial, each after those that bring it about. ``chosen_there`` are
    settings that ``source`` was made with: a template cannot be read from the network that it
    became. Raises FoveaError where the two projects do not have the same settings.
    """
    known = chosen_there or {}
    values: dict[str, Choice] = {}
    whole = True

    def note(entry: Searched, item: Param) -> Choice:
        nonlocal whole
        value = known[entry.address] if entry.address in known else get(source, entry.address)
        value = value.kind if isinstance(value, Spec) else value
        if holds(entry, value):
            values[entry.address] = value
        else:
            whole = False
        return value

    chosen(space, note)
    return Held(values, whole)


def holds(entry: Searched, value: Any) -> bool:
    """Whether a range or its choices contain a value."""
    if entry.choices:
        kind = isinstance(value, bool)  # 1 and true are two
        return any(one == value and isinstance(one, bool) == kind for one in entry.choices)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    low, high = entry.low or 0, entry.high or 0
    if not low <= value <= high:
        return False
    steps = (value - low) / entry.step if entry.step else 0
    return abs(steps - round(steps)) < 1e-9


def coded(values: Mapping[str, Choice]) -> dict[str, Any]:
    """Settings as Optuna keeps them."""
    from engine.tune.sampling import code

    return {address: code(value) for address, value in values.items()}


def trains_alike(one: Project, other: Project) -> bool:
    """Whether two projects train the same network on the same images in the same way.

    Names, search spaces and where the nodes are drawn may differ.
    """
    return _trained(one) == _trained(other)


def _trained(project: Project) -> tuple[Any, ...]:
    nodes = tuple(replace(node, x=0.0, y=0.0) for node in project.model.nodes)
    model = Graph(nodes, project.model.wires)
    return project.data, project.augment, model, project.training, project.start
