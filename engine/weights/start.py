"""Which weights a project's model starts from; they lie in the project's folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from engine.graph.reading import keys, valid_id, wrong

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
        renamed: nodes that were renamed since, and what they are called in the file.
    """

    sha256: str
    source: str
    nodes: tuple[tuple[str, int], ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()

    def path(self, project_dir: Path) -> Path:
        """Where the file is."""
        return Path(project_dir) / FOLDER / f"{self.sha256}.safetensors"

    @property
    def by_node(self) -> Mapping[str, int]:
        """:attr:`nodes` as a mapping."""
        return MappingProxyType(dict(self.nodes))

    def after_rename(self, old: str, new: str) -> StartWeights:
        """The same weights after a node got another id; itself when it has none of them."""
        if old not in self.by_node:
            return self
        nodes = tuple((new if name == old else name, count) for name, count in self.nodes)
        renamed = dict(self.renamed)
        in_file = renamed.pop(old, old)
        if in_file != new:
            renamed[new] = in_file
        return replace(self, nodes=nodes, renamed=tuple(renamed.items()))

    def named_now(self, tensors: Mapping[str, Any], modules: Mapping[str, str]) -> dict[str, Any]:
        """The file's tensors under the model's present names; ``modules`` names them by node."""
        now = {in_file: modules[node] for node, in_file in self.renamed if node in modules}
        found = {}
        for name, value in tensors.items():
            first, dot, rest = name.partition(".")
            found[f"{now.get(first, first)}{dot}{rest}"] = value
        return found

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; :meth:`from_json` gives an equal record."""
        value = {"sha256": self.sha256, "source": self.source, "nodes": dict(self.nodes)}
        return value | ({"renamed": dict(self.renamed)} if self.renamed else {})

    @classmethod
    def from_json(cls, value: Any, pointer: str = "") -> StartWeights:
        """The record that a JSON object describes; raises FoveaError FV-P010 or FV-P011."""
        keys(value, pointer, required=("sha256", "source"), more=("nodes", "renamed"))
        digest, source, nodes = value["sha256"], value["source"], value.get("nodes", {})
        if not isinstance(digest, str) or not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise wrong(f"{pointer}/sha256", "A SHA-256 of 64 hexadecimal digits is expected here.")
        if not isinstance(source, str) or len(source) > 200:
            raise wrong(f"{pointer}/source", "The name of a file is expected here.")
        if not isinstance(nodes, dict) or len(nodes) > _MOST_NODES or _uncounted(nodes.values()):
            raise wrong(f"{pointer}/nodes", "Numbers of parameters by node are expected here.")
        renamed = value.get("renamed", {})
        if not isinstance(renamed, dict) or not all(map(valid_id, (*renamed, *renamed.values()))):
            raise wrong(f"{pointer}/renamed", "Names in the file by node are expected here.")
        counts = tuple((name[:40], count) for name, count in nodes.items())
        return cls(digest, source, counts, tuple(renamed.items()))


def _uncounted(values: Iterable[Any]) -> bool:
    return any(type(value) is not int or value < 0 for value in values)
