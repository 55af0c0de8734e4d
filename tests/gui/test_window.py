"""The window on real clicks and keys: every control does what its label says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QWidget

from engine.errors import FoveaError
from engine.project import store
from gui.crash import CrashReporter
from gui.job import Job
from gui.numbers import duration
from gui.shell.dialogs import AboutDialog, ErrorDialog, Question, ShortcutsDialog
from gui.shell.new_project import NewProjectDialog
from gui.window import Window
from tests.gui.conftest import FakeTraining

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def opened(qtbot, window: Window, project_folder: Path) -> Window:
    """The window with a project open."""
    window.files.open(project_folder)
    window._making.stop()
    qtbot.waitUntil(lambda: window.current == "data", timeout=20_000)
    return window


def edit(window: Window, epochs: int = 3) -> None:
    document = window.session.document
    project = document.project
    assert project is not None
    changed = project.with_(training=project.training.with_(epochs=epochs))
    document.apply(changed, "Set epochs")


def dialog(window: Window, kind: type):
    found = [made for made in window.findChildren(kind) if made.isVisible()]
    return found[0] if found else None


def drop(window: Window, *paths: str) -> bool:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    action, keys = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(QPoint(9, 9), action, data, LEFT, keys)
    entered.ignore()
    QApplication.sendEvent(window, entered)
    if entered.isAccepted():
        QApplication.sendEvent(window, QDropEvent(QPointF(9, 9), action, data, LEFT, keys))
    return entered.isAccepted()


def test_it_starts_on_the_welcome_page(window: Window) -> None:
    assert window.current == "welcome"
    assert not window.rail.isVisible()
    assert not window.top.isVisible()
    assert not window.job.isVisible()


def test_recent_projects_are_listed_and_open(
    qtbot, window: Window, project_folder: Path, tmp_path: Path
) -> None:
    window.settings.add_recent(tmp_path / "gone")
    window.settings.add_recent(project_folder)
    window._show_welcome()
    row = window.welcome._rows.itemAt(0).widget()
    assert window.welcome._rows.count() == 1
    qtbot.mouseClick(row, LEFT)
    assert window.session.document.folder == project_folder
    window._making.stop()


def test_new_from_images_opens_its_dialog(qtbot, window: Window) -> None:
    qtbot.mouseClick(window.welcome.new, LEFT)
    made = dialog(window, NewProjectDialog)
    assert made is not None
    assert not made.make.isEnabled()
    made.reject()


def test_opening_shows_rail_and_title(opened: Window) -> None:
    assert opened.rail.isVisible()
    assert opened.top.name.text() == "cells"
    assert opened.windowTitle().startswith("cells")
    assert opened.settings.recent()[0].name == "cells"


def test_undo_and_redo_on_the_top_bar(qtbot, opened: Window) -> None:
    document = opened.session.document
    before = document.project
    edit(opened)
    assert opened.top.unsaved.isVisible()
    assert "Undo: Set epochs" in opened.top.undo.toolTip()
    qtbot.mouseClick(opened.top.undo, LEFT)
    assert document.project is before
    assert not opened.top.unsaved.isVisible()
    qtbot.mouseClick(opened.top.redo, LEFT)
    assert document.project.training.epochs == 3


def test_keys_undo_and_save(qtbot, opened: Window, project_folder: Path) -> None:
    edit(opened)
    qtbot.keyClick(opened, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert store.load(project_folder).project.training.epochs == 3
    assert opened.toast.text == "Saved"
    qtbot.keyClick(opened, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert opened.session.document.dirty


def test_pages_by_rail_and_by_key(qtbot, opened: Window) -> None:
    names = list(opened.rail.buttons)
    for number, name in enumerate(names, start=1):
        qtbot.mouseClick(opened.rail.buttons[name], LEFT)
        assert opened.current == name
        qtbot.keyClick(opened, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
        assert opened.current == names[0]
        key = Qt.Key(Qt.Key.Key_0 + number)
        qtbot.keyClick(opened, key, Qt.KeyboardModifier.ControlModifier)
        assert opened.current == name
        assert opened.rail.buttons[name].isChecked()


def test_f1_lists_the_shortcuts(qtbot, opened: Window) -> None:
    qtbot.keyClick(opened, Qt.Key.Key_F1)
    made = dialog(opened, ShortcutsDialog)
    words = [part.text() for part in made.findChildren(type(opened.top.name).__mro__[1])]
    assert {"Save", "Ctrl+S", "Undo", "Ctrl+Z"} <= set(words)
    made.reject()
    opened.show_about()
    dialog(opened, AboutDialog).reject()


@pytest.mark.parametrize("log", [None, Path("/somewhere") / "a long folder" / ("log " * 20)])
def test_about_is_as_high_as_its_words(qtbot, opened: Window, log: Path | None) -> None:
    made = AboutDialog(log, "A card with a long name, 16 GiB (cuda:0)", opened)
    made.open()
    qtbot.wait(20)
    assert made.height() == made.heightForWidth(made.width())
    for words in made.findChildren(QLabel):
        needed = words.heightForWidth(words.width()) if words.wordWrap() else words.height()
        assert needed <= words.height() <= max(needed, words.sizeHint().height())
    made.reject()


def test_the_list_of_shortcuts_is_made_ahead_for_the_width_of_the_window(
    qtbot, opened: Window
) -> None:
    opened.resize(1280, 800)
    qtbot.waitUntil(lambda: not opened._making.isActive(), timeout=20_000)
    (made,) = opened.findChildren(ShortcutsDialog)
    before = set(made.findChildren(QWidget))
    for _ in range(2):
        qtbot.keyClick(opened, Qt.Key.Key_F1)
        assert dialog(opened, ShortcutsDialog) is made
        assert set(made.findChildren(QWidget)) == before
        made.reject()
    opened.resize(960, 800)
    qtbot.keyClick(opened, Qt.Key.Key_F1)
    other = dialog(opened, ShortcutsDialog)
    assert (made.columns, other.columns) == (3, 2)
    other.reject()


def test_dropping_a_folder_starts_a_project_of_it(qtbot, window: Window, tmp_path: Path) -> None:
    images = tmp_path / "leaves"
    images.mkdir()
    assert drop(window, str(images))
    qtbot.waitUntil(lambda: dialog(window, NewProjectDialog) is not None, timeout=20_000)
    made = dialog(window, NewProjectDialog)
    assert made.source.text() == str(images)
    assert made.name.text() == "leaves"
    made.reject()


def test_dropping_a_project_opens_it(qtbot, window: Window, project_folder: Path) -> None:
    assert drop(window, str(project_folder / "project.fovea"))
    qtbot.waitUntil(lambda: window.session.document.project is not None, timeout=20_000)
    window._making.stop()
    assert window.session.document.folder == project_folder


def test_other_drops_are_refused(window: Window) -> None:
    assert not drop(window)
    assert not drop(window, *[f"file{number}" for number in range(10_000)])
    assert "one folder" in window.toast.text


def test_nothing_is_dropped_past_an_open_dialog(qtbot, window: Window, tmp_path: Path) -> None:
    qtbot.mouseClick(window.welcome.new, LEFT)
    assert not drop(window, str(tmp_path))
    made = dialog(window, NewProjectDialog)
    assert len([one for one in window.findChildren(NewProjectDialog) if one.isVisible()]) == 1
    made.reject()


@pytest.mark.parametrize(
    ("answer", "epochs", "offered_again"),
    [("yes", 7, True), ("discard", 30, False), ("later", 30, True)],
)
def test_edits_of_a_crashed_session_are_kept_as_the_answer_says(
    window: Window, project_folder: Path, answers, answer: str, epochs: int, offered_again: bool
) -> None:
    from engine.project import journal

    start = store.load(project_folder).project
    start = start.with_(training=start.training.with_(epochs=30))
    store.save(project_folder, start, expect_digest=None)
    crashed = start.with_(training=start.training.with_(epochs=7))
    journal.Journal(project_folder).write(crashed)
    asked = answers(answer)
    window.files.open(project_folder)
    window._making.stop()
    document = window.session.document
    assert len(asked) == 1
    assert document.project.training.epochs == epochs
    document.close(keep_edits=True)
    assert (journal.recover(project_folder) is not None) == offered_again
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/a.png")])
    entered = QDragEnterEvent(
        QPoint(9, 9), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier
    )
    entered.ignore()
    QApplication.sendEvent(window, entered)
    assert not entered.isAccepted()


def test_what_is_not_there_is_told(window: Window, tmp_path: Path) -> None:
    window.session.open_path(tmp_path / "nowhere")
    made = dialog(window, ErrorDialog)
    assert made.error.code == "FV-P003"
    made.close()


def test_closing_with_edits_asks(
    opened: Window, answers: Callable[..., list[str]], project_folder: Path
) -> None:
    edit(opened)
    asked = answers("stay", "save")
    assert not opened.close()
    assert opened.isVisible()
    assert opened.close()
    assert len(asked) == 2
    assert store.load(project_folder).project.training.epochs == 3


def test_closing_while_training_asks_and_stops(
    qtbot, opened: Window, answers: Callable[..., list[str]], fake_training: FakeTraining
) -> None:
    runner = opened.session.runner
    runner.start_training(opened.session.document.project, opened.session.document.folder)
    qtbot.waitUntil(lambda: runner.job.phase == "running", timeout=20_000)
    asked = answers("stay", "stop")
    assert not opened.close()
    assert runner.job.active
    assert opened.close()
    assert len(asked) == 2
    assert fake_training.control.stopping


def test_a_crash_of_last_time_is_offered(
    qtbot, window: Window, answers: Callable[..., list[str]], project_folder: Path
) -> None:
    from engine.project.journal import Journal

    project = store.load(project_folder).project
    Journal(project_folder).write(project.with_(training=project.training.with_(epochs=9)))
    asked = answers("yes")
    window.files.open(project_folder)
    window._making.stop()
    assert len(asked) == 1
    assert window.session.document.project.training.epochs == 9
    assert window.top.unsaved.isVisible()


def test_a_damaged_file_offers_the_previous_one(
    window: Window, answers: Callable[..., list[str]], project_folder: Path
) -> None:
    project = store.load(project_folder).project
    store.save(project_folder, project.with_(name="second"), expect_digest=None)
    damaged = project_folder / "project.fovea"
    damaged.write_bytes(damaged.read_bytes()[:50])
    answers("backup")
    window.files.open(project_folder)
    window._making.stop()
    assert window.session.document.project.name == "cells"
    assert len(damaged.read_bytes()) == 50


def test_save_as_asks_for_a_place(opened: Window, tmp_path: Path, monkeypatch) -> None:
    target = tmp_path / "copy"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    edit(opened)
    assert opened.files.save_as()
    assert opened.top.name.text() == "copy"
    assert store.load(target).project.training.epochs == 3


def test_the_job_bar_follows_the_training(
    qtbot, opened: Window, fake_training: FakeTraining
) -> None:
    runner = opened.session.runner
    runner.start_training(opened.session.document.project, opened.session.document.folder)
    assert opened.job.isVisible()
    qtbot.waitUntil(lambda: runner.job.phase == "running", timeout=20_000)
    assert "Epoch 2 of 2" in opened.job.facts.text()
    assert "400 images/s" in opened.job.facts.text()
    qtbot.mouseClick(opened.job.pause, LEFT)
    assert fake_training.control.paused
    assert opened.job.head.text() == "Paused"
    qtbot.mouseClick(opened.job.pause, LEFT)
    assert not fake_training.control.paused
    qtbot.mouseClick(opened.job.stop, LEFT)
    qtbot.waitUntil(lambda: runner.job.phase == "done", timeout=20_000)
    assert opened.job.head.text() == "Training stopped"
    qtbot.mouseClick(opened.job.dismiss, LEFT)
    assert not opened.job.isVisible()


def test_the_job_bar_stops_after_the_epoch(qtbot, opened: Window, fake_training) -> None:
    runner = opened.session.runner
    runner.start_training(opened.session.document.project, opened.session.document.folder)
    qtbot.waitUntil(lambda: runner.job.phase == "running", timeout=20_000)
    assert opened.job.after_epoch.isVisible()
    qtbot.mouseClick(opened.job.after_epoch, LEFT)
    assert fake_training.control.stopping_after_epoch
    assert not opened.job.after_epoch.isVisible()
    assert "Stops after this epoch" in opened.job.facts.text()
    fake_training.go_on.set()
    qtbot.waitUntil(lambda: not runner.job.active, timeout=20_000)


def test_a_failed_training_is_told_on_every_page(qtbot, opened: Window) -> None:
    error = FoveaError("FV-T004", "The device ran out of memory.")
    opened.job.show_job(Job(phase="failed", error=error))
    opened._on_job(Job(phase="failed", error=error))
    assert opened.job.head.text() == "Training failed"
    assert "ran out of memory" in opened.job.facts.text()
    assert "ran out of memory" in opened.toast.text


def test_an_uncaught_exception_is_told_and_the_window_lives(
    qtbot, opened: Window, expected_noise, monkeypatch
) -> None:
    reporter = CrashReporter(opened.show_error)
    for _ in range(20):
        reporter._hook(ValueError, ValueError("planted"), None)
    shown = [made for made in opened.findChildren(ErrorDialog) if made.isVisible()]
    assert len(shown) == 1
    assert not shown[0].isModal(), "work can go on"
    assert "planted" in shown[0].error.why
    assert len([line for line in expected_noise if "uncaught" in line]) == 20
    shown[0].close()
    assert opened.isVisible()


def test_the_theme_is_switched_and_remembered(opened: Window) -> None:
    opened.set_theme("dark")
    assert opened.session.theme.colours.name == "dark"
    assert opened.settings.theme == "dark"
    opened.set_theme("light")
    assert opened.session.theme.colours.name == "light"


def test_closing_the_project_goes_back_to_welcome(opened: Window) -> None:
    opened.close_project()
    assert opened.current == "welcome"
    assert opened.session.document.project is None
    assert not opened.menus.save.isEnabled()


def test_a_question_answers_by_key_and_escape(qtbot, window: Window) -> None:
    question = Question("Sure?", "", [("yes", "Yes", "primary"), ("no", "No", "")], window)
    question.show()
    qtbot.keyClick(question, Qt.Key.Key_Escape)
    assert question.answer == "no"
    question.show()
    qtbot.mouseClick(question.buttons["yes"], LEFT)
    assert question.answer == "yes"


def test_durations_are_for_reading() -> None:
    words = [duration(value).replace("\u202f", " ") for value in (7.6, 185, 7800)]
    assert words == ["8 s", "3 min 05 s", "2 h 10 min"]


def test_a_shutdown_of_the_system_keeps_unsaved_edits(
    qtbot, opened: Window, project_folder: Path, fake_training: FakeTraining
) -> None:
    from engine.project.journal import recover

    runner = opened.session.runner
    runner.start_training(opened.session.document.project, project_folder)
    qtbot.waitUntil(lambda: runner.job.phase == "running", timeout=20_000)
    edit(opened, 7)
    opened.end()
    assert not opened.isVisible()
    assert fake_training.control.stopping
    recovery = recover(project_folder)
    assert recovery is not None
    assert recovery.project.training.epochs == 7


def test_pages_are_prepared_so_that_a_visit_makes_no_widgets(
    qtbot, window: Window, project_folder: Path
) -> None:
    window.files.open(project_folder)
    qtbot.waitUntil(lambda: window.current == "data", timeout=20_000)
    qtbot.waitUntil(lambda: not window._making.isActive(), timeout=20_000)
    page = window.pages["train"]
    project = window.session.document.project
    assert project is not None
    assert page.form.value is project.training, "it is filled while it is hidden"
    before = set(page.findChildren(QWidget))
    for name in ("train", "augment", "train"):
        window.go(name)
        QApplication.processEvents()
    assert set(page.findChildren(QWidget)) == before


def test_hidden_pages_get_a_new_size_before_they_are_visited(
    qtbot, window: Window, project_folder: Path
) -> None:
    window.files.open(project_folder)
    qtbot.waitUntil(lambda: window.current == "data", timeout=20_000)
    qtbot.waitUntil(lambda: not window._making.isActive(), timeout=20_000)
    window.resize(window.width() - 40, window.height() - 30)
    qtbot.waitUntil(lambda: not window._making.isActive(), timeout=20_000)
    assert {page.size() for page in window.pages.values()} == {window.stack.size()}
    form = window.pages["train"].form
    before = form.size()
    window.go("train")
    assert form.size() == before, "it has been laid out"


def test_an_edit_before_the_first_visit_is_shown_at_it(
    qtbot, window: Window, project_folder: Path
) -> None:
    window.files.open(project_folder)
    qtbot.waitUntil(lambda: window.current == "data", timeout=20_000)
    qtbot.waitUntil(lambda: not window._making.isActive(), timeout=20_000)
    edit(window, 7)
    window.go("train")
    assert window.pages["train"].form.value.epochs == 7
