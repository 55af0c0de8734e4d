"""A database server that is away for a moment is waited for: it restarts, or the network does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Engine

__all__ = ["PATIENCE", "be_patient"]

PATIENCE = 60.0
"""Seconds; with the time to the next sign of life they stay within ``claiming.GRACE``, after which
the other participants would take our trials for lost.
"""
_PAUSES = (0.5, 1.0, 2.0, 5.0)  # seconds between tries; the last one from then on


def be_patient(engine: Engine, seconds: float = PATIENCE) -> None:
    """From now on a connection that cannot be made is tried again, for so many seconds.

    What the pool holds is looked at before it is used, so that a study only ends where the server
    goes away amid a transaction.
    """
    from sqlalchemy import event

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Any, _record: object, place: Any, options: Any) -> Any:
        ends = time.monotonic() + seconds
        tries = 0
        while True:
            try:
                return dialect.connect(*place, **options)
            except (dialect.loaded_dbapi.Error, OSError):
                pause = _PAUSES[min(tries, len(_PAUSES) - 1)]
                tries += 1
                if time.monotonic() + pause > ends:
                    raise
                time.sleep(pause)
