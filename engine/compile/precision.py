"""Which number format a training computes in, without torch."""

from __future__ import annotations

from typing import Final

__all__ = ["WORTH_MACS", "uses_bf16"]

WORTH_MACS: Final = 20_000_000
"""Multiply-adds in a batch below which bf16's conversions cost more than its arithmetic saves."""


def uses_bf16(precision: str, *, graphics: bool, native: bool, macs: int) -> bool:
    """Whether a recipe's ``precision`` means bf16 or fp16 (2 bytes a value), not fp32 (4 bytes).

    ``graphics`` says that a card computes, ``native`` that the device has units for bf16, ``macs``
    are the multiply-adds of a whole batch. Fp16 is for cards only.
    """
    if precision == "auto":
        return native and (graphics or macs >= WORTH_MACS)
    return precision == "bf16" or (precision == "fp16" and graphics)
