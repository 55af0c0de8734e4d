"""Asks every rule, and finds the remedy that works."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice

from engine.errors import FoveaError
from engine.graph.advice.base import RULES, Case, Finding, Remedy, Rule, Sign
from engine.graph.analysis import analyse
from engine.graph.facts import Analysis
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.losses.base import Loss

__all__ = ["advise", "rules"]

_MOST_TRIED = 24
_Key = tuple[Graph, Frame, Analysis, Loss | None]
_latest: tuple[_Key | None, tuple[Finding, ...]] = (None, ())


def rules() -> Mapping[str, Rule]:
    """All rules by their code; their modules are imported at the first call."""
    _import_all()
    return RULES


@cache
def _import_all() -> None:
    package = importlib.import_module("engine.graph.advice.rules")
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        importlib.import_module(found.name)


def advise(
    graph: Graph, frame: Frame, analysis: Analysis | None = None, loss: Loss | None = None
) -> tuple[Finding, ...]:
    """What should be changed about a model, in the order of computation within each rule.

    ``analysis`` is that of ``graph``, made here when it is not given. Nodes whose output is not
    known are left out. Without torch; linear in the number of nodes, but for the trial of remedies
    (at most 24 analyses for a finding). The same question is not answered twice in a row.
    """
    global _latest
    analysis = analyse(graph, frame) if analysis is None else analysis
    key, (last, found) = (graph, frame, analysis, loss), _latest
    if last is None or not _same(last, key):
        found = tuple(_findings(Case(graph, frame, analysis, loss)))
        _latest = (key, found)  # one assignment: other threads see the old or the new
    return found


def _same(one: _Key, other: _Key) -> bool:
    """Graphs and analyses by identity: comparing them would take as long as looking at them."""
    return one[0] is other[0] and one[2] is other[2] and one[1::2] == other[1::2]


def _findings(case: Case) -> Iterator[Finding]:
    for code, sign in _signs(case):
        remedy = _remedy(case, code, sign)
        yield Finding(code, sign.nodes, sign.sentence, sign.advice, remedy)


def _signs(case: Case) -> Iterator[tuple[str, Sign]]:
    for code, rule in rules().items():
        for sign in rule(case):
            yield code, sign


def _remedy(case: Case, code: str, sign: Sign) -> Remedy | None:
    for remedy in islice(sign.remedies, _MOST_TRIED):
        if sign.sure or _helps(case, code, remedy):
            return remedy
    return None


def _helps(case: Case, code: str, remedy: Remedy) -> bool:
    """Whether the edit lessens the findings of the rule and adds neither others nor problems."""
    try:
        graph = remedy.edit(case.graph)
    except FoveaError:
        return False
    analysis = analyse(graph, case.frame)
    if len(analysis.problems) > len(case.analysis.problems):
        return False
    before = Counter(name for name, _ in _signs(case))
    after = Counter(name for name, _ in _signs(Case(graph, case.frame, analysis, case.loss)))
    return after[code] < before[code] and not after - before
