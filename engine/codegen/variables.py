"""What the values of a forward pass are called: ``x`` along a chain, names where it branches."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

__all__ = ["LONGEST", "Flow", "variables"]

LONGEST: Final = 16
"""Letters of a variable, so that every line can be split into ones that are short enough."""

_TAKEN = frozenset({"self", "torch", "nn", *dir(builtins), *keyword.kwlist})


class Flow:
    """Which steps read whose values, in the order of computation.

    ``same`` has the source of each node that only hands on what arrives: it has no step, and its
    value is that of its source.
    """

    def __init__(self, same: Mapping[str, str]) -> None:
        self._same = same
        self.order: list[str] = []
        self.sources: dict[str, list[str]] = {}
        self.readers: dict[str, list[str]] = {}

    def root(self, name: str) -> str:
        """The node that made the value of a node."""
        while name in self._same:
            name = self._same[name]
        return name

    def add(self, name: str, sources: Sequence[str]) -> None:
        """The next step, and the nodes that feed it."""
        roots = list(dict.fromkeys(map(self.root, sources)))
        self.order.append(name)
        self.sources[name] = roots
        for root in roots:
            self.readers.setdefault(root, []).append(name)


def variables(flow: Flow, entries: Sequence[str], result: str) -> dict[str, str]:
    """The variable of every value: of the entries, and of each step.

    The only step that reads a value takes over its variable; where several do, each begins a branch
    with a name of its own. Where branches meet it is ``x`` again as soon as that is free.
    """
    names: dict[str, str] = {}
    for entry in entries:
        names[entry] = _free("x" if entry == entries[0] else _short(entry), names.values())
    waiting = {name: len(readers) for name, readers in flow.readers.items()}
    waiting[result] = waiting.get(result, 0) + 1
    live = {names[entry] for entry in entries if waiting.get(entry)}
    for step in flow.order:
        for source in flow.sources[step]:
            waiting[source] -= 1
            if not waiting[source]:
                live.discard(names[source])  # no two values that are still read share a variable
        names[step] = _target(flow, step, names, live)
        if waiting.get(step):
            live.add(names[step])
    return names


def _target(flow: Flow, step: str, names: Mapping[str, str], live: set[str]) -> str:
    sources = flow.sources[step]
    if len(sources) == 1:
        name = names[sources[0]]
        if len(flow.readers[sources[0]]) == 1 and name not in live:
            return name
        return _free(_branch(flow, step), live)
    if "x" not in live:
        return "x"
    dying = [names[source] for source in sources if names[source] not in live]
    return dying[0] if dying else _free(_branch(flow, step), live)


def _branch(flow: Flow, step: str) -> str:
    """A name for the chain that begins with a step: what its nodes' names have in common."""
    run = [step]
    while len(readers := flow.readers.get(run[-1], [])) == 1:
        if len(flow.sources[readers[0]]) != 1:
            break
        run.append(readers[0])
    if len(run) == 1:
        return _short(step)
    stems = {re.sub(r"_?\d+$", "", name) for name in run}
    if len(stems) == 1:
        return _short(stems.pop())
    common = []
    for parts in zip(*(name.split("_") for name in run), strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    return _short("_".join(common)) if common else "out"


def _short(name: str) -> str:
    """A name of at most 16 letters: as many of its last words as there is room for."""
    words = name.strip("_").split("_")
    while len("_".join(words)) > LONGEST - 2 and len(words) > 1:
        words.pop(0)
    short = "_".join(words)
    good = len(short) <= LONGEST - 2 and short.isidentifier()
    return short if good else "out"


def _free(name: str, taken: Iterable[str]) -> str:
    names = set(taken)
    free, number = name, 2
    while free in names or free in _TAKEN:
        free, number = f"{name}{number}", number + 1
    return free
