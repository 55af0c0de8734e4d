"""Where the keyboard is after a button was pressed that is then disabled or hidden."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gui.job import Job
from gui.pages.tune.page import TunePage
from gui.search_job import SearchJob
from gui.widgets import BusyOverlay, FocusKeeper, hand_on
from gui.window import Window
from tests.gui.conftest import FakeTraining
from tests.gui.pages.conftest import settle

LONG = 60_000


def press(qtbot, widget: QWidget, key: Qt.Key = Qt.Key.Key_Space) -> None:
    """Walks to a widget, and presses a key in it as a hand does."""
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(widget.hasFocus)
    qtbot.keyClick(QApplication.focusWidget(), key)


@pytest.fixture
def opened(qtbot, window: Window, searched: Path) -> Window:
    """The window with a project that has been searched."""
    window.files.open(searched)
    window._making.stop()
    qtbot.waitUntil(lambda: window.current == "data", timeout=20_000)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    settle(qtbot, window.session)
    return window


def tune_page(window: Window) -> TunePage:
    page = window.pages["tune"]
    assert isinstance(page, TunePage)
    return page


def at(window: Window) -> QWidget | None:
    return window.focusWidget()


@pytest.mark.parametrize("bar", ["top", "job"])
def test_after_stop_the_keyboard_is_at_resume(
    qtbot, qapp: QApplication, opened: Window, bar: str
) -> None:
    opened.go("tune")
    page, job = tune_page(opened), opened.session.runner
    settle(qtbot, opened.session)
    qtbot.mouseClick(page.plan.new, Qt.MouseButton.LeftButton)
    press(qtbot, opened.top.primary)  # Start search
    qtbot.waitUntil(lambda: job.job.phase == "running", timeout=LONG)
    qtbot.waitUntil(lambda: at(opened) is opened.top.primary)
    assert opened.top.primary.text() == "Pause search"
    seen: list[QWidget | None] = []
    taken = qapp.focusChanged.connect(lambda _old, new: seen.append(new))
    press(qtbot, opened.top.primary if bar == "top" else opened.job.stop)
    qtbot.waitUntil(lambda: not job.job.active, timeout=LONG)
    settle(qtbot, opened.session)
    qtbot.waitUntil(lambda: at(opened) is opened.top.primary)
    qapp.disconnect(taken)
    assert opened.top.primary.text() == "Resume search"
    assert not any(one is not None and opened.rail.isAncestorOf(one) for one in seen)


def test_train_stop_and_pause_keep_the_keyboard(
    qtbot, opened: Window, fake_training: FakeTraining
) -> None:
    runner = opened.session.runner
    opened.go("train")
    settle(qtbot, opened.session)
    press(qtbot, opened.top.primary)
    qtbot.waitUntil(lambda: runner.job.phase == "running", timeout=LONG)
    qtbot.waitUntil(lambda: at(opened) is opened.top.primary)
    press(qtbot, opened.job.pause)
    qtbot.waitUntil(lambda: runner.job.phase == "paused", timeout=LONG)
    assert at(opened) is opened.job.pause
    qtbot.keyClick(opened.job.pause, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: runner.job.phase == "running", timeout=LONG)
    press(qtbot, opened.job.after_epoch)
    qtbot.waitUntil(opened.job.after_epoch.isHidden)
    qtbot.waitUntil(lambda: at(opened) is opened.top.primary)
    press(qtbot, opened.job.stop)
    qtbot.waitUntil(lambda: not runner.job.active, timeout=LONG)
    qtbot.waitUntil(lambda: at(opened) is opened.top.primary)
    press(qtbot, opened.job.dismiss)
    qtbot.waitUntil(lambda: at(opened) is opened.pages["train"])


def test_a_test_of_the_computer_can_be_cancelled_and_begun_again_with_one_key(
    qtbot, opened: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Start and Cancel stand in each other's place, and hand each other the keyboard."""
    ended = threading.Event()
    monkeypatch.setattr("gui.pages.computer.speed_card._try", lambda _: ended.wait(LONG / 1000))
    opened.go("computer")
    assert opened.computer is not None
    card = opened.computer.test
    qtbot.waitUntil(card.start.isEnabled, timeout=LONG)
    press(qtbot, card.start)
    qtbot.waitUntil(lambda: at(opened) is card.cancel)
    qtbot.keyClick(card.cancel, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: at(opened) is card.start)
    assert card.cancel.isHidden()
    ended.set()
    settle(qtbot, opened.session)


