"""The first process of several leads: it tells the others which run to compute."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator

from engine.errors import FoveaError
from engine.runs.events import Event, RunFinished, RunStarted
from engine.train.ranks.alone import ALONE, Ranks
from engine.train.ranks.launch import Launch

__all__ = ["joined", "lead"]


@contextlib.contextmanager
def joined(launch: Launch | None) -> Iterator[Ranks]:
    """The processes that this one was launched with, or itself alone; torch.distributed within.

    Waits until all processes are there.
    """
    if launch is None:
        yield ALONE
        return
    from engine.train.ranks.group import open_group

    with open_group(launch) as ranks:
        yield ranks


def lead(ranks: Ranks, events: Generator[Event, None, None]) -> Iterator[Event]:
    """Passes on the events of a run, or of several; the others begin and end with it.

    After a run that failed they are not told to stop: they wait elsewhere, and end as their
    connections close.
    """
    run = ""
    try:
        with contextlib.closing(events):
            for event in events:
                if isinstance(event, RunStarted) and event.run != run:
                    run = event.run
                    _tell(ranks, run)
                elif isinstance(event, RunFinished):
                    run = ""
                yield event
    except FoveaError:
        if not run:
            _tell(ranks, "")
        raise
    if not run:
        _tell(ranks, "")


def _tell(ranks: Ranks, run: str) -> None:
    """Names the next run to the others, or none; raises FoveaError when one of them is gone."""
    try:
        ranks.told({"run": run})
    except RuntimeError as error:
        raise ranks.reason(error) from error
