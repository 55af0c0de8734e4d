"""How deep and large the blocks in a file are, before any of them is made."""

from __future__ import annotations

from typing import Any

from engine.errors import FoveaError

__all__ = ["refuse_deep"]


def refuse_deep(value: Any, pointer: str, levels: int, nodes: int) -> None:
    """Refuses the JSON value of a block with more than ``levels`` levels or ``nodes`` nodes.

    Looks at nothing else, and never deeper than it allows: no stack grows with the file. Raises
    FoveaError FV-P007 that names ``pointer``.
    """
    waiting: list[tuple[Any, int]] = [(value, 1)]
    counted = 0
    while waiting:
        block, level = waiting.pop()
        if level > levels:
            raise FoveaError(
                "FV-P007",
                f"Blocks lie in each other on more than {levels} levels.",
                where=pointer,
                why=f"The limit is {levels} levels.",
            )
        inside = _nodes(block)
        counted += len(inside)
        if counted > nodes:
            raise FoveaError(
                "FV-P007",
                f"The block has more than {nodes:,} nodes, more than Fovea opens.",
                where=pointer,
                why=f"The limit is {nodes:,} nodes.",
            )
        waiting += [(layer, level + 1) for layer in map(_layer, inside) if layer is not None]


def _nodes(block: Any) -> list[Any]:
    inner = block.get("inner") if isinstance(block, dict) else None
    nodes = inner.get("nodes") if isinstance(inner, dict) else None
    return nodes if isinstance(nodes, list) else []


def _layer(node: Any) -> Any:
    layer = node.get("layer") if isinstance(node, dict) else None
    return layer if isinstance(layer, dict) and "inner" in layer else None
