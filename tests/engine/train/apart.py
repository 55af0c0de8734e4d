"""Faults for the process of an isolated run: what the child does before it becomes the engine."""

from __future__ import annotations

import sys

import pytest

from engine.train import isolated

DEATHS = {
    "SIGKILL": "os.kill(os.getpid(), signal.SIGKILL)",
    "SIGSEGV": "os.kill(os.getpid(), signal.SIGSEGV)",
    "code 7": "os._exit(7)",
}

_PRELUDE = """
import os, signal, sys
import torch
from engine.train.keeper import Keeper
from engine.train.trainer import Trainer
torch.set_num_threads(1)
Keeper.due = lambda self, after_epoch: {every_step} or after_epoch
usual = Trainer.step
def step(self, norms=None):
    if self.position.step == {at} and not os.path.exists({mark!r}):
        {once}
        print("about to fail", file=sys.stderr, flush=True)
        {fault}
    usual(self, norms)
Trainer.step = step
from engine.cli.main import main
main(["isolated"])
"""


def failing_child(
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    *,
    at: int,
    mark: str = "",
    every_step: bool = False,
) -> None:
    """Makes isolated runs do ``fault`` (Python) before update ``at``; once with a ``mark`` file."""
    once = f"open({mark!r}, 'w').close()" if mark else "pass"
    text = _PRELUDE.format(at=at, mark=mark, once=once, fault=fault, every_step=every_step)
    monkeypatch.setattr(isolated, "engine_command", lambda *_: [sys.executable, "-c", text])
