"""The errors that reading a weight file ends with."""

from __future__ import annotations

from pathlib import Path

from engine.errors import FoveaError

__all__ = ["Unreadable", "cannot_read"]


class Unreadable(Exception):
    """A weight file cannot be taken; ``why`` and ``fix`` are sentences."""

    def __init__(self, why: str, fix: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.fix = fix


def cannot_read(path: Path, error: Unreadable) -> FoveaError:
    """The error for a person: FV-M013."""
    return FoveaError(
        "FV-M013",
        f"The weights in “{path.name:.80}” cannot be read.",
        where=str(path),
        why=error.why,
        kept="Nothing was executed, and the project is unchanged.",
        fix=error.fix or "Choose a .safetensors file, or a .pth file that holds a state_dict.",
    )
