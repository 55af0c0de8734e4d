"""How the time of a real update is shared out among its parts."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import torch

from engine.train.trainer import Trainer

__all__ = ["PARTS", "Heard", "StepWatch", "now"]

PARTS = ("batch", "forward", "loss", "backward", "optimizer")


class Heard:
    """The forward of a training that can be listened to, for :class:`engine.train.pieces.Pieces`.

    What computes the scores in the model's stead, such as CUDA graphs, calls no hook of the model.
    """

    def __init__(self, forward: Callable[[torch.Tensor], torch.Tensor]) -> None:
        self._forward = forward
        self.ignore()

    def listen(self, before: Callable[[], None], after: Callable[[torch.Tensor], None]) -> None:
        """Calls ``before()`` and ``after(scores)`` around each forward from now on."""
        self._before, self._after = before, after

    def ignore(self) -> None:
        """Calls nobody any more."""
        self._before: Callable[[], None] = lambda: None
        self._after: Callable[[torch.Tensor], None] = lambda _: None

    def __call__(self, inputs: torch.Tensor) -> torch.Tensor:
        """The scores."""
        self._before()
        scores = self._forward(inputs)
        self._after(scores)
        return scores


class StepWatch:
    """Listens to a trainer while it takes a step, or (``validating``) while it validates.

    Nothing of the step is imitated, so that what is timed, and what fails, is the training itself.
    Where a step runs the model several times, each part holds the sum. For a step the forward of
    the trainer's pieces must be :class:`Heard`; validation runs the model itself.

    Attributes:
        seconds: by part; the loss is what lies between the scores and their gradient.
        part: what it is at, or was when an error ended it.
    """

    def __init__(self, trainer: Trainer, *, validating: bool = False) -> None:
        self.seconds: dict[str, float] = dict.fromkeys(PARTS, 0.0)
        self.part = "batch"
        self._trainer, self._validating = trainer, validating
        self._device = trainer.pieces.arithmetic.device
        self._since = 0.0
        self._stops: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        if self._validating:
            model = self._trainer.model
            hooks = [
                model.register_forward_pre_hook(lambda *_: self._turn("forward")),
                model.register_forward_hook(lambda *_: self._turn("loss")),
            ]
        else:
            optimizer, forward = self._trainer.optimizer, self._trainer.pieces.forward
            assert isinstance(forward, Heard)
            forward.listen(lambda: self._turn("forward"), self._scored)
            self._stops = [forward.ignore]
            hooks = [
                optimizer.register_step_pre_hook(lambda *_: self._turn("optimizer")),
                optimizer.register_step_post_hook(lambda *_: self._turn("batch")),
            ]
        self._stops += [hook.remove for hook in hooks]
        self._since = now(self._device)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for stop in self._stops:
            stop()

    def _scored(self, scores: torch.Tensor) -> None:
        if scores.requires_grad:
            scores.register_hook(lambda _: self._turn("backward"))
        self._turn("loss")

    def _turn(self, part: str) -> None:
        """The part in hand ends, another one begins."""
        at = now(self._device)
        self.seconds[self.part] += at - self._since
        self.part, self._since = part, at


def now(device: torch.device) -> float:
    """Seconds by the monotonic clock, when the device has caught up.

    Within the capture of a CUDA graph, where nothing may wait, it is the moment of the call.
    """
    if device.type == "cuda" and not torch.cuda.is_current_stream_capturing():
        torch.cuda.synchronize(device)
    return time.monotonic()
