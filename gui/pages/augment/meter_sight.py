"""What part of the meter's plane is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF

from engine.meter import Reading
from gui.pages.augment.meter_axis import Axis

__all__ = ["Sight"]


@dataclass(frozen=True)
class Sight:
    """The part of both axes that is shown, and the whole that it is a part of.

    Affinity lies ``across``, diversity ``up``. A field is the rectangle that is drawn in.
    """

    across: Axis
    up: Axis
    whole_across: Axis
    whole_up: Axis

    @classmethod
    def of(cls, readings: Sequence[Reading]) -> Sight:
        """All of some readings."""
        across = Axis.of([one.affinity for one in readings if one.affinity])
        up = Axis.ratios([one.diversity for one in readings])
        return cls(across, up, across, up)

    @property
    def whole(self) -> Sight:
        """Everything."""
        return replace(self, across=self.whole_across, up=self.whole_up)

    def zoomed(self, factor: float, about: QPointF) -> Sight:
        """Both ranges times ``factor``; ``about``, in shares of the field, stays in its place."""
        across = self.across.zoomed(factor, about.x(), self.whole_across)
        return replace(self, across=across, up=self.up.zoomed(factor, about.y(), self.whole_up))

    def moved(self, right: float, up: float) -> Sight:
        """Looks further right and up by shares of what is shown."""
        across = self.across.moved(right, self.whole_across)
        return replace(self, across=across, up=self.up.moved(up, self.whole_up))

    def over(self, reading: Reading) -> Sight:
        """Just as near, with a reading in the middle where it could not be seen before."""
        affinity = reading.affinity.value if reading.affinity is not None else 1.0
        right, up = self.across.share(affinity), self.up.share(reading.diversity.value)
        return self if _inside(right) and _inside(up) else self.moved(right - 0.5, up - 0.5)

    def place(self, field: QRectF, affinity: float, diversity: float) -> QPointF:
        """Where a pair of values lies, outside of the field where it is not shown."""
        x = field.left() + field.width() * self.across.share(affinity)
        return QPointF(x, field.bottom() - field.height() * self.up.share(diversity))

    def share(self, field: QRectF, at: QPointF) -> QPointF:
        """A point in shares of the field, from its lower left corner."""
        right = (at.x() - field.left()) / field.width()
        return QPointF(right, (field.bottom() - at.y()) / field.height())


def _inside(share: float) -> bool:
    return 0 <= share <= 1
