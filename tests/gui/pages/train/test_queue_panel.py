"""The queue beside the curves, by mouse and keys, and the recipe that waits in it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from engine.graph.edits import disconnect
from gui.pages.base import Session
from gui.pages.train.page import TrainPage
from gui.pages.train.queue_panel import words_of
from tests.gui.conftest import FakeTraining
from tests.gui.pages.conftest import OpenPage, change, click, settle, type_into

ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def busy(qtbot, session: Session, tiny, show: OpenPage, fake_training: FakeTraining) -> TrainPage:
    """The page while a training goes on that ends when the test says so."""
    session.document.open(tiny)
    page = show(TrainPage)
    page.primary_action().run()
    qtbot.waitUntil(lambda: session.runner.job.phase == "running", timeout=90_000)
    settle(qtbot, session)
    return page


def enqueue(qtbot, page: TrainPage, epochs: int) -> None:
    type_into(qtbot, page.form, "epochs", str(epochs))
    click(qtbot, page.enqueue)
    settle(qtbot, page.session)


def lines(page: TrainPage) -> list[str]:
    return [page.queue.list.item(row).text() for row in range(page.queue.list.count())]


def test_a_recipe_is_added_as_it_stands(qtbot, busy: TrainPage) -> None:
    enqueue(qtbot, busy, 5)
    enqueue(qtbot, busy, 7)
    type_into(qtbot, busy.form, "epochs", "9")
    assert [entry.epochs for entry in busy.queue.waiting.entries] == [5, 7]
    assert lines(busy)[0].startswith("Waits: 5 epochs")
    assert lines(busy)[1] == "Waits: 7 epochs, else as before"
    assert busy.tabs.tabText(busy.tabs.indexOf(busy.queue)) == "Queue (2)"
    assert not busy.queue.empty.isVisible()


def test_entries_are_moved_and_removed(qtbot, busy: TrainPage) -> None:
    for epochs in (5, 6, 7):
        enqueue(qtbot, busy, epochs)
    busy.tabs.setCurrentWidget(busy.queue)
    queue = busy.queue
    queue.list.setCurrentRow(2)
    queue.list.setFocus()
    qtbot.keyClick(queue.list, Qt.Key.Key_Up, ALT)
    settle(qtbot, busy.session)
    assert [entry.epochs for entry in queue.waiting.entries] == [5, 7, 6]
    assert queue.list.currentRow() == 1, "the entry stays marked"
    click(qtbot, queue.up)
    settle(qtbot, busy.session)
    assert [entry.epochs for entry in queue.waiting.entries] == [7, 5, 6]
    assert not queue.up.isEnabled()
    click(qtbot, queue.down)
    settle(qtbot, busy.session)
    qtbot.keyClick(queue.list, Qt.Key.Key_Delete)
    settle(qtbot, busy.session)
    assert [entry.epochs for entry in queue.waiting.entries] == [5, 6]
    click(qtbot, queue.remove)
    settle(qtbot, busy.session)
    assert len(queue.waiting.entries) == 1


def test_the_queue_is_held_and_started(qtbot, busy: TrainPage) -> None:
    enqueue(qtbot, busy, 5)
    busy.tabs.setCurrentWidget(busy.queue)
    assert busy.queue.hold.text() == "Hold"
    click(qtbot, busy.queue.hold)
    assert busy.queue.hold.text() == "Start"
    assert not busy.queue.waiting.armed
    click(qtbot, busy.queue.hold)
    settle(qtbot, busy.session)
    assert busy.queue.waiting.armed


def test_an_empty_queue_says_what_it_is_for(busy: TrainPage) -> None:
    busy.tabs.setCurrentWidget(busy.queue)
    assert busy.queue.empty.isVisible()
    assert "Add to queue" in busy.queue.empty.text()
    assert not busy.queue.hold.isEnabled()
    assert not busy.queue.remove.isEnabled()


def test_what_cannot_be_trained_does_not_wait(busy: TrainPage) -> None:
    model = busy.document.project.model
    change(busy.session, model=disconnect(model, model.wires[2]))
    assert not busy.enqueue.isEnabled()
    assert busy.enqueue.toolTip()
    busy.document.undo_stack.undo()
    assert busy.enqueue.isEnabled()


def test_an_entry_that_could_not_begin_says_why() -> None:
    from engine.runs.queue import QueueEntry

    failed = QueueEntry("a", "failed", epochs=3, trouble="The images are gone.")
    assert words_of(failed) == ("Could not begin: 3 epochs, else as before. The images are gone.")
    many = QueueEntry("b", "waiting", epochs=1, differing={f"x.{n}": ("1", "2") for n in range(9)})
    assert words_of(many).endswith("5 more")
