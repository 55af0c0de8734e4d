"""What would happen to each tensor if a weight file were loaded into a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

__all__ = ["WORDS", "Report", "Row", "Status"]

Status = Literal["loaded", "head", "left", "missing", "extra", "shape", "dtype", "not_finite"]

WORDS: Final[dict[Status, str]] = {
    "loaded": "loaded",
    "head": "new head",
    "left": "left out with its layer",
    "missing": "not in the file",
    "extra": "not in the model",
    "shape": "other shape",
    "dtype": "other type",
    "not_finite": "NaN or infinity",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One tensor of the model, of the file, or of both.

    Attributes:
        target: its name in the model, ``""`` for what only the file has.
        source: its name in the file, ``""`` for what only the model has.
        status: what happens to it; see :data:`WORDS`.
        note: shapes and types, or how it is brought to the model's shape.
    """

    target: str
    source: str
    status: Status
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All tensors, and what follows.

    ``how`` says what was matched: ``"names"`` or ``"order"`` (order and shapes). A layer's tensors
    are loaded together or not at all.
    """

    how: Literal["names", "order"]
    rows: tuple[Row, ...]

    def count(self, *statuses: Status) -> int:
        """How many rows have one of these."""
        return sum(row.status in statuses for row in self.rows)

    @property
    def refusal(self) -> str:
        """Why nothing can be loaded, in a sentence; ``""`` when something can."""
        if self.count("not_finite"):
            rows = [row.source for row in self.rows if row.status == "not_finite"]
            return f"“{rows[0]:.80}” holds NaN or infinity{_more(rows)}."
        if not self.count("loaded"):
            return "None of its tensors fits a layer of this model."
        return ""

    @property
    def complete(self) -> bool:
        """Whether every layer but a new head gets its weights."""
        return not self.refusal and not self.count("missing", "shape", "dtype", "left")

    @property
    def summary(self) -> str:
        """What would be loaded, in one or two sentences."""
        wanted = sum(bool(row.target) for row in self.rows)
        text = f"{self.count('loaded'):,} of the model's {wanted:,} tensors are loaded"
        text += ", matched by name." if self.how == "names" else ", matched by order and shape."
        if self.count("head"):
            text += " The head has another number of classes and starts anew."
        if rest := self.count("missing", "shape", "dtype", "left"):
            text += f" {rest:,} start at random."
        return text

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "how": self.how,
            "complete": self.complete,
            "refusal": self.refusal,
            "summary": self.summary,
            "rows": [asdict(row) for row in self.rows],
        }


def _more(rows: Sequence[str]) -> str:
    return f", and so do {len(rows) - 1:,} others" if len(rows) > 1 else ""
