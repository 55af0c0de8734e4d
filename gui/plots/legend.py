"""The chips above a plot: what each line is, and a click to hide it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget
from typing_extensions import override

from gui.theme import theme

__all__ = ["Legend", "LegendChip"]

_SAMPLE = 20
_MARGIN = 7
_LONGEST = 150
_SHORTER = 0.56  # a sample is short: its dashes are, too
_LEAST_TEXT = 24  # pixels: two letters and an ellipsis; less says nothing


class LegendChip(QAbstractButton):
    """A check button with a sample of the line and its name; unchecked, the line is hidden.

    A ``minor`` one gives way to the others where room is short, and keeps the end of its name:
    runs differ there.
    """

    def __init__(self, name: str, *, minor: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.minor = minor
        self.setCheckable(True)
        self.setChecked(True)
        self.setText(name)
        self.setToolTip(f"Show or hide {name}")
        self.setAccessibleName(f"Show {name}")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._colour = QColor()
        self._pattern: tuple[float, ...] = ()
        self.setFont(theme().font("small"))

    def set_style(self, colour: QColor, pattern: tuple[float, ...]) -> None:
        """Draws the sample as the plot draws the line."""
        self._colour, self._pattern = colour, pattern
        self.setFont(theme().font("small"))
        self.updateGeometry()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        text = min(metrics.horizontalAdvance(self.text()), _LONGEST)
        return QSize(_SAMPLE + text + 3 * _MARGIN, max(metrics.height() + 6, 22))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(_SAMPLE + 2 * _MARGIN, self.sizeHint().height())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_frame(painter)
        on = self.isChecked()
        pen = QPen(self._colour if on else theme().colour("disabled"), 2)
        if self._pattern:
            pen.setDashPattern([part * _SHORTER for part in self._pattern])
        painter.setPen(pen)
        middle = self.height() / 2
        painter.drawLine(_MARGIN, round(middle), _MARGIN + _SAMPLE, round(middle))
        painter.setPen(theme().colour("text" if on else "muted"))
        font = painter.font()
        font.setStrikeOut(not on)
        painter.setFont(font)
        left = _SAMPLE + 2 * _MARGIN
        box = QRectF(left, 0, self.width() - left - 2, self.height())
        if self.width() < self.sizeHint().width() and box.width() < _LEAST_TEXT:
            return
        elide = Qt.TextElideMode.ElideLeft if self.minor else Qt.TextElideMode.ElideRight
        text = self.fontMetrics().elidedText(self.text(), elide, int(box.width()) + 1)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _paint_frame(self, painter: QPainter) -> None:
        if not (self.hasFocus() or self.underMouse()):
            return
        focused = self.hasFocus()
        painter.setPen(theme().colour("link") if focused else Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour("raised") if self.underMouse() else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)


class Legend(QWidget):
    """Chips in a row; where room is short the minor ones give way first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chips: list[LegendChip] = []
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def add(self, chip: LegendChip) -> None:
        """Puts a chip at the end."""
        self._chips.append(chip)
        chip.setParent(self)
        chip.show()
        self._renew()

    def remove(self, chip: LegendChip) -> None:
        """Takes a chip out and deletes it."""
        self._chips.remove(chip)
        chip.hide()
        chip.deleteLater()
        self._renew()

    @override
    def sizeHint(self) -> QSize:
        return self._sum([chip.sizeHint() for chip in self._chips])

    @override
    def minimumSizeHint(self) -> QSize:
        return self._sum([chip.minimumSizeHint() for chip in self._chips])

    def _sum(self, sizes: list[QSize]) -> QSize:
        high = max((size.height() for size in sizes), default=0)
        return QSize(sum(size.width() for size in sizes), high)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # a chip has another size
            self._renew()
        return super().event(event)

    def _renew(self) -> None:
        self.updateGeometry()
        self._place()

    def _place(self) -> None:
        """Everyone gets the least, then the others what they want, then the minor ones.

        Where a kind cannot have all it wants, its chips share what is left: a short name leaves its
        share to the longer ones, and a share in which nothing could be read is taken by none.
        """
        widths = {chip: chip.minimumSizeHint().width() for chip in self._chips}
        left = max(0, self.width() - sum(widths.values()))
        for minor in (False, True):
            wants = {
                chip: chip.sizeHint().width() - width
                for chip, width in widths.items()
                if chip.minor is minor
            }
            for count, chip in enumerate(sorted(wants, key=wants.__getitem__)):
                share = left // (len(wants) - count)
                if share < min(wants[chip], _LEAST_TEXT):
                    break  # the longer ones had no more to themselves: all of them or none
                more = min(wants[chip], share)
                widths[chip] += more
                left -= more
        at = 0
        for chip, width in widths.items():
            chip.setGeometry(
                at, (self.height() - chip.sizeHint().height()) // 2, width, chip.sizeHint().height()
            )
            at += width
