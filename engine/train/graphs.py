"""The passes through a network as a recording that a CUDA card repeats by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn

from engine.compute.device import Arithmetic

__all__ = ["record"]


class _Shell(nn.Module):
    """Holds a model, for torch puts the recording in the place of its ``forward``."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs: Tensor) -> Tensor:
        return self.model(inputs)


def record(
    model: nn.Module, arithmetic: Arithmetic, shape: torch.Size
) -> Callable[[Tensor], Tensor]:
    """A forward for batches of ``shape`` whose passes, forward and backward, are replayed.

    The optimizer stays outside: it is one fused kernel, and any kind can follow. Kernels that draw
    read the generator's seed at each replay, so dropout follows ``Arithmetic.drawing_from`` as it
    does without a recording. Weights are read where they are and gradients arrive as usual, but in
    memory that the next replay overwrites: they must be used before it.

    The model must be in the mode in which it will train, on a card, in the current autocast's
    stead: the arithmetic's is used, without its cache, which a recording cannot follow. Recording
    runs the model a few times: its buffers move. Raises RuntimeError for a model whose forward asks
    the card for a number.
    """
    example = torch.zeros(shape, device=arithmetic.device)
    example = arithmetic.lay_out(example)
    shell = _Shell(model)
    # Children keep their modes: a batch norm of a frozen node does not train.
    shell.training = model.training
    with arithmetic.drawing_from(0), arithmetic.autocast(cached=False):
        made = torch.cuda.make_graphed_callables(shell, (example,), allow_unused_input=True)
    return cast("Callable[[Tensor], Tensor]", made)
