"""Edits that the canvas wishes for as a whole: a label for the undo step and a pure function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.graph import clipping, comment_edits, edits, placing
from engine.graph.records import Graph

__all__ = [
    "Change",
    "Result",
    "align",
    "arrange",
    "collapse",
    "collapse_nodes",
    "comment",
    "delete",
    "distribute",
    "expand",
    "move",
    "paste",
    "recolour",
    "resize",
    "retitle",
]

Result = tuple[Graph, Sequence[str], Sequence[str]]
"""The new graph, and the nodes and comments to select in it."""


@dataclass(frozen=True)
class Change:
    """One wish: what the undo step is called, and the new graph as a function of the present one.

    ``edit`` may raise FoveaError, whose sentence is shown; the model stays. Where it gives a
    :data:`Result`, the selection changes, too. Steps of the same ``merge_key`` become one.
    """

    label: str
    edit: Callable[[Graph], Graph | Result]
    merge_key: str | None = None


def counted(nodes: Sequence[str], comments: Sequence[str] = ()) -> str:
    """The things in few words: ``"stem"``, ``"3 nodes"``, ``"2 nodes and a comment"``."""
    parts = []
    if nodes:
        parts.append(nodes[0] if len(nodes) == 1 else f"{len(nodes)} nodes")
    if comments:
        parts.append("a comment" if len(comments) == 1 else f"{len(comments)} comments")
    return " and ".join(parts) if len(parts) < 2 or nodes else parts[0]


def move(
    places: Mapping[str, tuple[float, float]], frames: Mapping[str, tuple[float, float]]
) -> Change:
    """Nodes and comments at other places."""

    def edit(graph: Graph) -> Graph:
        moved = tuple(
            replace(c, x=frames[c.id][0], y=frames[c.id][1]) if c.id in frames else c
            for c in graph.comments
        )
        return replace(edits.move(graph, places), comments=moved)

    key = f"move {' '.join(sorted(places))} {' '.join(sorted(frames))}"
    return Change(f"Move {counted(sorted(places), sorted(frames))}", edit, key)


def delete(
    nodes: Sequence[str], comments: Sequence[str], *, verb: str = "Delete", contents: bool = False
) -> Change:
    """Nodes and comments deleted, wires healed; ``contents`` takes what lies in frames as well."""

    def edit(graph: Graph) -> Graph:
        left = comment_edits.remove_comments(graph, comments, contents=contents)
        return edits.remove(left, nodes)

    return Change(f"{verb} {counted(nodes, comments)}", edit)


def paste(piece: Graph, x: float, y: float) -> Change:
    """A copied piece at a place, selected; a little aside where a node stands just there."""

    def edit(graph: Graph) -> Result:
        places = {(node.x, node.y) for node in graph.nodes}
        corners = [(n.x, n.y) for n in piece.nodes] + [(c.x, c.y) for c in piece.comments]
        left, top = min(c[0] for c in corners), min(c[1] for c in corners)
        across, down = x - left, y - top
        while any((n.x + across, n.y + down) in places for n in piece.nodes):
            across, down = across + 24.0, down + 24.0
        grown, names, frames = clipping.paste(graph, piece, left + across, top + down)
        return grown, tuple(names.values()), frames

    names = [node.id for node in piece.nodes]
    return Change(f"Paste {counted(names, [c.id for c in piece.comments])}", edit)


def align(names: Sequence[str], how: placing.Alignment) -> Change:
    """Nodes on one line."""
    word = {"centre": "centres", "middle": "middles"}.get(how, f"{how} edges")
    return Change(f"Align {word} of {counted(names)}", lambda g: placing.align(g, names, how))


def distribute(names: Sequence[str], direction: placing.Direction) -> Change:
    """Nodes with equal gaps."""
    return Change(
        f"Distribute {counted(names)} {direction}",
        lambda g: placing.distribute(g, names, direction),
    )


def arrange(names: Sequence[str]) -> Change:
    """Some nodes, or all where none are named, in rows."""
    label = f"Arrange {counted(names)}" if names else "Arrange the model"
    return Change(label, lambda g: edits.arrange(g, names or None))


def comment(names: Sequence[str], at: tuple[float, float]) -> Change:
    """A frame around nodes, or on free ground where none are named, selected."""

    def edit(graph: Graph) -> Result:
        colour = len(graph.comments) % 8
        grown, name = comment_edits.add_comment(graph, "Comment", names, at=at, colour=colour)
        return grown, (), (name,)

    return Change("Add a comment", edit)


def collapse(name: str) -> Change:
    """A frame drawn as one box."""
    return Change("Collapse a comment", lambda g: (comment_edits.collapse(g, name), (), (name,)))


def collapse_nodes(names: Sequence[str]) -> Change:
    """A new frame around nodes, collapsed at once."""

    def edit(graph: Graph) -> Result:
        colour = len(graph.comments) % 8
        grown, name = comment_edits.add_comment(graph, "", names, colour=colour)
        only = comment_edits.fold(grown, name, names)
        return only, (), (name,)

    return Change(f"Collapse {counted(names)}", edit)


def expand(name: str) -> Change:
    """A box opened."""
    return Change("Expand a comment", lambda g: (comment_edits.expand(g, name), (), (name,)))


def resize(name: str, rect: tuple[float, float, float, float]) -> Change:
    """A frame of another size."""
    return Change("Resize a comment", lambda g: comment_edits.resize(g, name, *rect))


def retitle(name: str, title: str) -> Change:
    """A frame with another title."""
    return Change("Rename a comment", lambda g: comment_edits.retitle(g, name, title))


def recolour(names: Iterable[str], colour: int) -> Change:
    """Frames in another colour."""
    chosen = tuple(names)

    def edit(graph: Graph) -> Graph:
        for name in chosen:
            graph = comment_edits.recolour(graph, name, colour)
        return graph

    return Change(f"Colour {counted((), chosen)}", edit)
