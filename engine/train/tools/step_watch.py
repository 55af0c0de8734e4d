"""How the time of a real update is shared out among its parts."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Self

import torch

from engine.train.trainer import Trainer

__all__ = ["PARTS", "StepWatch", "now"]

PARTS = ("batch", "forward", "loss", "backward", "optimizer")


class StepWatch:
    """Listens to a trainer's model and optimizer while it takes a step or validates.

    Nothing of the step is imitated, so that what is timed, and what fails, is the training itself.
    Where a step runs the model several times, each part holds the sum.

    Attributes:
        seconds: by part; the loss is what lies between the scores and their gradient.
        part: what it is at, or was when an error ended it.
    """

    def __init__(self, trainer: Trainer) -> None:
        self.seconds: dict[str, float] = dict.fromkeys(PARTS, 0.0)
        self.part = "batch"
        self._trainer = trainer
        self._device = trainer.pieces.arithmetic.device
        self._since = 0.0
        self._hooks: list[Any] = []

    def __enter__(self) -> Self:
        model, optimizer = self._trainer.model, self._trainer.optimizer
        self._hooks = [
            model.register_forward_pre_hook(lambda *_: self._turn("forward")),
            model.register_forward_hook(self._scored),
            optimizer.register_step_pre_hook(lambda *_: self._turn("optimizer")),
            optimizer.register_step_post_hook(lambda *_: self._turn("batch")),
        ]
        self._since = now(self._device)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for hook in self._hooks:
            hook.remove()

    def _scored(self, _module: object, _inputs: object, scores: torch.Tensor) -> None:
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
