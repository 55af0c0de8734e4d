"""Layers with random legal parameters, and shapes that fit them; the same in every run."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import cache

import torch

from engine.errors import FoveaError
from engine.layers.base import LAYERS, Frame, Layer, Misfit, Shape
from engine.spec import Param

__all__ = ["FRAME", "Cases", "Inputs", "cases", "draw", "examples"]

Inputs = tuple[Shape, ...]
FRAME = Frame(channels=8, height=21, width=19, classes=5)
TEXTS = {
    "sizes": ("-1", "8, -1", "-1, 4", "4, 2, -1", "2, 3, 4", "24", "-1, 1, 1", "a", "0", "-1, -1"),
    "label": ("Stage", "Größe 2"),
}
WANTED = 24
TRIES = 1500


@dataclass
class Cases:
    """What was drawn for one kind: what fits, what was refused, and the layers themselves."""

    fitting: list[tuple[Layer, Inputs]] = field(default_factory=list)
    misfits: list[tuple[Layer, Inputs, Misfit]] = field(default_factory=list)
    refused: list[FoveaError] = field(default_factory=list)


@cache
def cases(kind: str) -> Cases:
    """Up to 24 different fitting cases of a kind, and what did not fit on the way."""
    rng, found = random.Random(kind), Cases()
    seen: set[tuple[Layer, Inputs]] = set()
    for _ in range(TRIES):
        try:
            layer = draw(LAYERS.get(kind), rng).bind(FRAME)
        except FoveaError as error:
            found.refused.append(error)
            continue
        inputs = _inputs(layer, rng)
        if (layer, inputs) in seen:
            continue
        seen.add((layer, inputs))
        try:
            layer.shape(inputs)
        except Misfit as misfit:
            found.misfits.append((layer, inputs, misfit))
        else:
            found.fitting.append((layer, inputs))
        if len(found.fitting) == WANTED:
            break
    return found


def examples(inputs: Inputs, batch: int = 2, device: str = "cpu") -> list[torch.Tensor]:
    """Positive random inputs; on the device ``meta`` they have no values."""
    if device == "meta":
        return [torch.empty(batch, *shape, device=device) for shape in inputs]
    stream = torch.Generator().manual_seed(0)
    return [torch.rand(batch, *shape, generator=stream) + 0.01 for shape in inputs]


def draw(cls: type[Layer], rng: random.Random) -> Layer:
    """A layer with about half of its parameters at random; raises FoveaError for illegal ones."""
    changed = [item for item in cls.params() if item.type != "value" and rng.random() < 0.5]
    return cls(**{item.name: _value(item, rng) for item in changed})


def _value(item: Param, rng: random.Random) -> object:
    if item.optional and rng.random() < 0.4:
        return None
    if item.type == "bool":
        return rng.random() < 0.5
    if item.type == "choice":
        return rng.choice(item.choices)
    if item.type == "text":
        return rng.choice(TEXTS[item.name])
    low, high = item.minimum or 0, item.maximum if item.maximum is not None else 8
    if item.type == "int":
        return rng.randint(int(low), int(min(high, low + 8)))
    return round(rng.uniform(max(low, -4), min(high, 4)), 6) or 0.5


def _inputs(layer: Layer, rng: random.Random) -> Inputs:
    most = max(layer.min_inputs, 3) if layer.max_inputs is None else layer.max_inputs
    first = _shape(rng)
    others = [_other(first, rng) for _ in range(rng.randint(layer.min_inputs, most) - 1)]
    return (first, *others) if most else ()


def _shape(rng: random.Random) -> Shape:
    channels = rng.choice((1, 2, 3, 4, 6, 8, 12, 16))
    kind = rng.choice(("image", "image", "image", "sequence", "features"))
    if kind == "image":
        return (channels, rng.randint(1, 18), rng.randint(1, 18))
    return (rng.choice((1, 4, 6, 9, 16)), channels) if kind == "sequence" else (channels * 4,)


def _other(first: Shape, rng: random.Random) -> Shape:
    """A shape that a second branch may have beside ``first``."""
    near = [first, first, first, _shape(rng), (first[0] + 1, *first[1:])]
    if len(first) == 3:
        near += [first[:1], (1, *first[1:]), (first[0], 1, 1)]
    return rng.choice(near)
