"""The model as a document: nodes and wires, pure edits, and analysis without torch."""

from __future__ import annotations

from engine.graph.records import Graph, Node, Wire

__all__ = ["Graph", "Node", "Wire"]
