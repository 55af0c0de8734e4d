"""The learning rate test: a live curve, the suggestion on it, and one click to use it."""

from __future__ import annotations

import math
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import override

from engine.errors import FoveaError
from engine.train.tools.lr_curve import LrPoint, LrTest
from engine.train.tools.lr_test import lr_test, with_rate
from gui.numbers import duration
from gui.pages.base import Page
from gui.pages.train.tools.dialog import ToolDialog
from gui.plots.log_plot import LogPlot
from gui.runner import Progress
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, Segmented, button, label, row

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["LrDialog"]

STEP, SMOOTH = "Loss of each step", "Smoothed"
_INTRO = (
    "A short training of a copy, in which the learning rate grows at every step. The loss falls "
    "where rates are good, and rises where they are too large. The project and its runs stay as "
    "they are."
)
_CHOICES = (("valley", "Middle of the descent"), ("steepest", "Steepest"), ("tenth", "Lowest / 10"))


class LrDialog(ToolDialog):
    """Runs the test as it opens; “Use this rate” is one undo step."""

    def __init__(self, page: Page) -> None:
        super().__init__(page, "Learning rate test", _INTRO, "Test again")
        self.found: LrTest | None = None
        self._points: list[LrPoint] = []
        self._inbox: deque[LrPoint] = deque()
        self.plot = LogPlot(
            "Loss over learning rate",
            x_label="Learning rate",
            empty="The curve appears with the first step.",
        )
        self.plot.add_series(STEP, colour=7, smoothed=False)
        self.plot.add_series(SMOOTH, colour=0, smoothed=False)
        self.plot.header.smooth_button.hide()  # smoothed by the rule of the test already
        self.plot.failed.connect(page.session.error)
        self.verdict = label("", "section", wrap=True, select=True)
        self.how = label("", "", wrap=True, select=True)
        self.choice = Segmented(_CHOICES, name="Rate to use")
        self.choice.chosen.connect(self._mark)
        self.use = button("Use this rate", self._use, look="primary")
        self.use.setAutoDefault(False)
        self.body.addWidget(self.plot, 1)
        self.body.addWidget(self.verdict)
        self.body.addWidget(self.how)
        self.body.addLayout(row(self.choice, STRETCH, gap=SPACE))
        self.foot.insertWidget(2, self.use)
        self._show_result()

    @property
    def rate(self) -> float | None:
        """The rate that is chosen; ``None`` while there is none."""
        return None if self.found is None else getattr(self.found, self.choice.current)

    @override
    def start(self) -> None:
        self.found = None
        self._points, self._inbox = [], deque()
        self._draw()
        self._show_result()
        super().start()

    @override
    def work(self, project: Project, folder: Path, progress: Progress) -> LrTest:
        return lr_test(project, folder, progress=progress, on_point=self._inbox.append)

    @override
    def advance(self) -> None:
        if self._inbox:
            while self._inbox:
                self._points.append(self._inbox.popleft())
            self._draw()

    @override
    def finish(self, result: LrTest) -> None:
        self.found = result
        self.choice.set_current("valley")
        self._show_result()
        self._mark()
        if self.use.isEnabled():
            self.use.setFocus()

    @override
    def cancelled(self) -> None:
        self.verdict.setText("Cancelled: the curve is not complete, so it names no rate.")
        self.verdict.show()

    def _draw(self) -> None:
        """All points anew: how much of the divergence is worth room changes with each."""
        self.plot.clear()
        rates = [point.rate for point in self._points]
        most = _ceiling(self._points)
        for name, part in ((STEP, "loss"), (SMOOTH, "smoothed")):
            values = [getattr(point, part) for point in self._points]
            below = [value if value <= most else math.nan for value in values]
            self.plot.append(name, rates, below)
        self.plot.view.zoomed = False
        self.plot.flush()

    def _show_result(self) -> None:
        found = self.found
        named = found is not None and found.suggestion is not None
        self.choice.setVisible(named)
        self.use.setVisible(named)
        self.verdict.setVisible(found is not None)
        self.how.setVisible(found is not None)
        if found is None:
            return
        if found.suggestion is None:
            self.verdict.setText(f"No rate is suggested. The project has {found.current:g}.")
        else:
            sure = "" if found.sure else ", but the curve is not clear"
            self.verdict.setText(
                f"Suggested learning rate: {found.suggestion:g}{sure}. "
                f"The project has {found.current:g}."
            )
        took = f"{len(found.points)} steps in {duration(found.seconds)} on {found.device}."
        self.how.setText(f"{found.how} {took}")

    def _mark(self, _key: str = "") -> None:
        rate = self.rate
        self.plot.mark_best(rate, "" if rate is None else f"{rate:g}")
        self.use.setText("Use this rate" if rate is None else f"Use {rate:g}")

    def _use(self) -> None:
        project, rate = self.page.document.project, self.rate
        if project is None or rate is None:
            return
        try:
            self.page.document.apply(with_rate(project, rate), f"Use learning rate {rate:g}")
        except FoveaError as error:
            self.problem.show_error(error, "")
            return
        self.page.session.toast(f"The learning rate is {rate:g} now.", "success")
        self.accept()


def _ceiling(points: list[LrPoint]) -> float:
    """The highest loss that is drawn: as far above the start as the lowest one is below it.

    Without it the divergence, which may be a hundred times higher, leaves the descent no room.
    """
    if not points:
        return math.inf
    first = points[min(10, len(points) - 1)].smoothed
    lowest = min(point.smoothed for point in points)
    return max(first + max(first - lowest, 0.25 * abs(first)), lowest)
