"""The line above a plot: its title, the legend, and the few switches."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QSlider,
    QToolButton,
    QWidget,
    QWidgetAction,
)
from typing_extensions import override

from gui.plots.legend import Legend, LegendChip
from gui.theme import SPACE, set_icon
from gui.widgets import ElidedLabel

__all__ = ["PlotHeader"]

_SLIDER_TOP = 99


class _Title(ElidedLabel):
    """Goes before the legend; cut only where even the buttons lack room."""

    def __init__(self, text: str, look: str) -> None:
        super().__init__(text, look)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    @override
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class PlotHeader(QWidget):
    """Title, legend chips, smoothing, logarithmic scale, show everything, more."""

    fit_wished = Signal()
    log_toggled = Signal(bool)
    smoothing_moved = Signal(float)
    series_toggled = Signal(str, bool)
    menu_wished = Signal(QPoint)

    def __init__(self, title: str) -> None:
        super().__init__()
        self._chips: dict[str, LegendChip] = {}
        label = _Title(title, "section")
        self._legend = Legend()
        self.log_button = self._button("", "Logarithmic scale")
        self.log_button.setText("log")
        self.log_button.setCheckable(True)
        self.log_button.toggled.connect(self.log_toggled)
        self.slider, self.smooth_button = self._smoothing()
        self.fit_button = self._button("maximize", "Show everything (Home)")
        self.fit_button.clicked.connect(self.fit_wished)
        more = self._button("ellipsis", "Copy, save and more")
        more.clicked.connect(
            lambda: self.menu_wished.emit(more.mapToGlobal(QPoint(0, more.height())))
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE, 2, SPACE // 2, 2)
        row.setSpacing(2)
        row.addWidget(label)
        row.addSpacing(SPACE // 2)
        row.addWidget(self._legend)
        row.addStretch(1)
        for button in (self.smooth_button, self.log_button, self.fit_button, more):
            row.addWidget(button)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def _button(self, icon: str, tip: str) -> QToolButton:
        button = QToolButton()
        if icon:
            set_icon(button, icon, "muted", 16)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _smoothing(self) -> tuple[QSlider, QToolButton]:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, _SLIDER_TOP)
        slider.setMinimumWidth(160)
        slider.setAccessibleName("Smoothing")
        slider.valueChanged.connect(lambda value: self.smoothing_moved.emit(value / 100))
        panel = QFrame()
        row = QHBoxLayout(panel)
        row.addWidget(QLabel("Smoothing"))
        row.addWidget(slider)
        value = QLabel("0.00")
        value.setMinimumWidth(value.fontMetrics().horizontalAdvance("0.00"))
        slider.valueChanged.connect(lambda number: value.setText(f"{number / 100:.2f}"))
        row.addWidget(value)
        button = self._button("spline", "Smooth the curves (the raw ones stay behind, faintly)")
        menu = QMenu(button)
        action = QWidgetAction(menu)
        action.setDefaultWidget(panel)
        menu.addAction(action)
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return slider, button

    def hide_legend(self) -> None:
        """Leaves out legend and smoothing, for a small plot of one curve that is exact."""
        self._legend.hide()
        self.smooth_button.hide()

    def set_log(self, on: bool) -> None:
        """Shows the switch as the plot is."""
        self.log_button.setChecked(on)

    def set_smoothing(self, weight: float) -> None:
        """Shows the slider as the plot is."""
        self.slider.blockSignals(True)
        self.slider.setValue(round(weight * 100))
        self.slider.blockSignals(False)
        set_icon(self.smooth_button, "spline", "link" if weight else "muted", 16)

    def add_chip(
        self, name: str, colour: QColor, pattern: tuple[float, ...], *, minor: bool = False
    ) -> LegendChip:
        """Adds a curve to the legend; ``minor`` ones give way where room is short."""
        chip = LegendChip(name, minor=minor)
        chip.set_style(colour, pattern)
        chip.toggled.connect(lambda on: self.series_toggled.emit(name, on))
        self._legend.add(chip)
        self._chips[name] = chip
        return chip

    def chip(self, name: str) -> LegendChip:
        """The chip of a curve."""
        return self._chips[name]

    def remove_chip(self, name: str) -> None:
        """Takes a curve out of the legend, if it is in it."""
        if name in self._chips:
            self._legend.remove(self._chips.pop(name))

    def restyle_chip(self, name: str, colour: QColor, pattern: tuple[float, ...]) -> None:
        """Draws the sample in the colour of the moment; a curve may have none."""
        if name in self._chips:
            self._chips[name].set_style(colour, pattern)
