"""Interleaved rounds, medians and what a figure must carry with it."""

from __future__ import annotations

import os
import platform
import statistics
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version

__all__ = ["compare", "header"]


def header(title: str) -> str:
    """The title with versions, processor count and load, which every figure needs."""
    versions = []
    for name in ("torch", "numpy", "PySide6-Essentials"):
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    python = f"Python {platform.python_version()}"
    cores = f"{os.cpu_count()} cores{load}"
    return f"{title}\n{python}, {', '.join(versions)}, {sys.platform}, {cores}"


def compare(
    contestants: Mapping[str, Callable[[], float]], *, reference: str, rounds: int = 5, unit: str
) -> dict[str, float]:
    """Calls all contestants in turn, ``rounds`` times, and prints rates and ratios.

    Each gives a rate (higher is better). A round's ratio is taken against the reference in the
    same round; the medians of the ratios are printed with minimum and maximum, and returned.
    """
    rates: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, contestant in contestants.items():
            rates[name].append(contestant())
    medians: dict[str, float] = {}
    for name, found in rates.items():
        ratios = [rate / base for rate, base in zip(found, rates[reference], strict=True)]
        medians[name] = statistics.median(ratios)
        print(
            f"  {name:34s} {statistics.median(found):10.1f} {unit}   ratio {medians[name]:5.2f} "
            f"({min(ratios):.2f} to {max(ratios):.2f}, n={rounds})"
        )
    return medians
