"""One batch through everything that a training does, in seconds, before hours are spent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from engine.errors import FoveaError
from engine.project.document import Project
from engine.train.tools.estimate import Estimate

__all__ = ["PARTS", "Check", "DryRun", "dry_run"]

PARTS: dict[str, str] = {
    "prepare": "Images decoded, model built",
    "batch": "Batch read and augmented",
    "forward": "Forward pass",
    "loss": "Loss",
    "backward": "Backward pass",
    "optimizer": "Optimizer step",
    "steps": "More steps",
    "validation": "Validation batch",
    "metrics": "Metrics",
    "write": "Checkpoint written",
    "read": "Checkpoint read back",
}
"""What a dry run goes through, in order: names for files, titles for people."""


@dataclass(frozen=True, slots=True)
class Check:
    """One part of a dry run: how long it took and what came of it, or why it failed."""

    name: str
    state: Literal["ok", "failed", "not reached"]
    seconds: float = 0.0
    text: str = ""

    @property
    def title(self) -> str:
        """The part in words."""
        return PARTS[self.name]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        names = ("name", "title", "state", "seconds", "text")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class DryRun:
    """The result of a dry run.

    Attributes:
        checks: every part of :data:`PARTS`, in order.
        estimate: of the whole run; ``None`` when a part failed.
        error: what failed, with all six fields.
        notes: what the training would say of its data, arithmetic and weights.
        seconds, device: how long it took, and where it ran.
    """

    checks: tuple[Check, ...]
    estimate: Estimate | None = None
    error: FoveaError | None = None
    notes: tuple[str, ...] = field(default=())
    seconds: float = 0.0
    device: str = ""

    @property
    def ok(self) -> bool:
        """Whether every part worked."""
        return self.error is None

    def to_json(self) -> dict[str, Any]:
        """Plain values, without the parts."""
        return {
            "ok": self.ok,
            "estimate": None if self.estimate is None else self.estimate.to_json(),
            "error": None if self.error is None else self.error.fields(),
            "notes": list(self.notes),
            "seconds": self.seconds,
            "device": self.device,
        }


def dry_run(
    project: Project,
    folder: Path,
    *,
    device: str | None = None,
    progress: Callable[[int, int, str], None] | None = None,
    on_check: Callable[[Check], None] | None = None,
) -> DryRun:
    """Sends one batch through everything that training ``project`` would do, and times it.

    Images are decoded into the cache that the training uses; a batch is read, augmented and
    trained on, some more steps measure the speed, one batch is validated, and a checkpoint is
    written to a temporary place in the project's folder, read back and compared. No run is made
    and nothing but the cache stays on disc.

    A part that fails ends the dry run and is told in its :class:`Check`; nothing is raised but
    Cancelled, by ``progress``. ``on_check`` is told each part as it ends.
    """
    from engine.train.tools.course import Course

    return Course(project, Path(folder), device, progress, on_check).run()
