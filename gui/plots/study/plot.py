"""What all plots of a study share: title, key, readout, saving, and work behind the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QHBoxLayout, QMenu, QVBoxLayout, QWidget
from typing_extensions import override

from engine.errors import FoveaError
from engine.tune.table import StudyTable
from gui.plots.caption import Caption
from gui.plots.header import PlotHeader
from gui.plots.saving import Saver
from gui.plots.study.key import Key
from gui.plots.study.tip import TrialTip
from gui.plots.study.trials import Trials
from gui.plots.study.words import head_words, trial_lines
from gui.theme import SPACE, theme

__all__ = ["Background", "StudyPlot", "at_once", "nothing"]

Background = Callable[[Callable[[], Any], Callable[[Any], object], Callable[[Any], object]], object]
"""Calls its first argument elsewhere, then here the second with the result, or the third with the
FoveaError."""

_FAR = 32
"""Pixels."""

_NOTHING = "Appears after the first finished trial."
_NO_VALUE = "No trial has a value yet: those that ended were pruned or failed."


def nothing(trials: Trials) -> str:
    """Why there is no value to draw, in a sentence."""
    ended = any(row.state in ("complete", "pruned", "failed") for row in trials.rows)
    return _NO_VALUE if ended else _NOTHING


def at_once(
    work: Callable[[], Any], done: Callable[[Any], object], _failed: Callable[[Any], object]
) -> None:
    """A :data:`Background` without one: works here and now."""
    done(work())


class StudyPlot(QFrame):
    """The base of a study's plots: hand it a table as often as trials come.

    A plot says in :meth:`_work` what is worked out (on another thread, if ``background`` has one),
    and draws that in :meth:`_show`. Zoom and choices stay while the study is the same.

    Signals:
        trial_clicked(int): the number of the trial that was clicked, or chosen with Page Up and
            Page Down and then Enter.
        failed(FoveaError): a file could not be written, or the work failed.
    """

    trial_clicked = Signal(int)
    failed = Signal(object)

    TITLE: ClassVar[str] = ""

    def __init__(self, body: QWidget, background: Background = at_once) -> None:
        super().__init__()
        self.setProperty("look", "card")
        self.trials: Trials | None = None
        self.body = body
        self.key = Key()
        self._background = background
        self._asked: Trials | None = None
        self._busy = self._again = False
        self._current: int | None = None
        self._cursor: QPointF | None = None
        over = body.viewport() if isinstance(body, QAbstractScrollArea) else body
        self.tip = TrialTip(over)
        self.header = PlotHeader(self.TITLE)
        self.header.hide_legend()
        self.header.log_button.hide()
        self.header.fit_wished.connect(self.fit)
        self.header.menu_wished.connect(self.open_menu)
        self.saver = Saver(
            body, self.TITLE, self.csv, self.failed.emit, self.caption, self._in_full
        )
        self._lay_out()
        body.installEventFilter(self)
        self.setAccessibleName(f"Plot: {self.TITLE}")
        body.setAccessibleName(self.TITLE)
        self.tip.show_empty(_NOTHING)
        theme().follow(self._restyle)

    def _lay_out(self) -> None:
        self.tools = QHBoxLayout()
        self.tools.setContentsMargins(SPACE, 0, SPACE, 0)
        self.tools.setSpacing(SPACE)
        self.tools.addWidget(self.key, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 4)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addLayout(self.tools)
        layout.addWidget(self._framed(self.body), 1)
        self.setMinimumSize(280, 180)

    def _framed(self, body: QWidget) -> QWidget:
        """What stands in the plot: the body, or an area that it scrolls in."""
        return body

    # What comes in

    def set_table(self, table: StudyTable) -> None:
        """Draws the trials of a study by its first objective."""
        self.set_trials(Trials(table))

    def set_trials(self, trials: Trials) -> None:
        """Draws trials by the objective that they were made for; several plots may share them."""
        self._asked = trials
        self.renew()

    @property
    def busy(self) -> bool:
        """Whether something is being worked out that is not drawn yet."""
        return self._busy

    def renew(self) -> None:
        """Works out the drawing anew, after the work in hand if there is some."""
        if self._asked is None:
            return
        if self._busy:
            self._again = True
            return
        self._busy, trials = True, self._asked
        self._background(
            self._work(trials), lambda found: self._take(trials, found), self._on_failed
        )

    def _take(self, trials: Trials, found: Any) -> None:
        self._busy = False
        before, self.trials = self.trials, trials
        other = before is None or before.table.study != trials.table.study
        anew = before is None or other or before.number != trials.number
        if before is None or other or len(before) > len(trials):
            self._current = None
        was_read = bool(self.tip.text)
        self.tip.hide_tip()
        self.tip.show_empty(found if isinstance(found, str) else "")
        if isinstance(found, str):
            self._clear()
        else:
            self._show(trials, found, anew=anew)
            self._read_again(was_read=was_read)
        if self._again:
            self._again = False
            self.renew()

    def _read_again(self, *, was_read: bool) -> None:
        """What was read out before other trials came stays in sight."""
        if self._cursor is not None:
            self._on_hover(self._cursor)
        elif was_read and self._current is not None and self._anchor(self._current) is not None:
            self._read(self._current)

    def _on_failed(self, error: FoveaError) -> None:
        self._busy = self._again = False
        if self.trials is None:
            self.tip.show_empty(error.what)
        self.failed.emit(error)

    # What a plot is

    def _work(self, trials: Trials) -> Callable[[], Any]:
        """What is worked out, without Qt: gives what :meth:`_show` takes, or a sentence."""
        raise NotImplementedError

    def _show(self, trials: Trials, found: Any, *, anew: bool) -> None:
        """Draws what was worked out; ``anew`` for another study, of which everything is shown."""
        raise NotImplementedError

    def _clear(self) -> None:
        """Takes the drawing away: there is nothing to see yet."""
        raise NotImplementedError

    def _restyle(self) -> None:
        """Takes the theme's colours."""
        raise NotImplementedError

    def _at(self, position: QPointF) -> int | None:
        """The index of the trial under a point of the body."""
        raise NotImplementedError

    def _anchor(self, index: int) -> QPointF | None:
        """Where a trial lies in the body; ``None`` where it is not drawn."""
        raise NotImplementedError

    def fit(self) -> None:
        """Shows everything."""
        raise NotImplementedError

    def csv(self) -> str:
        """The numbers of the drawing as CSV, in full precision."""
        raise NotImplementedError

    @contextmanager
    def _in_full(self) -> Iterator[None]:
        """Draws for a file or the clipboard meanwhile."""
        yield

    def caption(self) -> Caption:
        """Title and key, for a picture of the plot."""
        return Caption(self.TITLE, self.key.entries)

    def save(self, path: Path) -> None:
        """Writes PNG, SVG or CSV by the file's suffix; raises FoveaError when it cannot."""
        self.saver.save(path)

    # Hands

    def _on_hover(self, position: QPointF | None) -> None:
        self._cursor = position
        index = self._at(position) if position is not None and self.trials is not None else None
        if index is None:
            self.tip.hide_tip()
        else:
            self._read(index, position)

    def _read(self, index: int, position: QPointF | None = None) -> None:
        """Reads a trial out, with a ring about it; beside the cursor where its middle is far."""
        assert self.trials is not None
        row, at = self.trials.rows[index], self._anchor(index)
        far = position is not None and (at is None or (at - position).manhattanLength() > _FAR)
        place = position if far else at
        if place is not None:
            lines = trial_lines(self.trials, row)
            self.tip.show_tip(place, head_words(row), lines, ring=not far)

    def _on_click(self, position: QPointF) -> None:
        index = self._at(position) if self.trials is not None else None
        if index is not None and self.trials is not None:
            self._current = index
            self.trial_clicked.emit(self.trials.rows[index].number)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Takes the keys that walk along trials, before an area that scrolls takes them."""
        if watched is not self.body or not isinstance(event, QKeyEvent):
            return False
        return event.type() == QEvent.Type.KeyPress and self._on_key(Qt.Key(event.key()))

    def _on_key(self, key: Qt.Key) -> bool:
        if self.trials is None:
            return False
        if key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self._walk(1 if key == Qt.Key.Key_PageDown else -1)
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current is not None:
            self.trial_clicked.emit(self.trials.rows[self._current].number)
            return True
        return False

    def _walk(self, step: int) -> None:
        """Reads out the next or the previous trial that is drawn."""
        count = len(self.trials) if self.trials is not None else 0
        index = self._current if self._current is not None else -1 if step > 0 else count
        while 0 <= (index := index + step) < count:
            if self._anchor(index) is not None:
                self._current = index
                self._read(index)
                self.body.setAccessibleDescription(self.tip.text)
                return

    def open_menu(self, at: QPoint) -> None:
        """The context menu at a place of the screen."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if not self.header.fit_button.isHidden():
            menu.addAction("Show everything", self.fit)
            menu.addSeparator()
        self.saver.fill(menu)
        menu.popup(at)
