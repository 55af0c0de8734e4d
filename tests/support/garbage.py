"""Collecting garbage between tests, on the thread that runs them."""

from __future__ import annotations

import gc

__all__ = ["collect_due"]


def collect_due() -> None:
    """Collects the oldest generation whose turn it is by Python's own thresholds."""
    due = [place for place, limit in enumerate(gc.get_threshold()) if gc.get_count()[place] > limit]
    if due:
        gc.collect(due[-1])
