"""Values as a shell shows them."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["setting_text"]


def setting_text(value: Any) -> str:
    """A setting's value as ``--set`` takes it."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return value if isinstance(value, str) else json.dumps(value)
