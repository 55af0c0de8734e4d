"""The page on this computer: shown once, skipped, tested, cancelled, and never in the way."""

from __future__ import annotations

import importlib
import threading

import pytest
from PySide6.QtWidgets import QLabel, QScrollArea

from engine.computer import looking, trying
from engine.computer.records import Card, Computer, Graphics
from engine.computer.trying import Speed, Trial
from engine.errors import FoveaError
from gui.job import Job
from gui.pages.computer.page import ComputerPage
from gui.window import Window
from tests.gui.pages.conftest import click, settle

CARD = Card("NVIDIA", "RTX 4070", 12 * 2**30, 11 * 2**30, (8, 9))
importlib.import_module("torch")  # or the first look waits for it
GRAPHICS = Graphics((CARD,), "580.65.06", cuda="13.2", usable=1)


@pytest.fixture
def computer(monkeypatch: pytest.MonkeyPatch):
    """Plants what is found: ``computer(driver="470")``."""

    def plant(**facts) -> None:
        from dataclasses import replace

        found = Computer("RTX 4070 (cuda:0)", "A processor", 8, 2**34, replace(GRAPHICS, **facts))
        monkeypatch.setattr(looking, "look", lambda: found)

    plant()
    return plant


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page does not wait for the window's first picture."""
    monkeypatch.setattr("gui.pages.computer.page._LOOK_AFTER_MS", 0)


def words(page: ComputerPage) -> str:
    return "\n".join(part.text() for part in page.findChildren(QLabel) if part.isVisible())


def test_it_shows_card_driver_memory_and_processor(qtbot, computer, show) -> None:
    page = show(ComputerPage)
    assert page.verdict.text() == "Training uses the graphics card"
    for part in ("RTX 4070, 12.0 GiB", "NVIDIA 580.65.06", "A processor, 8 logical", "16.0 GiB"):
        qtbot.waitUntil(lambda part=part: part in words(page), timeout=5000)


def test_it_scrolls_only_where_there_is_no_room(qtbot, computer, show) -> None:
    page = show(ComputerPage)
    bar = page.findChild(QScrollArea).verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() == 0, timeout=5000)
    page.resize(900, 300)
    qtbot.waitUntil(lambda: bar.maximum() > 0, timeout=5000)
    assert bar.maximum() > 0


def test_it_says_why_a_card_is_not_used(computer, show) -> None:
    computer(driver="470.82", usable=0)
    page = show(ComputerPage)
    assert page.verdict.text() == "Training uses the processor"
    assert "580 or newer" in page.advice.text()


def test_trouble_while_looking_is_told(show, monkeypatch) -> None:
    def fail() -> None:
        raise FoveaError("FV-X", "It cannot be seen.", why="No reason.")

    monkeypatch.setattr(looking, "look", fail)
    page = show(ComputerPage)
    assert page.verdict.text() == "It cannot be seen."
    assert not page.test.start.isEnabled()


def test_a_test_is_run_and_told(qtbot, computer, show, session, monkeypatch) -> None:
    went = threading.Event()

    def run(progress) -> Trial:
        progress(20, 100, "RTX 4070")
        assert went.wait(10)
        return Trial((Speed("RTX 4070", 900.0), Speed("CPU", 45.0)))

    monkeypatch.setattr(trying, "try_training", run)
    page = show(ComputerPage)
    click(qtbot, page.test.start)
    qtbot.waitUntil(lambda: page.test.now.text() == "RTX 4070", timeout=5000)
    assert (page.test.bar.value(), page.test.bar.maximum()) == (20, 100)
    assert not page.test.start.isVisible()
    went.set()
    settle(qtbot, session)
    qtbot.waitUntil(lambda: "RTX 4070: 900 images/s" in words(page), timeout=5000)
    assert "20.0 times as fast" in words(page)
    assert page.test.start.isVisible()


def test_a_test_is_cancelled_by_hand_and_by_a_training(
    qtbot, computer, show, session, monkeypatch
) -> None:
    ended = threading.Semaphore(0)

    def run(progress) -> Trial:
        try:
            for number in range(10_000):
                progress(number, 10_000, "RTX")
                threading.Event().wait(0.002)
        finally:
            ended.release()
        return Trial(())

    monkeypatch.setattr(trying, "try_training", run)
    page = show(ComputerPage)
    click(qtbot, page.test.start)
    qtbot.waitUntil(lambda: page.test.now.text() == "RTX", timeout=5000)
    click(qtbot, page.test.cancel)
    assert ended.acquire(timeout=5)
    qtbot.waitUntil(lambda: "cancelled" in words(page), timeout=5000)
    click(qtbot, page.test.start)
    qtbot.waitUntil(lambda: page.test.now.text() == "RTX", timeout=5000)
    session.runner._set_job(Job(phase="running"))
    assert ended.acquire(timeout=5)
    assert not page.test.start.isEnabled()
    assert page.test.start.toolTip() == "A training is running."
    session.runner._set_job(Job())
    assert page.test.start.isEnabled()
    settle(qtbot, session)


def test_the_first_start_shows_it_once_and_it_is_left(qtbot, computer, window: Window) -> None:
    assert not window.settings.met_computer
    window.go("computer")
    assert window.settings.met_computer
    assert window.current == "computer"
    assert not window.top.isVisible()
    click(qtbot, window.computer.leave)
    assert window.current == "welcome"
    settle(qtbot, window.session)


def test_it_is_reached_from_help_and_from_the_device(
    qtbot, computer, window: Window, project_folder
) -> None:
    window.files.open(project_folder)
    window._making.stop()
    qtbot.waitUntil(lambda: window.current == "data", timeout=20_000)
    help_menu = window.menuBar().actions()[-1].menu()
    next(a for a in help_menu.actions() if a.text() == "This &computer").trigger()
    assert window.current == "computer"
    click(qtbot, window.computer.leave)
    assert window.current == "data"
    window.top._show_device("RTX 4070")
    click(qtbot, window.top.device)
    assert window.current == "computer"
    window.go("data")
    settle(qtbot, window.session)
