"""Keeps the computer from falling asleep while it trains."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import TypeVar

from engine.train.control import Control

__all__ = ["awake", "kept_awake"]

_log = logging.getLogger(__name__)
_log.addHandler(logging.NullHandler())  # a note for the log of the window, none in a shell

_LOOKS = 0.5  # seconds between two looks at the switches
_AFTER = 10.0  # seconds of training before anything is done: short runs need nothing
_PAUSED = 600.0  # seconds of a pause after which the computer may sleep
_ENDS = 2.0  # seconds that a program may take to end

_Item = TypeVar("_Item")


def awake(events: Iterator[_Item], control: Control) -> Generator[_Item, None, None]:
    """Passes on what a training yields, and keeps the computer awake meanwhile.

    See :func:`kept_awake`; closing this generator closes ``events``.
    """
    with kept_awake(control):
        yield from events


@contextlib.contextmanager
def kept_awake(control: Control) -> Iterator[None]:
    """Within it the computer does not fall asleep by itself, from the tenth second on.

    Linux: logind is asked through ``systemd-inhibit``; macOS: ``caffeinate``; Windows: the system's
    own call. Where none of them works, a note in the log says so and nothing else happens. It may
    sleep again while the training has been paused for ten minutes, and at the end. A program that
    does it ends with this process, however that dies.

    On Linux a suspend that a person asks for is refused as well meanwhile: logind has no lock that
    holds back only what comes by itself, and its lock in the mode ``block`` takes both.
    """
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(control, ended), name="awake", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join(2 * _ENDS)


def _watch(control: Control, ended: threading.Event) -> None:
    """Holds and lets go as the switches say; the hold of Windows belongs to this very thread."""
    if ended.wait(_AFTER):
        return
    hold: _Hold | None = None
    paused_since: float | None = None
    try:
        while True:
            now = time.monotonic()
            paused_since = (paused_since or now) if control.paused else None
            rests = paused_since is not None and now - paused_since >= _PAUSED
            if rests and hold is not None:
                hold.release()
                hold = None
            elif not rests and hold is None:
                hold = _hold()
            if hold is not None and (trouble := hold.trouble()):
                _log.warning("The computer may fall asleep while it trains: %s", trouble)
                return
            if ended.wait(_LOOKS):
                return
    finally:
        if hold is not None:
            hold.release()


class _Hold:
    """Nothing on this system keeps it awake."""

    def trouble(self) -> str:
        """Why it does not hold, or empty."""
        return "neither systemd-inhibit nor caffeinate is installed."

    def release(self) -> None:
        """Lets the computer sleep."""


class _Program(_Hold):
    """A program that holds while it runs, and that ends with this process, however that dies.

    Either it ``listens`` and ends when its standard input closes, or it watches over us itself.
    """

    def __init__(self, command: list[str], *, listens: bool) -> None:
        self._listens = listens
        self._process: subprocess.Popen[bytes] | None = None
        self._why = ""
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for the training
            )
        except OSError as error:
            self._why = f"{command[0]}: {error.strerror or error}."

    def trouble(self) -> str:
        process = self._process
        if process is not None and process.poll() is not None and not self._why:
            self._why = self._said(process) or f"it ended with code {process.returncode}."
        return self._why

    @staticmethod
    def _said(process: subprocess.Popen[bytes]) -> str:
        """What an ended program wrote as its reason; a child of it may hold the pipe open still."""
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.close()
        descriptor = process.stderr.fileno()
        os.set_blocking(descriptor, False)
        try:
            return os.read(descriptor, 300).decode("utf-8", "replace").strip()
        except BlockingIOError:
            return ""

    def release(self) -> None:
        if self._process is None:
            return
        with self._process as process:  # closes its pipes and waits for it
            if not self._listens:
                process.terminate()
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(_ENDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self._process = None


class _Windows(_Hold):
    """The state of a thread, which ends with it."""

    _CONTINUOUS, _SYSTEM_REQUIRED = 0x80000000, 0x00000001

    def __init__(self) -> None:
        self._set: Callable[[int], int] = ctypes.windll.kernel32.SetThreadExecutionState
        self._held = self._set(self._CONTINUOUS | self._SYSTEM_REQUIRED) != 0

    def trouble(self) -> str:
        return "" if self._held else "Windows refused."

    def release(self) -> None:
        self._set(self._CONTINUOUS)


def _hold() -> _Hold:
    if os.name == "nt":
        return _Windows()
    if sys.platform == "darwin" and (program := shutil.which("caffeinate")):
        return _Program([program, "-i", "-w", str(os.getpid())], listens=False)
    program, waits = shutil.which("systemd-inhibit"), shutil.which("cat")
    if program is None or waits is None:
        return _Hold()
    what = ["--what=sleep:idle", "--mode=block", "--who=Fovea", "--why=A model is being trained"]
    return _Program([program, *what, waits], listens=True)
