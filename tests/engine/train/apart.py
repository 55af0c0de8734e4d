"""Faults for the process of an isolated run: what the child does before it becomes the engine."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from engine.train import isolated, peer
from tests.reliability.forked import forked, reap

__all__ = ["DEATHS", "Forked", "failing_child", "failing_fork"]

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


def failing_fork(monkeypatch: pytest.MonkeyPatch, fault: str, **when: Any) -> None:
    """The same with children that fork from the test: they need not import torch."""
    failing_child(monkeypatch, fault, **when)
    monkeypatch.setattr(peer, "subprocess", SimpleNamespace(Popen=Forked, PIPE=-1))


class Forked:
    """Stands in for ``subprocess.Popen([python, "-c", text])`` with three pipes; see ``forked``."""

    def __init__(self, command: list[str], **_: object) -> None:
        given, told, log = (os.pipe() for _ in range(3))
        theirs, ours = (given[0], told[1], log[1]), (given[1], told[0], log[0])
        self.pid = forked(partial(_become, command[-1], theirs, ours))
        for end in theirs:
            os.close(end)
        self.stdin = os.fdopen(ours[0], "wb")
        self.stdout, self.stderr = (os.fdopen(end, "rb") for end in ours[1:])
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        if self.returncode is None:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if done else None
        return self.returncode

    def wait(self) -> int:
        """The exit code, once there is one."""
        self.returncode = reap(self.pid) if self.returncode is None else self.returncode
        return self.returncode

    def kill(self) -> None:
        """Ends it at once."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


def _become(text: str, theirs: tuple[int, ...], ours: tuple[int, ...]) -> None:
    """In the child: runs ``text`` as a program whose standard streams are ``theirs``."""
    faulthandler.disable()
    for number, end in enumerate(theirs):
        os.dup2(end, number)
    for end in (*theirs, *ours):
        os.close(end)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(n, mode) for n, mode in enumerate("rww"))
    try:
        exec(text, {"__name__": "__main__"})
    except SystemExit as ended:
        os._exit(int(ended.code or 0))
