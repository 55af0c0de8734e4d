"""Rules about what takes no part in the result."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from engine.graph.advice.base import Case, Remedy, Sign, rule
from engine.graph.advice.changes import delete, listed
from engine.graph.order import ancestors
from engine.layers.ends import Input, Output

__all__ = ["dead_branch"]


@rule
def dead_branch(case: Case) -> Iterator[Sign]:
    """Nodes that are computed from the image but never reach the class scores.

    They cost time and memory and learn nothing, since no gradient comes back to them. While no way
    leads from the image to the scores, and at a node that nothing leads into yet, nothing is said:
    somebody is building there.
    """
    end, image = case.end(Output), case.end(Input)
    if end is None or image is None:
        return
    useful = ancestors(case.graph, end.id)
    if image.id not in useful:
        return
    dead = [
        node.id
        for node, _, _ in case.known()
        if node.id not in useful and case.graph.arriving(node.id)
    ]
    for branch in _together(case, dead):
        several = len(branch) > 1
        yield Sign(
            tuple(branch),
            f"{listed([f'“{name}”' for name in branch])} {'change' if several else 'changes'} "
            f"nothing: {'they never reach' if several else 'it never reaches'} the class scores.",
            f"Lead {'the branch' if several else 'it'} to the class scores, or delete it.",
            [Remedy(f"Delete {listed(branch)}", partial(delete, names=branch, heal=False))],
            sure=True,
        )


def _together(case: Case, names: list[str]) -> list[list[str]]:
    """The names in groups that wires join, each in the order of computation."""
    group: dict[str, list[str]] = {}
    for name in names:
        mine = [name]
        for feeder in case.feeders(name):
            other = group.get(feeder.id)
            if other is not None and other is not mine:
                other += mine
                for moved in mine:
                    group[moved] = other
                mine = other
        group[name] = mine
    return list({id(found): found for found in group.values()}.values())
