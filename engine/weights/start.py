"""Which weights a project's model starts from; they lie in the project's folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from engine.graph.reading import keys, wrong

__all__ = ["FOLDER", "StartWeights"]

FOLDER = "weights"
_MOST_NODES = 10_000


@dataclass(frozen=True, slots=True)
class StartWeights:
    """The starting weights of a model, as the project remembers them.

    Attributes:
        sha256: of the file ``weights/SHA256.safetensors`` in the project's folder, whose tensors
            have the names of the model's own.
        source: the name of the file that they were loaded from, for people.
        nodes: how many parameters were loaded into each node, in the model's order.
    """

    sha256: str
    source: str
    nodes: tuple[tuple[str, int], ...] = ()

    def path(self, project_dir: Path) -> Path:
        """Where the file is."""
        return Path(project_dir) / FOLDER / f"{self.sha256}.safetensors"

    @property
    def by_node(self) -> Mapping[str, int]:
        """:attr:`nodes` as a mapping."""
        return MappingProxyType(dict(self.nodes))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; :meth:`from_json` gives an equal record."""
        return {"sha256": self.sha256, "source": self.source, "nodes": dict(self.nodes)}

    @classmethod
    def from_json(cls, value: Any, pointer: str = "") -> StartWeights:
        """The record that a JSON object describes; raises FoveaError FV-P010 or FV-P011."""
        keys(value, pointer, required=("sha256", "source"), more=("nodes",))
        digest, source, nodes = value["sha256"], value["source"], value.get("nodes", {})
        if not isinstance(digest, str) or not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise wrong(f"{pointer}/sha256", "A SHA-256 of 64 hexadecimal digits is expected here.")
        if not isinstance(source, str) or len(source) > 200:
            raise wrong(f"{pointer}/source", "The name of a file is expected here.")
        if not isinstance(nodes, dict) or len(nodes) > _MOST_NODES or _uncounted(nodes.values()):
            raise wrong(f"{pointer}/nodes", "Numbers of parameters by node are expected here.")
        return cls(digest, source, tuple((name[:40], count) for name, count in nodes.items()))


def _uncounted(values: Iterable[Any]) -> bool:
    return any(type(value) is not int or value < 0 for value in values)
