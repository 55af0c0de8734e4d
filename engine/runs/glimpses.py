"""What a running training shows when somebody watches: for the eye, not for the record.

These come in the stream of events like all others, but only while they are asked for
(:class:`engine.train.watch.Watch`), at most a few times a second, and they are never written to
``events.jsonl`` (``recorded`` is False): a replayed run has none, and nothing may depend on them.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from typing_extensions import override

from engine.runs import events
from engine.runs.events import Event

__all__ = ["Glimpse", "MapsRead", "NodeNorms", "NormsRead", "from_json"]


@dataclass(frozen=True, slots=True)
class Glimpse(Event):
    """Base of the records that are shown and forgotten."""

    recorded: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class NodeNorms:
    """Sizes of a node's weights in one update, over all weights below it; Euclidean norms.

    Attributes:
        weight: norm before the update.
        gradient: norm of the loss's gradient as backpropagation gave it, before it is clipped.
        update: norm of the change that the optimizer made.
        count: how many weights there are.
        frozen: whether none of them is trained.
    """

    weight: float
    gradient: float
    update: float
    count: int
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class NormsRead(Glimpse):
    """The norms of every node that has weights, in one update.

    Attributes:
        step, epoch: the update, counted as in ``StepDone``.
        nodes: by the node's path, in the order of computation; a node within a block is
            ``block.node`` and follows its block.
    """

    kind: ClassVar[str] = "norms_read"
    step: int
    epoch: int
    nodes: Mapping[str, NodeNorms] = field(default_factory=dict)

    @override
    def to_json(self) -> dict[str, Any]:
        """Plain values for scripts; :func:`from_json` reads them back."""
        nodes = {path: asdict(norms) for path, norms in self.nodes.items()}
        return {"event": self.kind, "step": self.step, "epoch": self.epoch, "nodes": nodes}


@dataclass(frozen=True, slots=True)
class MapsRead(Glimpse):
    """What one node makes of one image: its first output channels as small grey pictures.

    Attributes:
        node: the node's path. row: the image's number in the data set.
        step, epoch: how many updates the weights have had.
        channels: how many output channels (or features) the node has.
        shape: number, height and width of the pictures that are here.
        pixels: their bytes, row by row; 0 is the lowest value of a picture and 255 its highest.
        lows, highs: these two values for each picture; equal where all of it has one value.
        trouble: why there are no pictures, in a sentence; else empty.
    """

    kind: ClassVar[str] = "maps_read"
    node: str
    row: int
    step: int
    epoch: int
    channels: int = 0
    shape: tuple[int, int, int] = (0, 0, 0)
    pixels: bytes = b""
    lows: tuple[float, ...] = ()
    highs: tuple[float, ...] = ()
    trouble: str = ""

    @override
    def to_json(self) -> dict[str, Any]:
        """Plain values, the pixels in base64; :func:`from_json` reads them back."""
        values = {name: getattr(self, name) for name in ("node", "row", "step", "epoch")}
        values |= {"channels": self.channels, "shape": list(self.shape)}
        values |= {"lows": list(self.lows), "highs": list(self.highs), "trouble": self.trouble}
        pixels = base64.b64encode(self.pixels).decode("ascii")
        return {"event": self.kind} | values | {"pixels": pixels}


def from_json(value: Any) -> Event:
    """Any record of a live training, glimpses too, from what its ``to_json`` gave.

    For the pipe from a process of our own; history is read by :func:`engine.runs.events.from_json`.
    Raises ValueError when ``value`` is no such record.
    """
    kind = value.get("event") if isinstance(value, dict) else None
    try:
        if kind == NormsRead.kind:
            nodes = {path: NodeNorms(**norms) for path, norms in value["nodes"].items()}
            return NormsRead(int(value["step"]), int(value["epoch"]), nodes)
        if kind == MapsRead.kind:
            facts = {name: part for name, part in value.items() if name != "event"}
            facts["pixels"] = base64.b64decode(facts["pixels"])
            facts |= {name: tuple(facts[name]) for name in ("shape", "lows", "highs")}
            return MapsRead(**facts)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a whole {kind} record") from error
    return events.from_json(value)
