"""What all drawings of a plot's body have in common: they fill what the view shows."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from typing_extensions import override

__all__ = ["WholeView"]


class WholeView(pg.GraphicsObject):
    """An item as large as the view's range; its plot sets the ranges itself."""

    @override
    def viewTransformChanged(self) -> None:
        self.prepareGeometryChange()

    @override
    def viewRangeChanged(self, *_: object) -> None:
        self.viewTransformChanged()

    @override
    def boundingRect(self) -> QRectF:
        view = self.getViewBox()
        return view.viewRect() if view is not None else QRectF()

    def dataBounds(self, *_: object, **__: object) -> tuple[None, None]:
        """Nothing that pyqtgraph should fit to."""
        return (None, None)
