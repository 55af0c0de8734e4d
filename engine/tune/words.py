"""What trials are judged by, as people read it: in a shell, and in the window."""

from __future__ import annotations

import math

from engine.tune.goals import UNITS, Quantity

__all__ = ["quantity_words"]

_FIGURES = 4
_WHOLE_FROM = 100.0


def quantity_words(
    quantity: Quantity, value: float, spread: float | None = None, *, space: str = " "
) -> str:
    """A value with its unit: ``92.13 %``, ``0.4127``, ``12,345``, ``1.83 ms``, ``640 MB``.

    With ``spread``, its standard deviation: ``92.13 ± 0.41 %``. ``space`` stands before the unit.
    """
    if not math.isfinite(value):
        return "not finite"
    if quantity == "fraction":
        return f"{_with(f'{100 * value:.2f}', spread, 100.0, '.2f')}{space}%"
    if quantity == "score":
        return _with(f"{value:.{_FIGURES}g}", spread, 1.0, ".2g")
    whole = quantity == "count" or abs(value) >= _WHOLE_FROM
    number = _with(f"{value:,.0f}" if whole else f"{value:.3g}", spread, 1.0, ".2g")
    unit = UNITS.get(quantity, "")
    return f"{number}{space}{unit}" if unit else number


def _with(number: str, spread: float | None, scale: float, form: str) -> str:
    if spread is None or not math.isfinite(spread):
        return number
    return f"{number} ± {format(scale * spread, form)}"
