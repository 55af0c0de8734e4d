"""Which tensor of a file belongs to which of a model."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    import torch

__all__ = ["OPTIONAL", "layers_of", "pair", "plain_names"]

OPTIONAL: Final = "num_batches_tracked"
"""A counter of batch norm that old files lack and that nothing depends on."""

Tensors = Mapping[str, "torch.Tensor"]
_SHORTCUT: Final = re.compile(r"downsample|shortcut|skip|projection")


def plain_names(tensors: Tensors) -> dict[str, torch.Tensor]:
    """The tensors without a wrapper's prefix: ``module.``, ``model.``; optimizer states dropped."""
    found = {k: v for k, v in tensors.items() if not k.startswith("optimizer.")}
    for prefix in ("module.", "model."):
        if found and all(name.startswith(prefix) for name in found):
            found = {name.removeprefix(prefix): value for name, value in found.items()}
    return found


def layers_of(names: Iterable[str]) -> dict[str, list[str]]:
    """The names of tensors by the layer that holds them, in order."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(name.rpartition(".")[0], []).append(name)
    return found


def pair(own: Tensors, given: Tensors) -> tuple[dict[str, str], Literal["names", "order"]]:
    """For names of the model ``own`` the name in ``given``, and how they were found.

    By name where at least half of the model's names are there, dots and underscores being the
    same (a node ``layer1_0`` is the ``layer1.0`` of a file), the last layer by whatever name; else
    by order and shape.
    """
    for change in (str, _flat):
        there = {change(name): name for name in given}
        found = {name: there[change(name)] for name in own if change(name) in there}
        if 2 * len(found) >= len(own):
            return _head(own, given, found) | found, "names"
    return _by_order(own, given), "order"


def _head(own: Tensors, given: Tensors, found: Mapping[str, str]) -> dict[str, str]:
    """The last layers of both, where their names differ and their inputs do not."""
    here, there = list(layers_of(own).values()), list(layers_of(given).values())
    if not here or not there or found.keys() & here[-1] or set(found.values()) & set(there[-1]):
        return {}
    return _named_alike(here[-1], there[-1]) if _alike(here[-1], there[-1], own, given, 1) else {}


def _flat(name: str) -> str:
    return name.replace(".", "_").lower()


def _by_order(own: Tensors, given: Tensors) -> dict[str, str]:
    """Layers of equal shapes are paired in their order; the first and the last may differ.

    Networks are built front to back in every library, so that the n-th layer of some shapes here
    is the n-th of those shapes there. Only shortcuts stand before the main path in some and behind
    it in others; they are told by their names. The first layer may differ in its input channels,
    the last in its classes.
    """
    here, there = list(layers_of(own).items()), list(layers_of(given).items())
    found: dict[str, str] = {}
    for end in (0, -1):
        if here and there and _alike(here[end][1], there[end][1], own, given, axis=-end):
            found |= _named_alike(here.pop(end)[1], there.pop(end)[1])
    shortcuts = _has_shortcut(here) == _has_shortcut(there)
    waiting: dict[object, deque[list[str]]] = defaultdict(deque)
    for layer, names in there:
        waiting[_signature(layer, names, given, shortcuts)].append(names)
    for layer, names in here:
        if queue := waiting[_signature(layer, names, own, shortcuts)]:
            found |= _named_alike(names, queue.popleft())
    return found


def _alike(
    names: Sequence[str], others: Sequence[str], own: Tensors, given: Tensors, axis: int
) -> bool:
    """Whether two layers have the same tensors, but for the weight's length along one axis."""
    return _shapes(names, own, axis) == _shapes(others, given, axis)


def _shapes(names: Sequence[str], tensors: Tensors, axis: int) -> dict[str, tuple[int, ...]]:
    """Shapes by last name; without input channels for ``axis`` 0, without outputs for 1."""
    found = {}
    for name in names:
        shape = tuple(tensors[name].shape)
        last = name.rpartition(".")[2]
        if last != OPTIONAL:
            found[last] = (shape[:1] + shape[2:]) if axis == 0 else shape[1:]
    return found


def _named_alike(names: Sequence[str], others: Sequence[str]) -> dict[str, str]:
    by_last = {name.rpartition(".")[2]: name for name in others}
    lasts = {name: name.rpartition(".")[2] for name in names}
    return {name: by_last[last] for name, last in lasts.items() if last in by_last}


def _has_shortcut(layers: Iterable[tuple[str, list[str]]]) -> bool:
    return any(_SHORTCUT.search(layer) for layer, _ in layers)


def _signature(layer: str, names: Sequence[str], tensors: Tensors, shortcuts: bool) -> object:
    shapes = {}
    for name in names:
        last = name.rpartition(".")[2]
        if last != OPTIONAL:
            shapes[last] = _squeezed(tuple(tensors[name].shape))
    role = bool(shortcuts and _SHORTCUT.search(layer))
    return role, tuple(sorted(shapes.items()))


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Without axes of length 1 at the end: a 1x1 convolution is a linear layer per pixel."""
    while shape and shape[-1] == 1:
        shape = shape[:-1]
    return shape
