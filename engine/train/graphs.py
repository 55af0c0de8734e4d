"""Work as a recording that a CUDA card repeats by itself: passes through a network, or any."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TypeVar, cast

import torch
from torch import Tensor, nn

from engine.compute.device import Arithmetic
from engine.compute.waiting import waiting_forbidden

__all__ = ["record", "record_work"]

Result = TypeVar("Result")

_WARM = 3
"""Times that work runs before it is recorded: libraries set themselves up in the first ones."""


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
    _expect_other_streams()
    example = torch.zeros(shape, device=arithmetic.device)
    example = arithmetic.lay_out(example)
    shell = _Shell(model)
    # Children keep their modes: a batch norm of a frozen node does not train.
    shell.training = model.training
    with arithmetic.drawing_from(0), arithmetic.autocast(cached=False):
        made = torch.cuda.make_graphed_callables(shell, (example,), allow_unused_input=True)
    return cast("Callable[[Tensor], Tensor]", made)


def record_work(
    work: Callable[[], Result], device: torch.device
) -> tuple[Callable[[], object], Result]:
    """What repeats ``work`` on a card, and what ``work`` gave while it was recorded.

    The tensors in that result, like all that was made while recording, keep their memory: each
    repetition writes into it. So do those that ``work`` left elsewhere, such as gradients. What
    ``work`` reads must lie where it lay; numbers of Python's are what they were.

    ``work`` runs a few times before, the last time so that whatever waits for the card raises:
    better there than while recording, see :func:`_generator_kept`. The generators must be seeded
    around all of it, and around each repetition, see ``Arithmetic.drawing_from``. Raises what
    ``work`` raises, and RuntimeError where it cannot be recorded.
    """
    _expect_other_streams()
    stream = torch.cuda.Stream(device)
    with torch.cuda.device(device):
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(_WARM - 1):
                work()
            with waiting_forbidden():
                work()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with _generator_kept(device), torch.cuda.graph(graph, stream=stream):
            result = work()
    return graph.replay, result


def _expect_other_streams() -> None:
    """From now on torch does not warn that gradients arrive from another stream than before.

    A recording keeps the nodes that add them up, which were made on the stream where it warmed up.
    Torch has one stream wait for the other, on the card; what that gives is compared before use.
    """
    torch.autograd.graph.set_warn_on_accumulate_grad_stream_mismatch(False)


@contextlib.contextmanager
def _generator_kept(device: torch.device) -> Iterator[None]:
    """WORKAROUND https://github.com/ace-step/ACE-Step-1.5/issues/587: a recording that fails leaves
    the card's generator in the state of being recorded, and it refuses to draw ever after. A copy
    of its state has no such mark.
    """
    generator = torch.cuda.default_generators[device.index or 0]
    try:
        yield
    except BaseException:
        with contextlib.suppress(RuntimeError):
            generator.graphsafe_set_state(generator.clone_state())
        raise