def test_the_check_of_a_winner_is_stopped_and_gone_on_with(qtbot, opened: Window) -> None:
    opened.go("tune")
    settle(qtbot, opened.session)
    results = tune_page(opened).results
    results.tabs.setCurrentWidget(results.winner)
    settle(qtbot, opened.session)
    panel, runner = results.winner, opened.session.runner
    qtbot.waitUntil(panel.start.isVisible, timeout=LONG)
    press(qtbot, panel.start)
    qtbot.waitUntil(lambda: runner.job.phase == "running", timeout=LONG)
    qtbot.waitUntil(lambda: at(opened) is panel.stop)
    qtbot.keyClick(panel.stop, Qt.Key.Key_Space)
    assert at(opened) is opened.pages["tune"]
    qtbot.waitUntil(lambda: not runner.job.active, timeout=LONG)
    settle(qtbot, opened.session)
    qtbot.waitUntil(lambda: at(opened) is panel.start)
    assert panel.start.text() == "Go on with the check"


def test_the_person_has_the_last_word(
    qtbot, opened: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who walks on while a search stops is not called back."""
    opened.go("tune")
    settle(qtbot, opened.session)
    runner, top = opened.session.runner, opened.top
    qtbot.mouseClick(tune_page(opened).plan.new, Qt.MouseButton.LeftButton)
    top.primary.setFocus()
    job = Job(phase="stopping", folder=opened.session.document.folder, search=SearchJob("first"))
    monkeypatch.setattr(runner, "job", job)
    opened._refresh()
    assert not top.primary.isEnabled()
    assert at(opened) is opened.pages["tune"]
    qtbot.keyClick(opened.pages["tune"], Qt.Key.Key_Tab)
    there = at(opened)
    assert there is not None
    assert opened.pages["tune"].isAncestorOf(there)
    monkeypatch.undo()
    opened._refresh()
    qtbot.wait(20)
    assert top.primary.isEnabled()
    assert at(opened) is there


class Bars(QWidget):
    """Two bars of two buttons, and a page between them."""

    def __init__(self) -> None:
        super().__init__()
        self.page = QWidget()
        self.above, self.below = QWidget(), QWidget()
        self.choices = [QPushButton(str(place)) for place in range(4)]
        self.inside = QPushButton("inside", self.page)
        self.page.setMinimumSize(120, 40)
        whole = QVBoxLayout(self)
        for bar, two in ((self.above, self.choices[:2]), (self.below, self.choices[2:])):
            box = QHBoxLayout(bar)
            for one in two:
                box.addWidget(one)
            whole.addWidget(bar)
        whole.insertWidget(1, self.page)
        self.keeper = FocusKeeper(self, self, lambda: self.page)

    def focusNextPrevChild(self, forward: bool) -> bool:
        return self.keeper.keep() or super().focusNextPrevChild(forward)


@pytest.fixture
def bars(qtbot) -> Bars:
    made = Bars()
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


@pytest.mark.parametrize("how", ["hide", "disable"])
def test_the_next_of_the_same_bar_takes_it_and_none_of_another(qtbot, bars: Bars, how: str) -> None:
    first, second, third, _ = bars.choices
    for one in (first, second):
        one.clicked.connect(one.hide if how == "hide" else partial(one.setEnabled, False))
    press(qtbot, first)
    assert bars.focusWidget() is second
    press(qtbot, second)
    qtbot.wait(10)
    assert bars.focusWidget() is bars.page, "not the next bar"
    second.setEnabled(True)
    second.show()
    qtbot.waitUntil(second.hasFocus)
    assert not third.hasFocus()


def test_an_heir_takes_it_when_it_appears_and_may_be_destroyed_before(qtbot, bars: Bars) -> None:
    stop, resume, other, heir = bars.choices
    heir.hide()
    hand_on(stop, other, heir)
    other.setEnabled(False)
    stop.clicked.connect(stop.hide)
    press(qtbot, stop)
    qtbot.wait(10)
    assert bars.focusWidget() is bars.page
    other.deleteLater()
    qtbot.wait(10)
    heir.show()
    qtbot.waitUntil(heir.hasFocus)
    assert not resume.hasFocus()


def test_tab_after_a_part_was_shut_goes_on_in_the_page(qtbot, bars: Bars) -> None:
    """A disabled parent takes the focus from its child, and gives it to nobody."""
    bars.choices[1].setFocus()
    bars.above.setEnabled(False)
    bars.above.setEnabled(True)
    assert bars.focusWidget() is None
    qtbot.keyClick(bars, Qt.Key.Key_Tab)
    assert bars.focusWidget() is bars.inside


def test_a_cover_keeps_it_while_it_is_cancelled_and_gives_it_back(qtbot, bars: Bars) -> None:
    bars.inside.setFocus()
    overlay = BusyOverlay(bars.page)
    overlay.start("Reading images")
    assert bars.focusWidget() is overlay.panel.cancel
    qtbot.keyClick(overlay.panel.cancel, Qt.Key.Key_Space)
    assert not overlay.panel.cancel.isEnabled()
    qtbot.waitUntil(overlay.hasFocus)
    overlay.finish()
    assert bars.focusWidget() is bars.inside
