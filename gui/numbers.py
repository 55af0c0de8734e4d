"""Numbers as people read them: ``12.4 M``, ``0.0312``, ``64 × 14 × 14``."""

from __future__ import annotations

import math
from collections.abc import Iterable

from engine.numbers import THIN, percent

__all__ = ["compact", "decimal", "duration", "percent", "shape"]

_STEPS = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def compact(value: float) -> str:
    """A count in three figures with its prefix: ``980``, ``1.5 k``, ``12.4 M``."""
    for size, prefix in _STEPS:
        if abs(value) >= size * 0.9995:
            return f"{_figures(value / size)}{THIN}{prefix}"
    return _figures(value)


def decimal(value: float, figures: int = 4) -> str:
    """A measured number in a few figures: ``0.4127``, ``12.05``, ``3.2e-05``."""
    if not math.isfinite(value):
        return "not finite"
    return f"{value:.{figures}g}"


def duration(seconds: float) -> str:
    """A length of time in two figures that matter: ``8 s``, ``2 min 05 s``, ``1 h 20 min``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole}{THIN}s"
    if whole < 3600:
        return f"{whole // 60}{THIN}min {whole % 60:02d}{THIN}s"
    return f"{whole // 3600}{THIN}h {whole % 3600 // 60:02d}{THIN}min"


def shape(sides: Iterable[int]) -> str:
    """The sides of an array: ``64 × 14 × 14``."""
    return " × ".join(str(side) for side in sides)


def _figures(value: float) -> str:
    places = max(0, 2 - math.floor(math.log10(abs(value)))) if abs(value) >= 1 else 2
    text = f"{value:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
