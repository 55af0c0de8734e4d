"""Looks into a model in training without leaving a trace."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from engine.runs.glimpses import MapsRead, NodeNorms, NormsRead
from engine.train.places import Place
from engine.train.watch import Ask, node_path

if TYPE_CHECKING:
    from engine.train.trainer import Trainer

__all__ = ["MOST_MAPS", "MOST_SIDE", "NormProbe", "activation", "read_maps"]

MOST_MAPS = 64
"""Channels that are shown: more are no longer told apart by eye, and the message stays small."""

MOST_SIDE = 64
"""Pixels of a picture's longer side; larger ones are averaged down to it."""


class NormProbe:
    """The norms of weights, gradients and changes in one update, told by the trainer when to look.

    Order: :meth:`before_update` after the backward pass, :meth:`after_update` after the optimizer,
    :meth:`read` at last. Until then everything stays on the device; ``read`` fetches it in one
    transfer. Costs a copy of the weights for the time of one update.
    """

    def __init__(self, model: nn.Module, places: Mapping[str, Place]) -> None:
        named = list(model.named_parameters())
        self._owners = _owners([name for name, _ in named], places)
        self._weights = [weight for _, weight in named]
        self._before: list[Tensor] = []
        self._norms: list[Tensor] = []

    def before_update(self) -> None:
        """Takes the weights and their gradients, as backpropagation gave them."""
        self._before = [weight.detach().clone() for weight in self._weights]
        gradients = [w.new_zeros(()) if w.grad is None else w.grad for w in self._weights]
        self._norms = [_norm(tensor) for tensor in (*self._before, *gradients)]

    def after_update(self) -> None:
        """Takes what the optimizer changed."""
        pairs = zip(self._weights, self._before, strict=True)
        self._norms += [_norm(weight.detach() - before) for weight, before in pairs]
        self._before = []

    def read(self, step: int, epoch: int) -> NormsRead:
        """The norms by node; waits for the device."""
        values = torch.stack(self._norms).tolist() if self._norms else []
        count = len(self._weights)
        parts = [values[i * count : (i + 1) * count] for i in range(3)]
        nodes = {path: self._node(own, parts) for path, own in self._owners.items()}
        return NormsRead(step=step, epoch=epoch, nodes=nodes)

    def _node(self, own: list[int], parts: list[list[float]]) -> NodeNorms:
        weight, gradient, update = (math.hypot(*(part[i] for i in own)) for part in parts)
        count = sum(self._weights[i].numel() for i in own)
        frozen = not any(self._weights[i].requires_grad for i in own)
        return NodeNorms(weight, gradient, update, count, frozen)


def _norm(tensor: Tensor) -> Tensor:
    return torch.linalg.vector_norm(tensor.detach(), dtype=torch.float32)


def _owners(names: list[str], places: Mapping[str, Place]) -> dict[str, list[int]]:
    """The numbers of each node's parameters, also those of its insides; nodes without have none."""
    by_module = {place.module: path for path, place in places.items() if place.argument is None}
    found: dict[str, list[int]] = {path: [] for path in places}
    for index, name in enumerate(names):
        parts = name.split(".")
        for end in range(1, len(parts)):
            path = by_module.get(".".join(parts[:end]))
            if path is not None:
                found[path].append(index)
    return {path: own for path, own in found.items() if own}


def read_maps(trainer: Trainer, ask: Ask) -> MapsRead:
    """The answer to an ask: what the node makes of the image with the weights of this moment.

    The image is neither augmented nor mixed, and the model is in inference mode: no dropout, batch
    norm with its running statistics. An unknown node or image is told in the record.
    """
    pieces, position = trainer.pieces, trainer.position
    answer: dict[str, Any] = {"node": ask.node, "row": ask.row}
    answer |= {"step": position.step, "epoch": position.epoch + 1}
    place = pieces.places.get(node_path(pieces.places, ask.node.split(".")))
    if place is None:
        return MapsRead(**answer, trouble=f"The run's model has no node “{ask.node}”.")
    if not 0 <= ask.row < len(pieces.images.labels):
        return MapsRead(**answer, trouble="This image is not among those that the run began with.")
    with pieces.arithmetic.autocast():
        output = activation(trainer.model, place, trainer.seen(ask.row))
    return MapsRead(**answer, **_pictures(output))


def activation(model: nn.Module, place: Place, inputs: Tensor) -> Tensor:
    """The output of one place for one image ``[1, C, H, W]``, computed in inference mode.

    The hook is there for this one pass only, and every module is in the mode it was in afterwards.
    Later layers may overwrite what an earlier one gave, so it is copied on the spot.
    """
    module, argument = model.get_submodule(place.module), place.argument
    found: list[Tensor] = []

    def keep_input(_: nn.Module, given: tuple[Any, ...]) -> None:
        found.append(given[argument or 0].detach().clone())

    def keep_output(_: nn.Module, __: Any, output: Any) -> None:
        found.append(output.detach().clone())

    if argument is None:
        hook = module.register_forward_hook(keep_output)
    else:
        hook = module.register_forward_pre_hook(keep_input)
    try:
        with inferring(model), torch.inference_mode():
            model(inputs)
    finally:
        hook.remove()
    return found[0]


@contextlib.contextmanager
def inferring(model: nn.Module) -> Iterator[None]:
    """Inference mode within, and afterwards for each module the mode that it was in."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


def _pictures(output: Tensor) -> dict[str, Any]:
    """The fields of ``MapsRead`` for ``[1, C, H, W]``, ``[1, features]`` or ``[1, tokens, width]``.

    Each picture has its own range of grey: what a channel answers to is in its pattern, how
    strongly is in ``lows`` and ``highs``.
    """
    values = output[0].float()
    if values.ndim == 1:
        values = values[:, None, None]
    elif values.ndim == 2:
        values = values[None]
    channels = len(values)
    maps = torch.nan_to_num(values[:MOST_MAPS], posinf=0.0, neginf=0.0)
    sides = [min(MOST_SIDE, side) for side in maps.shape[1:]]
    if sides != list(maps.shape[1:]):
        maps = nn.functional.adaptive_avg_pool2d(maps, (sides[0], sides[1]))
    flat = maps.flatten(1)
    low, high = flat.min(1).values, flat.max(1).values
    grey = (flat - low[:, None]) / (high - low).clamp_min(1e-30)[:, None] * 255
    ends = torch.stack([low, high]).tolist()
    return {
        "channels": channels,
        "shape": (len(maps), sides[0], sides[1]),
        "pixels": grey.round().to(torch.uint8).cpu().numpy().tobytes(),
        "lows": tuple(ends[0]),
        "highs": tuple(ends[1]),
    }
