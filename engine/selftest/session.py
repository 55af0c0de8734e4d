"""The whole self-test as a command does it: a folder of its own, a line for each step."""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from engine.selftest.running import Result, Step, run
from engine.selftest.sockets import watched

__all__ = ["self_test"]

_CACHES = ("FOVEA_CACHE", "TORCHINDUCTOR_CACHE_DIR")
_log = logging.getLogger(__name__)


def self_test(steps: Sequence[Step], tell: Callable[[Result], object]) -> tuple[bool, str]:
    """Does the steps in a temporary folder, which is gone afterwards, and tells each one's result.

    Gives back whether all passed, and a sentence about the whole. What the program remembers of a
    computer goes to that folder, too: nothing is left behind.
    """
    began = time.monotonic()
    failed = []
    with _place() as place:
        for result in run(steps, place):
            tell(result)
            if not result.passed:
                failed.append(result.name)
                _log.warning("self-test: %s\n%s", result, result.trace)
    seconds = time.monotonic() - began
    if failed:
        return False, f"Failed: {', '.join(failed)}. ({seconds:.0f} s)"
    return True, f"Everything is there and works. {watched()} ({seconds:.0f} s)"


@contextlib.contextmanager
def _place() -> Iterator[Path]:
    """A temporary folder; what Fovea and torch remember of a computer goes there meanwhile, too."""
    before = {name: os.environ.get(name) for name in _CACHES}
    with tempfile.TemporaryDirectory(prefix="fovea-self-test-", ignore_cleanup_errors=True) as made:
        os.environ.update({name: str(Path(made, "cache", name.lower())) for name in _CACHES})
        try:
            yield Path(made)
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                os.environ.update({name: value} if value is not None else {})
