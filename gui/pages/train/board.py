"""Plots of which a person chooses those to be seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QToolButton, QWidget

from gui.plots import CurvePlot
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, label, row

__all__ = ["Board", "Toggles"]

_WIDE = 30 * SPACE
"""A plot is to be this wide; below it there are fewer side by side."""
_LEAST = QSize(22 * SPACE, 19 * SPACE)


class Toggles(QWidget):
    """A button for each plot that can be shown; emits ``toggled(name, on)`` on a click."""

    toggled = Signal(str, bool)

    def __init__(self, titles: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Plots to show")
        self.buttons: dict[str, QToolButton] = {}
        for name, title in titles.items():
            made = QToolButton()
            made.setText(title)
            made.setCheckable(True)
            made.setProperty("look", "toggle")
            made.setToolTip(f"Show or hide the plot: {title}")
            made.setAccessibleName(f"Show the plot: {title}")
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.clicked.connect(lambda on, name=name: self.toggled.emit(name, on))
            self.buttons[name] = made
        self.setLayout(row(label("Plots", "muted"), *self.buttons.values(), STRETCH, gap=4))


class Board(QScrollArea):
    """The chosen plots in a grid that fits the room; it scrolls when there are too many for it.

    ``chosen`` are names in the order of ``plots``; those that are not available (the run has no
    such numbers) are left out until they are. At least one plot stays.

    Signals:
        chosen_changed(tuple): somebody chose others.
    """

    chosen_changed = Signal(object)

    def __init__(self, plots: Mapping[str, CurvePlot], chosen: Iterable[str]) -> None:
        super().__init__()
        self.plots = dict(plots)
        self.toggles = Toggles({name: plot.title for name, plot in plots.items()})
        self._chosen = set(chosen) & set(plots) or set(list(plots)[:1])
        self._available = set(plots)
        self._columns = 0
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumSize(_LEAST)
        holder = QWidget()
        holder.setProperty("look", "plain")
        self._grid = QGridLayout(holder)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(SPACE)
        for plot in self.plots.values():
            plot.setMinimumSize(_LEAST)
            plot.hide()
            plot.setParent(holder)
        self.setWidget(holder)
        self.toggles.toggled.connect(self._on_toggle)
        self._arrange()

    @property
    def chosen(self) -> tuple[str, ...]:
        """The names of the chosen plots, in order, also of those that are not available."""
        return tuple(name for name in self.plots if name in self._chosen)

    @property
    def shown(self) -> tuple[str, ...]:
        """The names of the plots that are there to be seen; never none."""
        shown = tuple(name for name in self.chosen if name in self._available)
        return shown or tuple(self.plots)[:1]

    def choose(self, names: Iterable[str]) -> None:
        """Shows other plots, without telling."""
        self._chosen = set(names) & set(self.plots) or self._chosen
        self._arrange()

    def set_available(self, name: str, available: bool) -> None:
        """Says whether a plot has, or will have, anything to show."""
        if available != (name in self._available):
            self._available ^= {name}
            self._arrange()

    @property
    def wanted_height(self) -> int:
        """What the chosen plots need in order not to be scrolled."""
        rows = -(-len(self.shown) // max(1, self._columns))
        return rows * (_LEAST.height() + SPACE)

    def _on_toggle(self, name: str, on: bool) -> None:
        others = self._chosen - {name}
        if on or others & self._available:
            self._chosen = others | ({name} if on else set())
            self.chosen_changed.emit(self.chosen)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Puts more or fewer plots side by side."""
        super().resizeEvent(event)
        if self._wanted_columns() != self._columns:
            self._arrange()

    def _wanted_columns(self) -> int:
        count = len(self.shown)
        most = max(1, (self.viewport().width() + SPACE) // (_WIDE + SPACE))
        most = min(most, 3)
        rows = -(-count // most)
        return -(-count // rows)

    def _arrange(self) -> None:
        self._columns = self._wanted_columns()
        shown = self.shown
        for name, made in self.toggles.buttons.items():
            made.setVisible(name in self._available)
            made.setChecked(name in shown)
        for name, plot in self.plots.items():
            self._grid.removeWidget(plot)
            plot.setVisible(name in shown)
        last_row, rest = divmod(len(shown) - 1, self._columns)
        for place, name in enumerate(shown):
            line, column = divmod(place, self._columns)
            alone = line == last_row and rest == 0 and self._columns == 2 and last_row > 0
            self._grid.addWidget(self.plots[name], line, column, 1, 2 if alone else 1)
        for at in range(len(self.plots)):
            self._grid.setRowStretch(at, 1 if at <= last_row else 0)
            self._grid.setColumnStretch(at, 1 if at < self._columns else 0)
