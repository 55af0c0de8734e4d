"""Comments on a model: titled, coloured frames behind its nodes, which can also hide them.

A comment is a matter of drawing and changes nothing that is computed. Open, it is a rectangle, and
what lies in it moves along. Collapsed, it is one box in place of the nodes named in ``folded``, and
wires from and to them end at the box.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from engine.errors import FoveaError
from engine.graph.reading import items, keys, place, valid_id, wrong

__all__ = [
    "COLOURS",
    "LEAST_HEIGHT",
    "LEAST_WIDTH",
    "LONGEST_TITLE",
    "MAX_COMMENTS",
    "Comment",
    "comment_from_json",
    "forget",
    "renamed",
]

MAX_COMMENTS = 1_000
LONGEST_TITLE = 200
COLOURS = 8
"""How many colours a comment may choose from; the window maps the number to its palette."""
LEAST_WIDTH, LEAST_HEIGHT = 96.0, 64.0
_LARGEST = 1e6
_MOST_FOLDED = 10_000


@dataclass(frozen=True)
class Comment:
    """One frame: its corner and size in pixels at 100 %, title and colour number.

    ``folded`` holds the ids of the nodes that the collapsed box stands for; empty while it is open.
    Ids of nodes that are no longer there mean nothing.
    """

    id: str
    title: str = ""
    x: float = 0.0
    y: float = 0.0
    width: float = 240.0
    height: float = 160.0
    colour: int = 0
    folded: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not valid_id(self.id):
            raise FoveaError("FV-M008", f"A comment cannot be named “{self.id!s:.60}”.")

    @property
    def collapsed(self) -> bool:
        """Whether it is drawn as one box in place of its nodes."""
        return bool(self.folded)

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies within the open frame."""
        return self.x <= x <= self.x + self.width and self.y <= y <= self.y + self.height

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        value: dict[str, Any] = {
            "id": self.id,
            "title": self.title,
            "at": [self.x, self.y],
            "size": [self.width, self.height],
            "colour": self.colour,
        }
        if self.folded:
            value["folded"] = list(self.folded)
        return value


def comment_from_json(value: Any, pointer: str) -> Comment:
    """The comment that a JSON value describes; raises FoveaError FV-P010 or FV-P011."""
    keys(value, pointer, required=("id", "at", "size"), more=("title", "colour", "folded"))
    if not valid_id(value["id"]):
        raise wrong(f"{pointer}/id", "This cannot be the name of a comment.")
    title, colour = value.get("title", ""), value.get("colour", 0)
    if not isinstance(title, str) or len(title) > LONGEST_TITLE or not title.isprintable():
        why = f"The limit is one line of {LONGEST_TITLE} characters."
        raise wrong(f"{pointer}/title", "This cannot be the title of a comment.", why)
    if not isinstance(colour, int) or isinstance(colour, bool) or not 0 <= colour < COLOURS:
        raise wrong(f"{pointer}/colour", f"A colour is a whole number from 0 to {COLOURS - 1}.")
    x, y = place(value["at"], f"{pointer}/at")
    width, height = place(value["size"], f"{pointer}/size")
    if not (LEAST_WIDTH <= width <= _LARGEST and LEAST_HEIGHT <= height <= _LARGEST):
        why = f"The least is {LEAST_WIDTH:.0f} × {LEAST_HEIGHT:.0f}, the most {_LARGEST:,.0f}."
        raise wrong(f"{pointer}/size", "A comment cannot have this size.", why)
    folded = items(value.get("folded", []), f"{pointer}/folded", _MOST_FOLDED, "names")
    if not all(valid_id(name) for name in folded):
        raise wrong(f"{pointer}/folded", "The names of nodes are expected here.")
    return Comment(value["id"], title, x, y, width, height, colour, tuple(folded))


def forget(comments: tuple[Comment, ...], gone: Iterable[str]) -> tuple[Comment, ...]:
    """The comments without nodes that are deleted; a box that is left empty goes with them."""
    left = set(gone)
    kept: list[Comment] = []
    for comment in comments:
        stay = tuple(name for name in comment.folded if name not in left)
        if stay == comment.folded:
            kept.append(comment)
        elif stay:
            kept.append(replace(comment, folded=stay))
    return comments if len(kept) == len(comments) and _same(kept, comments) else tuple(kept)


def renamed(comments: tuple[Comment, ...], old: str, new: str) -> tuple[Comment, ...]:
    """The comments after a node has got another name."""
    return tuple(
        replace(c, folded=tuple(new if name == old else name for name in c.folded))
        if old in c.folded
        else c
        for c in comments
    )


def _same(kept: list[Comment], comments: tuple[Comment, ...]) -> bool:
    return all(one is other for one, other in zip(kept, comments, strict=True))
