"""A part of a model as text, to copy, keep, mail and paste into this or another project.

::

    Fovea model 1
    {
      "nodes": [ … ],
      "wires": [ … ]
    }

The first line says what it is and in which version; the rest is the ``model`` of a project file.
Reading is as strict as reading a project: sizes are limited, names are looked up in the closed
list of layers, and what is wrong is told with its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from engine.errors import FoveaError
from engine.graph.comment_edits import free_comment_id, inside
from engine.graph.edits import free_id
from engine.graph.records import Graph, Wire

__all__ = ["HEAD", "LONGEST", "Pasted", "cut_out", "from_text", "paste", "to_text"]

HEAD = "Fovea model"
VERSION = 1
LONGEST = 4_000_000
"""The longest text that is read, in characters: a model of the most nodes that Fovea opens."""
_DEEPEST = 64

Pasted = tuple[Graph, dict[str, str], tuple[str, ...]]
"""The graph with the copies, their ids by the ids in the text, and the copied comments' ids."""


def cut_out(graph: Graph, ids: Iterable[str], comments: Iterable[str] = ()) -> Graph:
    """The part of a graph that a selection is: nodes, the wires among them, comments.

    A collapsed box brings the nodes that it stands for; an open frame comes without its contents,
    which are selected by themselves. Unknown ids are ignored.
    """
    frames = set(comments)
    kept = tuple(c for c in graph.comments if c.id in frames)
    chosen = {*ids, *chain.from_iterable(inside(graph, c.id)[0] for c in kept if c.collapsed)}
    return Graph(
        tuple(n for n in graph.nodes if n.id in chosen),
        tuple(w for w in graph.wires if w.source in chosen and w.target in chosen),
        kept,
    )


def to_text(piece: Graph) -> str:
    """The text of a piece; :func:`from_text` gives an equal one."""
    body = json.dumps(piece.to_json(), ensure_ascii=False, indent=1)
    return f"{HEAD} {VERSION}\n{body}\n"


def from_text(text: str) -> Graph:
    """The piece that a text holds.

    Raises FoveaError FV-M012 for what is no such text, and the errors of reading a project for
    unknown layers, wrong values, contradictions and too many nodes.
    """
    plain = text.lstrip("\ufeff \t\r\n")
    if len(text) > LONGEST:
        raise _refused(f"It has {len(text):,} characters; the limit is {LONGEST:,}.")
    head, _, body = plain.partition("\n")
    words = head.strip().rsplit(" ", 1)
    if words[0] != HEAD or len(words) != 2 or not words[1].isdecimal():
        raise _refused(f"Its first line is not “{HEAD} {VERSION}”.")
    if words[1] != str(VERSION):
        raise _refused(f"It was written by a newer version of Fovea (format {words[1]:.9}).")
    piece = Graph.from_json(_parsed(body))
    if not piece.nodes and not piece.comments:
        raise _refused("There is no layer in it.")
    return piece


def _parsed(body: str) -> object:
    depth = deepest = 0
    for letter in body:
        depth += (letter in "[{") - (letter in "]}")
        deepest = max(deepest, depth)
    if deepest > _DEEPEST:
        raise _refused("It is nested too deeply.")
    try:
        return json.loads(body, parse_constant=_no_number)
    except ValueError as error:  # JSONDecodeError, and numbers of too many digits
        raise _refused(f"It is not valid JSON: {error!s:.100}.") from error


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def paste(graph: Graph, piece: Graph, x: float, y: float) -> Pasted:
    """The graph with a copy of ``piece`` whose top left corner is at ``x``, ``y``.

    Names that are taken get a number, wires among the copied are kept.
    """
    corners = [*((n.x, n.y) for n in piece.nodes), *((c.x, c.y) for c in piece.comments)]
    across = x - min((corner[0] for corner in corners), default=x)
    down = y - min((corner[1] for corner in corners), default=y)
    names: dict[str, str] = {}
    taken = dict.fromkeys((*graph.by_id, *(n.id for n in piece.nodes)))
    made = []
    for node in piece.nodes:
        names[node.id] = name = _fresh(graph, taken, node.id)
        taken[name] = None
        made.append(replace(node, id=name, x=node.x + across, y=node.y + down))
    wires = tuple(Wire(names[w.source], names[w.target], w.port) for w in piece.wires)
    grown = replace(graph, nodes=(*graph.nodes, *made), wires=(*graph.wires, *wires))
    frames: list[str] = []
    for frame in piece.comments:
        name = free_comment_id(grown)
        folded = tuple(names[old] for old in frame.folded if old in names)
        placed = {"x": frame.x + across, "y": frame.y + down}
        copy = replace(frame, id=name, folded=folded, **placed)
        grown = replace(grown, comments=(*grown.comments, copy))
        frames.append(name)
    return grown, names, tuple(frames)


def _fresh(graph: Graph, taken: dict[str, None], wish: str) -> str:
    """The name itself where the graph lacks it, else the first free one of its kind."""
    if wish not in graph:
        return wish
    return free_id(taken, wish)


def _refused(why: str) -> FoveaError:
    return FoveaError(
        "FV-M012",
        "The clipboard does not hold layers of a Fovea model.",
        why=why,
        kept="The model is unchanged.",
        fix="Copy layers on a Model page, then paste again.",
    )
