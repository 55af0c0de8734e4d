"""A project's search space against its settings: what is wrong, and what a trial is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from engine.errors import FoveaError
from engine.parameter import Param
from engine.problems import Problem
from engine.project.address import describe, get, put
from engine.project.document import Project
from engine.search.proposing import propose
from engine.search.records import Choice, Searched, SearchSpace
from engine.search.rules import CODE, problems

__all__ = ["chosen", "declared", "proposed", "search_problems", "with_choices"]


def proposed(project: Project, address: str) -> Searched:
    """The range that somebody is offered for a setting of the project.

    Raises FoveaError FV-H003 for an address that leads nowhere, and FV-H006 with the reason for a
    setting that no search may vary.
    """
    item, value = describe(project, address), get(project, address)
    entry = propose(address, item, value)
    if item.fixed:
        found = next(problems(entry, item))
        raise FoveaError(CODE, found.message, where=address, kept="The project is unchanged.")
    return entry


def search_problems(project: Project) -> tuple[Problem, ...]:
    """What keeps the project from being searched, row by row; nothing when a search can begin.

    A setting that another row brings about (the momentum of an optimizer that is one of the
    choices) is looked at where it exists. ``where`` of each is ``search.ADDRESS``.
    """
    if not project.search:
        what = "Nothing is chosen for the search yet."
        return (Problem("error", what, "search", "Choose a setting, or a preset.", CODE),)
    found: dict[Problem, None] = {}
    for entry in project.search.entries:
        homes = list(_homes(project, entry.address))
        if not homes:
            found[_homeless(entry)] = None
        for home in homes:
            found |= dict.fromkeys(problems(entry, describe(home, entry.address)))
    return tuple(found)


def declared(project: Project, address: str) -> Param | None:
    """What is known about a searched setting, in the project or after the choices of other rows."""
    home = next(_homes(project, address), None)
    return None if home is None else describe(home, address)


def chosen(
    project: Project, choose: Callable[[Searched, Param], Choice]
) -> tuple[Project, dict[str, Choice]]:
    """A trial: the project with every searched setting chosen, and what was chosen, by address.

    ``choose`` is asked for one setting after the other, those that bring others about first. One
    that does not exist or does not matter after the choices before it (the momentum of an optimizer
    that has none, the strength of a card that is off) is not asked for and not among the values.
    Raises FoveaError FV-H001 or FV-H002 for a value that the setting does not take beside the
    others.
    """
    values: dict[str, Choice] = {}
    for entry in _in_order(project.search):
        if _matters(project, entry.address):
            value = choose(entry, describe(project, entry.address))
            project, values[entry.address] = put(project, entry.address, value), value
    return project, values


def with_choices(project: Project, values: Mapping[str, Choice]) -> Project:
    """The project with the values of a trial, as :func:`chosen` gave them; raises FoveaError."""
    for address in sorted(values, key=_place):
        project = put(project, address, values[address])
    return project


def _in_order(space: SearchSpace) -> list[Searched]:
    """Images first, as a template is built for their size; wholes before their parts, switches
    before what they switch; else the order of the rows.
    """
    return sorted(space.entries, key=lambda entry: _place(entry.address))


def _place(address: str) -> tuple[bool, int, bool]:
    return not address.startswith("data."), address.count("."), not address.endswith(".on")


def _exists(project: Project, address: str) -> bool:
    try:
        describe(project, address)
    except FoveaError:
        return False
    return True


def _matters(project: Project, address: str) -> bool:
    """Whether the setting is there, and what it belongs to is switched on."""
    if not _exists(project, address):
        return False
    whole, _, name = address.rpartition(".")
    switch = f"{whole}.on"
    return name == "on" or not _exists(project, switch) or bool(get(project, switch))


def _homes(project: Project, address: str) -> Iterator[Project]:
    """The project, or its variants by the rows above, in which the address leads somewhere."""
    if _exists(project, address):
        yield project
    for entry in project.search.entries:
        if not address.startswith(f"{entry.address}."):
            continue
        for choice in entry.choices:
            try:
                variant = put(project, entry.address, choice)
            except FoveaError:
                continue  # told at its own row
            if variant is not project and _exists(variant, address):
                yield variant


def _homeless(entry: Searched) -> Problem:
    return Problem(
        "error",
        f"The project has no setting “{entry.address:.80}”.",
        f"search.{entry.address}",
        "Remove the row, or bring back what it belonged to.",
        CODE,
    )
