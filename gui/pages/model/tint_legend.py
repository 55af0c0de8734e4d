"""What the colours of the canvas mean, and where they come from."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QFontMetricsF,
    QLinearGradient,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QBoxLayout, QMenu, QToolButton, QWidget
from typing_extensions import override

from engine.train.flow import DECADES
from gui.pages.model.tints import SCALES, shade
from gui.theme import set_icon, theme
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, button, column, label, row

__all__ = ["ColourButton", "TintLegend"]

_WIDE = 56 * SPACE
_WORDS = {
    "": "No colours",
    "gradients": "Gradients",
    "updates": "Updates",
    "weights": "Weights",
}


class ColourButton(QToolButton):
    """Chooses what the canvas is coloured by; emits ``chosen(name)``, empty for nothing."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setText(" Colour by…")
        self.setAccessibleName("Colour the nodes by gradients, updates or weights")
        self.setToolTip("Colour the nodes by what happens to them while the project trains")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        set_icon(self, "palette", "muted", 16)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        group = QActionGroup(self)
        self.choices: dict[str, QAction] = {}
        for name, text in _WORDS.items():
            action = QAction(text, menu)  # one that addAction makes may be taken for a dead one
            menu.addAction(action)
            action.setCheckable(True)
            action.setChecked(not name)
            action.setToolTip(SCALES[name].help if name else "The nodes as they usually look.")
            action.triggered.connect(lambda _=False, name=name: self.chosen.emit(name))
            group.addAction(action)
            self.choices[name] = action
        self.setMenu(menu)

    def show_choice(self, name: str) -> None:
        """Marks a choice without emitting."""
        self.choices[name].setChecked(True)
        self.setText(f" {_WORDS[name]}" if name else " Colour by…")


class TintLegend(QWidget):
    """The scale with its ticks, a sentence on where the numbers come from, and Train before that.

    ``train`` is called by a click on the button.
    """

    def __init__(self, train: Callable[[], object]) -> None:
        super().__init__()
        self.title = label("", "section")
        self.scale = ScaleBar()
        self.source = label("", "caption", wrap=True)
        self.train = button("Train", train, icon="play")
        words = row(self.source, self.train)
        words.setStretch(0, 1)
        self._head = row(self.title, STRETCH, self.scale, gap=2 * SPACE)
        self.setLayout(column(self._head, words, gap=SPACE // 2, margin=SPACE))
        self.hide()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Puts the scale below its title where both have no room."""
        super().resizeEvent(event)
        wide = self.width() >= _WIDE
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._head.setDirection(across if wide else down)
        self._head.setSpacing(2 * SPACE if wide else SPACE // 2)

    def show_scale(self, name: str) -> None:
        """Shows a scale of :data:`SCALES`; hides everything for an empty name."""
        self.setVisible(bool(name))
        if name:
            self.title.setText(SCALES[name].title)
            self.setToolTip(SCALES[name].help)
            self.scale.show_ticks(SCALES[name].ticks)

    def show_source(self, text: str, *, can_train: bool) -> None:
        """Says where the colours come from, or what they wait for."""
        self.source.setText(text)
        self.train.setVisible(can_train)


class ScaleBar(QWidget):
    """The colours from a hundredth to a hundredfold with words below them."""

    def __init__(self) -> None:
        super().__init__()
        self._ticks: tuple[str, ...] = ()

    def show_ticks(self, ticks: tuple[str, ...]) -> None:
        """Shows these words, evenly spaced from the lowest to the highest value."""
        self._ticks = ticks
        self.setAccessibleName(f"Colour scale: blue {ticks[0]} to orange {ticks[-1]}")
        self.updateGeometry()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(36 * SPACE, 12 + round(self._metrics().height()) + 4)

    @override
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(theme().font("small"))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._ticks:
            return
        painter, look, metrics = QPainter(self), theme(), self._metrics()
        painter.setFont(look.font("small"))
        edge = max(metrics.horizontalAdvance(self._ticks[at]) for at in (0, -1)) / 2 + 1
        bar = QRectF(edge, 1, self.width() - 2 * edge, 10)
        shades = QLinearGradient(bar.topLeft(), bar.topRight())
        for stop in range(9):
            shades.setColorAt(stop / 8, shade((stop / 4 - 1) * DECADES))
        painter.fillRect(bar, shades)
        painter.setPen(look.colour("outline"))
        painter.drawRect(bar)
        for number, words in enumerate(self._ticks):
            x = bar.left() + bar.width() * number / (len(self._ticks) - 1)
            painter.setPen(look.colour("outline"))
            painter.drawLine(QPointF(x, bar.bottom()), QPointF(x, bar.bottom() + 3))
            painter.setPen(look.colour("muted"))
            left = x - metrics.horizontalAdvance(words) / 2
            painter.drawText(QPointF(left, bar.bottom() + 3 + metrics.ascent()), words)
