"""How much memory training takes, and the largest batch that fits: an estimate, without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.compile.kept import kept
from engine.compile.memory import Machine
from engine.compile.precision import uses_bf16
from engine.graph.analysis import Analysis
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.recipe import Training

__all__ = ["Demand", "demand", "room"]

_FP32 = 4
_IMAGES_HELD = 3
_IN_WORK = 2
_LARGEST_BATCH = 65_536
_USABLE = 0.85
_CONTEXT = 600 * 2**20
_RESIDENT = 0.6


@dataclass(frozen=True, slots=True)
class Demand:
    """Bytes that training takes; an estimate, see :func:`engine.compile.kept.kept` for how near.

    Attributes:
        weights, gradients, averages: fp32, the last as the optimizer keeps them.
        copies: of the weights in bf16, where convolutions compute in it.
        kept: what each node's part of the activations takes per image until the backward pass.
        per_image: all that grows with the batch: activations, the tensors in work, the images.
        batch: images in the network at once: a batch of the recipe, or the largest part of it.
    """

    weights: int
    gradients: int
    averages: int
    copies: int
    kept: Mapping[str, int]
    per_image: int
    batch: int

    @property
    def fixed(self) -> int:
        """Bytes that do not depend on the batch."""
        return self.weights + self.gradients + self.averages + self.copies

    @property
    def total(self) -> int:
        """Bytes at the recipe's batch size and its parts."""
        return self.fixed + self.per_image * self.batch

    def largest_batch(self, machine: Machine, data: int = 0) -> int | None:
        """The largest batch that fits: a power of two or one and a half times one; 0 when none.

        ``None`` where the machine's memory is not known; see :func:`room`.
        """
        usable = room(machine, data)
        if usable is None:
            return None
        most = (usable - self.fixed) // max(1, self.per_image)
        return _rounded(min(most, _LARGEST_BATCH))


def room(machine: Machine, data: int = 0) -> int | None:
    """Bytes that training can use of a machine's memory, ``None`` where that is not known.

    15 % are left for what torch cannot use of its blocks, on a card also 600 MB for CUDA and its
    libraries; ``data`` bytes of images are held on a card when they take less than 60 % of it, as
    training does.
    """
    if machine.memory is None:
        return None
    usable = int(_USABLE * machine.memory)
    if machine.graphics:
        usable -= _CONTEXT + (data if data < _RESIDENT * machine.memory else 0)
    return usable


def demand(
    graph: Graph, frame: Frame, analysis: Analysis, recipe: Training, machine: Machine | None = None
) -> Demand:
    """What training ``graph`` by ``recipe`` takes on a machine; fp32 where it is not known.

    Counted: weights, gradients, the optimizer's averages; per image the activations that the
    backward pass needs (``kept``), twice the largest one for what is in work, and the image itself
    as it is read, augmented and normalised. Not counted: the workspace of convolution routines,
    which differs from card to card. Nodes that are wrong count as nothing.
    """
    half = machine is not None and uses_bf16(
        recipe.precision,
        graphics=machine.graphics,
        native=machine.bf16,
        macs=analysis.macs * recipe.batch_size,
    )
    facts = {name: analysis.nodes[name] for name in analysis.order}
    found = kept(graph, facts, 2 if half else _FP32)
    values = _FP32 * analysis.parameters
    image = frame.channels * frame.height * frame.width
    return Demand(
        weights=values,
        gradients=values,
        averages=values * recipe.optimizer.averages(),
        copies=values // 2 if half else 0,
        kept=found.nodes,
        per_image=found.total + _IN_WORK * found.largest + _IMAGES_HELD * _FP32 * image,
        batch=-(-recipe.batch_size // recipe.accumulation),
    )


def _rounded(most: int) -> int:
    if most < 1:
        return 0
    power = 1 << (most.bit_length() - 1)
    return power * 3 // 2 if power > 1 and power * 3 // 2 <= most else power
