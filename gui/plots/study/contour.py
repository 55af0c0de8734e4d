"""The objective over two settings, as shades between the trials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from gui.objective_words import value_words
from gui.plots.caption import Entry
from gui.plots.marks import Mark
from gui.plots.saving import csv_text
from gui.plots.study.choosing import SettingChoice
from gui.plots.study.look import ramp
from gui.plots.study.plot import Background, at_once
from gui.plots.study.surface import BANDS, Surface, surface
from gui.plots.study.trials import Trials
from gui.plots.study.view_plot import ViewPlot
from gui.plots.study.words import place_words
from gui.plots.view import Bounds
from gui.theme import theme
from gui.widgets import label, row

__all__ = ["ContourPlot"]

_SHORT = "Kernel mean of trials nearby"
_METHOD = (
    "The shades are the mean of the complete trials nearby, weighed by a Gaussian kernel with "
    "Scott's bandwidth along each axis; blank where there are none."
)


class ContourPlot(ViewPlot):
    """Two settings, chosen by somebody, and between the trials an estimate of the objective.

    The stronger a shade, the better. Points are the complete trials that it is worked out from.
    """

    TITLE = "Contour"

    def __init__(self, background: Background = at_once) -> None:
        super().__init__(background)
        self._shades = pg.ImageItem()
        self._shades.setZValue(1)
        self.view.add(self._shades)
        self.across, self.up = SettingChoice("Setting across"), SettingChoice("Setting upward")
        self._choices = QWidget()
        self._choices.setLayout(row(self.across, label("and", "caption"), self.up))
        self._choices.hide()
        self.tools.insertWidget(0, self._choices)
        self.across.chosen.connect(self.renew)
        self.up.chosen.connect(self.renew)
        self._found: Surface | None = None

    def choose(self, across: str, up: str) -> None:
        """Shows two other settings."""
        self.across.choose(across)
        self.up.choose(up)
        self.renew()

    @override
    def _work(self, trials: Trials) -> Callable[[], Any]:
        wanted = (self.across.address, self.up.address)
        return lambda: surface(trials, *wanted)

    @override
    def _show(self, trials: Trials, found: Surface, *, anew: bool) -> None:
        before, self._found = self._found, found
        x, y = found.across, found.up
        other = before is None or (before.across.address, before.up.address) != (
            x.address,
            y.address,
        )
        self._choices.show()
        self.across.offer(trials.addresses, x.address)
        self.up.offer(trials.addresses, y.address)
        self.view.bottom.measure(x.label, log=x.log, names=x.names)
        self.view.left.measure(y.label, log=y.log, names=y.names)
        self._colour()
        bounds = Bounds(*x.ends, *y.ends)
        self._place(found.x, found.y, trials.states, bounds, anew=anew or other)
        self._name(trials)

    def _colour(self) -> None:
        """Gives the bands of the estimate the theme's colours."""
        found = self._found
        if found is None:
            self._shades.clear()
            return
        colours = [colour.getRgb() for colour in _shades()]
        table = np.array([*colours, (0, 0, 0, 0)], dtype=np.uint8)
        self._shades.setImage(table[found.bands], levels=None, autoLevels=False)
        (left, right), (low, high) = found.across.ends, found.up.ends
        self._shades.setRect(QRectF(left, low, right - left, high - low))

    def _name(self, trials: Trials) -> None:
        found = self._found
        if found is None:
            return
        ends = [value_words(trials.objective, end) for end in (found.low, found.high)]
        worst, best = ends if trials.objective.maximise else reversed(ends)
        self.key.set_entries((Entry("Complete", mark=self._marks()[0]),), _SHORT, _METHOD)
        self.key.set_ramp(_shades(), worst, best)

    @override
    def _marks(self) -> tuple[Mark, ...]:
        """In the colour of text: on the shades their own is not seen."""
        return (Mark("disc", theme().colour("text").name(), 0.6 * self.mark_size),)

    @override
    def _clear(self) -> None:
        super()._clear()
        self._found = None
        self._shades.clear()
        self._choices.hide()

    @override
    def _restyle(self) -> None:
        super()._restyle()
        self._colour()
        if self.trials is not None:
            self._name(self.trials)

    @override
    def _on_hover(self, position: QPointF | None) -> None:
        super()._on_hover(position)
        if position is None or self.tip.text or self._found is None or self.trials is None:
            return
        at = self.view.box.mapSceneToView(self.view.mapToScene(position.toPoint()))
        value = self._found.at(at.x(), at.y())
        if value is not None and self.view.area().contains(position):
            across, up = self._found.across, self._found.up
            lines = [
                (self.trials.objective.label, value_words(self.trials.objective, value)),
                (across.label, place_words(across, at.x())),
                (up.label, place_words(up, at.y())),
            ]
            self.tip.show_tip(position, "Mean of the trials nearby", lines, ring=False)

    @override
    def csv(self) -> str:
        if self.trials is None or self._found is None:
            return csv_text(("trial", "state", "value"), ())
        across, up = self._found.across.address, self._found.up.address
        rows = (
            (row.number, row.state, row.settings[across], row.settings[up], value)
            for row, value in zip(self.trials.rows, self.trials.values.tolist(), strict=True)
            if row.state == "complete" and across in row.settings and up in row.settings
        )
        return csv_text(("trial", "state", across, up, "value"), rows)


def _shades() -> list[Any]:
    return ramp(BANDS)
