"""A model whose gradients are averaged over the processes, and batch norm across them."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.parallel import DistributedDataParallel

from engine.train.passes import untouched

__all__ = ["Spread", "average_statistics", "synchronise", "trained_norms"]


class Spread:
    """A forward whose backward leaves the mean gradient over all processes in the weights.

    Wraps the model in DistributedDataParallel at the first batch, and anew whenever other weights
    learn than before, as when a frozen stage ends. The model itself, its names and its hooks stay
    what they are. All processes must call it alike.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._weights = tuple(model.parameters())
        self._made_for: list[bool] = []
        self._wrapped: DistributedDataParallel | None = None
        self._held = False

    def __call__(self, inputs: Tensor) -> Tensor:
        """The scores of a batch."""
        if not torch.is_grad_enabled():
            return self._model(inputs)
        wrapped = self._wrap(inputs)
        with wrapped.no_sync() if self._held else contextlib.nullcontext():
            return wrapped(inputs)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Within it gradients add up in this process only; a later pass averages their sum."""
        self._held = True
        try:
            yield
        finally:
            self._held = False

    def _wrap(self, inputs: Tensor) -> DistributedDataParallel:
        learning = [weight.requires_grad for weight in self._weights]
        if self._wrapped is None or learning != self._made_for:
            self._wrapped = None
            gc.collect()  # the wrapper before is part of cycles, and its hooks live as long as it
            idle = not self._all_reached(inputs)
            self._wrapped = DistributedDataParallel(self._model, find_unused_parameters=idle)
            self._wrapped.broadcast_buffers = False  # its argument is deprecated in newer torch
            self._made_for = learning
        return self._wrapped

    def _all_reached(self, inputs: Tensor) -> bool:
        """Whether every weight that learns has a part in the scores; leaves no trace."""
        devices = [inputs.device] if inputs.is_cuda else []
        with torch.random.fork_rng(devices), untouched(self._model):
            scores = self._model(inputs)
        reached = _leaves(scores)
        return all(weight in reached for weight in self._weights if weight.requires_grad)


def _leaves(scores: Tensor) -> set[Tensor]:
    """The weights that the graph of ``scores`` ends in."""
    found: set[Tensor] = set()
    waiting, seen = [scores.grad_fn], set()
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        weight = getattr(node, "variable", None)
        if weight is not None:
            found.add(weight)
        waiting += [following for following, _ in node.next_functions]
    return found


def trained_norms(model: nn.Module) -> list[_BatchNorm]:
    """The batch norms that move their averages in the mode that the model is in."""
    norms = [part for part in model.modules() if isinstance(part, _BatchNorm)]
    return [norm for norm in norms if norm.training and norm.running_mean is not None]


def synchronise(model: nn.Module) -> None:
    """Lets each batch norm normalise by the images of all processes; on cards.

    The layers are replaced by torch's SyncBatchNorm with the same weights under the same names;
    what else was noted at a layer is kept, too.
    """
    norms = {n: part for n, part in model.named_modules() if isinstance(part, _BatchNorm)}
    nn.SyncBatchNorm.convert_sync_batchnorm(model)
    for name, before in norms.items():
        now = model.get_submodule(name)
        for key in vars(before).keys() - vars(now).keys():
            setattr(now, key, vars(before)[key])


@torch.no_grad()
def average_statistics(model: nn.Module, world: int) -> None:
    """Gives the averages of the trained batch norms their mean over all processes.

    They move linearly with a batch's statistics, so that they follow the mean of the shares'.
    """
    norms = trained_norms(model)
    averages = [value for norm in norms for value in (norm.running_mean, norm.running_var)]
    kept = [value for value in averages if value is not None]
    if not kept:
        return
    together = torch.cat(kept)
    dist.all_reduce(together)
    for value, mean in zip(kept, (together / world).split([len(v) for v in kept]), strict=True):
        value.copy_(mean)
