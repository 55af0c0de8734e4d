"""Averages of the weights, beside the weights that are trained."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from engine.recipe import Training

__all__ = ["Averages", "averages", "first_averaged", "fresh_statistics", "held_step"]

_PREFIX = "average."
_lerp = torch.ops.aten._foreach_lerp_.Scalar  # all weights in one kernel; it has no public name


class Averages:
    """A running average of a model's weights and of batch norm's own averages.

    Order: :meth:`after_step` with every update; :meth:`applied` around a validation. What is added
    is a function of the number of updates only, so that a resume goes on exactly.

    Attributes:
        begun: whether there is an average to validate; else the weights themselves are.
        renews: whether batch norm's averages must be taken anew for it.
    """

    renews = False

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._own = _state(model)
        self._kept = {name: value.detach().clone() for name, value in self._own.items()}
        floats = [name for name, value in self._own.items() if value.is_floating_point()]
        self._pairs = (
            [self._kept[name] for name in floats],
            [self._own[name].detach() for name in floats],
        )

    @property
    def begun(self) -> bool:
        """Whether there is an average to validate."""
        return True

    def after_step(self, step: int) -> None:
        """Takes in the weights after update number ``step`` (from 1)."""
        raise NotImplementedError

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Within it the model has the averaged weights; no value is copied."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def weights(self) -> dict[str, Tensor]:
        """The averaged weights and buffers, by their names in the model."""
        return dict(self._kept)

    def tensors(self) -> dict[str, Tensor]:
        """What belongs to a checkpoint."""
        return {_PREFIX + name: value for name, value in self._kept.items()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Takes over what :meth:`tensors` gave; without it starts from the model's weights."""
        for name, kept in self._kept.items():
            kept.copy_(tensors.get(_PREFIX + name, self._own[name]))

    @torch.no_grad()
    def _move(self, share: float) -> None:
        """Moves the average towards the weights by ``share`` of the way."""
        kept, own = self._pairs
        _lerp(kept, own, share)
        for name, value in self._own.items():
            if not value.is_floating_point():
                self._kept[name].copy_(value)

    def _swap(self) -> None:
        for name, own in self._own.items():
            own.data, self._kept[name].data = self._kept[name].data, own.data


class _Fading(Averages):
    """``a += (1 - d) (w - a)`` with ``d = min(decay, (1 + t) / (10 + t))`` after ``t`` updates.

    Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992, with a
    fading memory; the warm-up of the decay is TensorFlow's (``num_updates``).
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        super().__init__(model)
        self._decay = decay

    def after_step(self, step: int) -> None:
        self._move(1.0 - min(self._decay, (1 + step) / (10 + step)))


class _Mean(Averages):
    """``a = (n a + w) / (n + 1)`` at the end of each epoch of the last part of the run.

    Izmailov et al., "Averaging weights leads to wider optima and better generalization", 2018.
    """

    renews = True

    def __init__(self, model: nn.Module, first: int, steps_per_epoch: int) -> None:
        super().__init__(model)
        self._first, self._steps = first, steps_per_epoch
        self._count = 0

    @property
    def begun(self) -> bool:
        return self._count > 0

    def after_step(self, step: int) -> None:
        epoch, rest = divmod(step, self._steps)
        self._count = max(0, epoch - self._first)
        if not rest and self._count:
            self._move(1.0 / self._count)

    def resume_at(self, step: int) -> None:
        """Says how many updates lie behind the restored average."""
        self._count = max(0, step // self._steps - self._first)


def averages(
    model: nn.Module, recipe: Training, steps_per_epoch: int, step: int
) -> Averages | None:
    """The average that the recipe asks for, ``step`` updates done; None for none."""
    if recipe.averaging == "ema":
        return _Fading(model, recipe.ema_decay)
    if recipe.averaging == "swa":
        mean = _Mean(model, first_averaged(recipe), steps_per_epoch)
        mean.resume_at(step)
        return mean
    return None


def first_averaged(recipe: Training) -> int:
    """The epoch (from 0) after which SWA takes the first weights: the last one at the latest."""
    return recipe.epochs - max(1, round(recipe.swa_share * recipe.epochs))


def held_step(recipe: Training, steps_per_epoch: int) -> int:
    """The update (from 0) whose learning rate all later ones have, too, where SWA averages.

    Not before the warm-up is over, or nothing would be learnt.
    """
    total = recipe.epochs * steps_per_epoch
    return max(first_averaged(recipe) * steps_per_epoch, round(recipe.schedule.warmup * total))


@torch.no_grad()
def fresh_statistics(model: nn.Module, passes: Iterator[Callable[[], object]]) -> None:
    """Takes batch norm's averages anew, each batch counting the same: ``passes`` run the model.

    Averaged weights give other activations than those that the averages in the layers stem from
    (Izmailov et al., 2018, section 3.2). The model must be in training mode; batch norms that are
    not, the frozen ones, keep theirs. Without batch norm nothing is run.
    """
    norms = [m for m in model.modules() if isinstance(m, _BatchNorm) and m.training]
    momenta = [norm.momentum for norm in norms]
    if not norms:
        return
    try:
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None
        for run in passes:
            run()
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum


def _state(model: nn.Module) -> dict[str, Tensor]:
    """Parameters and buffers by name: the objects themselves, which ``state_dict`` gives copies of.

    Only what a checkpoint holds: a buffer that is not persistent is a constant.
    """
    named = dict(model.named_parameters()) | dict(model.named_buffers())
    return {name: named[name] for name in model.state_dict()}
