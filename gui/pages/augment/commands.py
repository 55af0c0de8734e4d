"""What the menu of a card offers, by its place."""

from __future__ import annotations

from engine.augment.pipeline import Pipeline

__all__ = ["Command", "commands"]

Command = tuple[str, str, str]
"""Name, label and keys; an empty name is a line between commands."""

_LINE: Command = ("", "", "")


def commands(pipeline: Pipeline, name: str, selected: int) -> tuple[Command, ...]:
    """The commands for a card; ``selected`` is how many are selected where it is one of them."""
    card = pipeline.card(name)
    at, last = pipeline.cards.index(card), len(pipeline.cards) - 1
    found: list[Command] = []
    if at > 0 or card.group:
        found.append(("up", "Move up", "Alt+Up"))
    if at < last or card.group:
        found.append(("down", "Move down", "Alt+Down"))
    found.append(("duplicate", "Duplicate", "Ctrl+D"))
    found.append(_LINE)
    if selected > 1:
        found.append(("group", f"Group the {selected} selected cards", "Ctrl+G"))
    elif at < last and not (card.group and pipeline.cards[at + 1].group == card.group):
        found.append(("group", "Group with next", "Ctrl+G"))
    elif not card.group:
        found.append(("group", "Make a group", "Ctrl+G"))
    if card.group:
        found.append(("leave", "Take out of group", ""))
    found += [_LINE, ("remove", "Remove", "Del")]
    return tuple(found)
