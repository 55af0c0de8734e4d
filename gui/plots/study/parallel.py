"""Parallel coordinates: each trial a line across all its settings and what it reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from gui.plots.saving import csv_text
from gui.plots.study.look import ramp
from gui.plots.study.parallel_axes import Parallels, parallels
from gui.plots.study.parallel_canvas import ParallelCanvas
from gui.plots.study.plot import Background, StudyPlot, at_once
from gui.plots.study.trials import Trials
from gui.widgets import button, scroll

__all__ = ["ParallelPlot"]


class ParallelPlot(StudyPlot):
    """Drag along an axis to keep the trials of a range; the others fade. Several ranges add up.

    Signals:
        chosen_changed(tuple or None): the numbers of the trials in all ranges; ``None`` while there
            is no range.
    """

    TITLE = "Parallel coordinates"

    chosen_changed = Signal(object)

    def __init__(self, background: Background = at_once) -> None:
        self.canvas = ParallelCanvas()
        super().__init__(self.canvas, background)
        self.clear_button = button("Clear ranges", self.canvas.reset)
        self.clear_button.hide()
        self.tools.addWidget(self.clear_button)
        self.canvas.hovered.connect(self._on_hover)
        self.canvas.clicked.connect(self._on_click)
        self.canvas.menu_wished.connect(self.open_menu)
        self.canvas.ranges_changed.connect(self._on_ranges)

    @override
    def _framed(self, body: QWidget) -> QWidget:
        area = scroll(body)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        return area

    @override
    def _work(self, trials: Trials) -> Callable[[], Any]:
        return lambda: parallels(trials)

    @override
    def _show(self, trials: Trials, found: Parallels, *, anew: bool) -> None:
        if anew:
            self.canvas.reset()
        self.canvas.show_lines(found)
        self.clear_button.show()  # always, as its coming would move the axes under the hand
        self._on_ranges()

    @override
    def _clear(self) -> None:
        self.canvas.show_lines(None)
        self.key.set_entries(())
        self.key.set_ramp((), "", "")
        self.clear_button.hide()

    @override
    def _restyle(self) -> None:
        self.canvas.restyle()
        self._on_ranges()

    def _on_ranges(self) -> None:
        """Says how many trials are left, here and to others."""
        found, trials = self.canvas.found, self.trials
        if found is None or trials is None:
            return
        within = found.within(self.canvas.ranges)
        some = bool(self.canvas.ranges)
        count, whole = int(within.sum()), int(found.drawn.sum())
        remark = f"{count:,} of {whole:,} trials" if some else "Drag along an axis to choose."
        self.key.set_entries((), remark)
        self.key.set_ramp(ramp(), found.worst, found.best)
        self.clear_button.setEnabled(some)
        numbers = trials.numbers[within].astype(int).tolist()
        self.chosen_changed.emit(tuple(numbers) if some else None)

    @override
    def _read(self, index: int, position: QPointF | None = None) -> None:
        self.canvas.current = index
        self.canvas.update()
        super()._read(index, position)

    @override
    def _on_hover(self, position: QPointF | None) -> None:
        super()._on_hover(position)
        if not self.tip.text and self.canvas.current is not None:
            self.canvas.current = None
            self.canvas.update()

    @override
    def _at(self, position: QPointF) -> int | None:
        return self.canvas.trial_at(position)

    @override
    def _anchor(self, index: int) -> QPointF | None:
        return self.canvas.anchor(index)

    @override
    def fit(self) -> None:
        self.canvas.reset()

    @contextmanager
    @override
    def _in_full(self) -> Iterator[None]:
        self.canvas.set_whole(True)
        try:
            yield
        finally:
            self.canvas.set_whole(False)

    @override
    def csv(self) -> str:
        trials, found = self.trials, self.canvas.found
        if trials is None or found is None:
            return csv_text(("trial", "state", "value"), ())
        within = np.flatnonzero(found.within(self.canvas.ranges)).tolist()
        rows = (
            (row.number, row.state, *(row.settings.get(a, "") for a in trials.addresses), value)
            for row, value in ((trials.rows[i], float(trials.shown[i])) for i in within)
        )
        return csv_text(("trial", "state", *trials.addresses, "value"), rows)
