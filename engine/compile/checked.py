"""A model's analysis where only a right model will do."""

from __future__ import annotations

from engine.errors import FoveaError
from engine.graph.analysis import Analysis, analyse
from engine.graph.records import Graph
from engine.layers.base import Frame

__all__ = ["checked"]


def checked(graph: Graph, frame: Frame) -> Analysis:
    """The analysis of a model that can be built.

    Raises FoveaError with the code of the first problem that ``analyse`` finds (FV-M001 to
    FV-M005).
    """
    analysis = analyse(graph, frame)
    errors = [problem for problem in analysis.problems if problem.severity == "error"]
    if errors:
        first = errors[0]
        more = f" There are {len(errors) - 1} more problems." if len(errors) > 1 else ""
        raise FoveaError(
            first.code,
            "The model cannot be built.",
            where=first.where,
            why=first.message + more,
            kept="The project is unchanged.",
            fix=first.fix,
        )
    return analysis
