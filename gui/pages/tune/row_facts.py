"""What is known about the rows of a search space; worked out behind the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.parameter import Param
from engine.search import Searched

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["RowFacts", "Space", "read_space", "row_place", "row_title"]

_SECTIONS = {
    "training": "Recipe",
    "data": "Images",
    "augment": "Augmentation",
    "model": "Model",
}


@dataclass(frozen=True)
class RowFacts:
    """One searched setting: its range, its declaration (None: the project lacks it), its faults."""

    entry: Searched
    item: Param | None
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Space:
    """The rows of a project, and why it cannot be searched or trained; empty where it can."""

    rows: tuple[RowFacts, ...] = ()
    obstacle: str = ""


def read_space(project: Project) -> Space:
    """Looks at every row; takes some milliseconds, with templates among the choices more."""
    from engine.project.searching import declared, search_problems

    faults: dict[str, list[str]] = {}
    found = search_problems(project)
    for problem in found:
        faults.setdefault(problem.where, []).append(f"{problem.message} {problem.fix}")
    rows = tuple(
        RowFacts(
            entry,
            declared(project, entry.address),
            tuple(faults.get(f"search.{entry.address}", ())),
        )
        for entry in project.search.entries
    )
    first = next(iter((*found, *project.errors())), None)
    return Space(rows, f"{first.message} {first.fix}".strip() if first is not None else "")


def row_title(address: str, item: Param | None) -> str:
    """What a row is called: the setting's label, or what is decided of a node or card."""
    section, *names = address.split(".")
    if address == "model":
        return "Network"
    if section == "model" and names[1:] == ["present"]:
        return f"Whether {names[0]} is there"
    if section == "augment" and names[1:] == ["on"]:
        return f"Whether {_plain(names[0])} is on"
    if section == "model" and len(names) == 1:
        return f"Kind of {names[0]}"
    if item is not None:
        return item.label
    last = _plain(names[-1] if names else address)
    return last[:1].upper() + last[1:]


def row_place(address: str) -> str:
    """Where the setting is: ``Recipe, optimizer``."""
    section, *names = address.split(".")
    whole = address == "model" or (section == "model" and len(names) == 1)
    inside = [] if whole or names[1:] in (["present"], ["on"]) else names[:-1]
    return ", ".join([_SECTIONS.get(section, section), *map(_plain, inside)])


def _plain(name: str) -> str:
    return name.replace("_", " ")
