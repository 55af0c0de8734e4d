"""Values as a shell shows them."""

from __future__ import annotations

import json
import math
from typing import Any

__all__ = ["setting_text", "share_text"]


def setting_text(value: Any) -> str:
    """A setting's value as ``--set`` takes it."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return value if isinstance(value, str) else json.dumps(value)


def share_text(value: float, places: int = 1) -> str:
    """A fraction of images as a percentage, as the window shows it: ``0.9312`` is ``93.1 %``."""
    return f"{100 * value:.{places}f} %" if math.isfinite(value) else "not finite"
