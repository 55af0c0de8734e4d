"""Keeps the chatter of image libraries away from the person's terminal."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

__all__ = ["quiet_decoders"]

_lock = threading.Lock()
_depth = 0
_undo = ExitStack()


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """While it is open, Pillow's warnings and tifffile's log lines are dropped.

    What matters in them becomes a finding of the scan. The filters of ``warnings`` belong to the
    whole process, so the first to enter sets them and the last to leave restores them.
    """
    global _depth
    with _lock:
        _depth += 1
        if _depth == 1:
            _undo.enter_context(warnings.catch_warnings())
            warnings.filterwarnings("ignore", module=r"PIL\.|tifffile|imagecodecs")
            logger = logging.getLogger("tifffile")
            _undo.callback(setattr, logger, "disabled", logger.disabled)
            logger.disabled = True
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if _depth == 0:
                _undo.close()
