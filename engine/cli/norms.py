"""The norms of a training in a shell: a table for people, verdicts for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.runs.glimpses import NormsRead
from engine.train.flow import WORDS, flow, update_ratio

__all__ = ["judged", "norms_table"]

_HEAD = ("node", "weights", "gradient", "gradient/weights", "update/weights")
_WIDTHS = (9, 9, 16, 14)


def judged(event: NormsRead) -> dict[str, Any]:
    """The event as JSON values, each node with its ``ratio`` (gradient by weight norm), its
    ``update_ratio`` and its ``verdict`` (empty, vanishing, exploding, none, broken or frozen).
    """
    value = event.to_json()
    for path, found in flow(event.nodes).items():
        value["nodes"][path] |= {
            "ratio": found.ratio,
            "update_ratio": update_ratio(event.nodes[path]),
            "verdict": found.verdict,
        }
    return value


def norms_table(event: NormsRead) -> Iterator[str]:
    """Lines of a table, a node in each; those within a block are indented below it."""
    shown = {path: "  " * path.count(".") + path.rpartition(".")[2] for path in event.nodes}
    wide = max([len(name) for name in shown.values()] + [len(_HEAD[0])])
    yield _line(_HEAD, wide)
    for path, found in flow(event.nodes).items():
        norms = event.nodes[path]
        numbers = (norms.weight, norms.gradient, found.ratio, update_ratio(norms))
        texts = (f"{number:.2e}" for number in numbers)
        told = f"  {WORDS[found.verdict]}" if found.verdict else ""
        yield _line((shown[path], *texts), wide) + told


def _line(parts: tuple[str, ...], wide: int) -> str:
    widths = zip(parts[1:], _WIDTHS, strict=True)
    return f"  {parts[0]:<{wide}}" + "".join(f"  {part:>{width}}" for part, width in widths)
