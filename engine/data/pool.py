"""Doing the same to many images on all cores, in order, with bounded memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["in_threads"]

T = TypeVar("T")
R = TypeVar("R")


def in_threads(work: Callable[[T], R], things: Iterable[T]) -> Generator[R, None, None]:
    """``work`` of each thing, in order, on as many threads as there are cores.

    Decoders release Python's lock, so threads are enough. Only a few results wait at any time.
    When the consumer stops (an error, Cancelled), it closes the generator: what has not begun is
    then dropped, and what runs is awaited.
    """
    workers = max(1, os.cpu_count() or 1)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="fovea-decode")
    waiting: deque[Future[R]] = deque()
    try:
        for thing in things:
            waiting.append(pool.submit(work, thing))
            if len(waiting) >= 8 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
