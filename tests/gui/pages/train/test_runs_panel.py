"""The table of runs: sorted, annotated, compared, deleted; what cannot be done says why."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, QObject, QPoint, Qt, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu

from engine.runs.folder import RunFolder
from engine.runs.listing import RunInfo
from engine.runs.notes import read_note
from gui.job import Job
from gui.pages.train import runs_panel
from gui.pages.train.compare import CompareDialog
from gui.pages.train.page import TrainPage
from gui.pages.train.run_model import COLUMNS
from gui.pages.train.runs_panel import resume_obstacle
from gui.setting_words import (
    change_words,
    one_line_each,
    setting_name,
    setting_value,
)
from tests.gui.pages.conftest import LEFT, click, settle
from tests.gui.pages.train.conftest import keep_run

PLAIN, RICH, LAST = "2026-01-01-001", "2026-01-01-002", "2026-01-01-003"
HEADS = [column.head for column in COLUMNS]


def ids(page: TrainPage) -> list[str]:
    return [run.id for run in page.table.runs.runs]


def press_head(qtbot, page: TrainPage, head: str) -> None:
    """A click on a heading."""
    bar = page.table.horizontalHeader()
    at = HEADS.index(head)
    page.table.scrollTo(page.table.runs.index(0, at))
    place = QPoint(bar.sectionViewportPosition(at) + 12, bar.height() // 2)
    qtbot.mouseClick(bar.viewport(), LEFT, pos=place)


def mark(qtbot, page: TrainPage, *runs: str) -> None:
    """Clicks on rows, with Ctrl from the second on."""
    for number, run in enumerate(runs):
        index = page.table.runs.index(page.table.runs.row_of(run), 1)
        page.table.scrollTo(index)
        held = Qt.KeyboardModifier.ControlModifier if number else Qt.KeyboardModifier.NoModifier
        at = page.table.visualRect(index).center()
        qtbot.mouseClick(page.table.viewport(), LEFT, held, at)
    settle(qtbot, page.session)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Answers every question with "delete"; what was asked."""
    titles: list[str] = []

    class Answered:
        answer = "delete"

        def __init__(self, title, detail, answers, parent) -> None:
            titles.append(f"{title} {detail}")
            assert [answer[0] for answer in answers] == ["delete", "keep"]

        def ask(self) -> str:
            return Answered.answer

    monkeypatch.setattr(runs_panel, "Question", Answered)
    return titles


def test_what_is_no_cell_can_do_nothing(page: TrainPage) -> None:
    assert page.table.runs.flags(QModelIndex()) == Qt.ItemFlag.NoItemFlags


def test_a_heading_sorts_and_turns(qtbot, page: TrainPage) -> None:
    assert ids(page) == [LAST, RICH, PLAIN]
    press_head(qtbot, page, "Accuracy")
    first = ids(page)
    press_head(qtbot, page, "Accuracy")
    assert ids(page) == first[::-1]
    assert PLAIN in (first[0], first[-1]), "it has the best accuracy"
    assert page.table.current().id == page.shown, "the shown run stays the marked one"


def test_runs_without_a_value_come_last_either_way(qtbot, page: TrainPage) -> None:
    for _ in range(2):
        press_head(qtbot, page, "AUC")
        assert ids(page)[0] == RICH


def test_a_sorted_table_stays_sorted_when_it_is_read_again(qtbot, page: TrainPage, tiny) -> None:
    press_head(qtbot, page, "Accuracy")
    press_head(qtbot, page, "Accuracy")
    keep_run(tiny, "2026-01-01-004", better=0.3)
    page.refresh_runs()
    settle(qtbot, page.session)
    assert ids(page)[:2] == ["2026-01-01-004", PLAIN]


def test_auc_is_a_column_only_where_a_run_has_it(qtbot, page: TrainPage) -> None:
    at = HEADS.index("AUC")
    assert not page.table.isColumnHidden(at)
    row = page.table.runs.row_of(RICH)
    assert page.table.runs.index(row, at).data() == "0.640"
    page.table.show_runs([run for run in page.table.runs.runs if run.id != RICH], "")
    assert page.table.isColumnHidden(at)


def test_what_changed_is_said_in_words(page: TrainPage) -> None:
    at = HEADS.index("Changed")
    index = page.table.runs.index(page.table.runs.row_of(LAST), at)
    assert index.data() == "Batch size 16"
    assert "8 → 16" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_f2_writes_a_note_that_is_kept(qtbot, page: TrainPage, tiny: Path) -> None:
    mark(qtbot, page, PLAIN)
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_F2)
    editor = page.table.findChild(QLineEdit)
    qtbot.keyClicks(editor, "warmer lamp")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    settle(qtbot, page.session)
    assert read_note(tiny / "runs" / PLAIN) == "warmer lamp"
    page.refresh_runs()
    settle(qtbot, page.session)
    row = page.table.runs.row_of(PLAIN)
    assert page.table.runs.index(row, HEADS.index("Note")).data() == "warmer lamp"


def test_two_marked_runs_are_compared(qtbot, page: TrainPage) -> None:
    assert not page.runs.compare.isEnabled()
    mark(qtbot, page, PLAIN)
    assert "Ctrl" in page.runs.compare.toolTip()
    mark(qtbot, page, PLAIN, LAST)
    click(qtbot, page.runs.compare)
    settle(qtbot, page.session)
    dialog = page.window().findChild(CompareDialog)
    cells = {line[0]: line[1:] for line in dialog.cells()}
    order = cells[""]
    assert sorted(order) == [PLAIN, LAST]
    assert cells["Batch size"] == ["8" if run == PLAIN else "16" for run in order]
    assert cells["Accuracy"][order.index(PLAIN)] == "66.0\u202f%"
    assert "AUC" not in cells
    assert dialog.words.text() == "1 setting differs."
    dialog.table.setFocus()
    qtbot.keyClick(dialog.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert "Batch size\t" in QApplication.clipboard().text()
    dialog.close()


def test_equal_runs_are_said_to_be_equal(qtbot, page: TrainPage) -> None:
    mark(qtbot, page, PLAIN, RICH)
    click(qtbot, page.runs.compare)
    settle(qtbot, page.session)
    dialog = page.window().findChild(CompareDialog)
    assert "the same" in dialog.words.text()
    assert [line[0] for line in dialog.cells()][-1] in ("Time", "Note")
    dialog.close()


def test_deleting_asks_and_takes_the_run_away(qtbot, page: TrainPage, tiny, asked) -> None:
    mark(qtbot, page, LAST)
    assert page.shown == LAST
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    settle(qtbot, page.session)
    assert "for good" in asked[0]
    assert "trash" in asked[0]
    assert not (tiny / "runs" / LAST).exists()
    assert ids(page) == [RICH, PLAIN]
    assert page.shown == ""
    assert page.curves.loss.is_empty


def test_a_run_that_is_kept_stays(qtbot, page: TrainPage, tiny, asked, monkeypatch) -> None:
    monkeypatch.setattr(runs_panel.Question, "answer", "keep")
    mark(qtbot, page, LAST)
    page.runs.delete()
    settle(qtbot, page.session)
    assert (tiny / "runs" / LAST).exists()
    assert len(ids(page)) == 3


def test_a_run_that_trains_elsewhere_is_not_deleted(qtbot, page: TrainPage, tiny, asked) -> None:
    mark(qtbot, page, LAST)
    busy = RunFolder(tiny / "runs" / LAST)
    busy.begin({})
    failed = []
    page.session.error_requested.connect(failed.append)
    page.runs.delete()
    settle(qtbot, page.session)
    assert failed[0].code == "FV-T003"
    assert busy.path.exists()
    busy.end("stopped")


class Opened(QObject):
    """Stands for the desktop's file manager."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[str] = []

    @Slot("QUrl")
    def take(self, url) -> None:
        """What is to be opened."""
        self.paths.append(url.toLocalFile())


def test_its_folder_is_opened(qtbot, page: TrainPage, tiny: Path) -> None:
    opened = Opened()
    QDesktopServices.setUrlHandler("file", opened, "take")
    try:
        mark(qtbot, page, PLAIN)
        page.runs._open_folder()
    finally:
        QDesktopServices.unsetUrlHandler("file")
    assert [Path(path) for path in opened.paths] == [tiny / "runs" / PLAIN]


def test_the_menu_offers_what_can_be_done(qtbot, page: TrainPage) -> None:
    mark(qtbot, page, PLAIN, RICH)
    click(qtbot, page.runs.more)
    menu = page.runs.findChild(QMenu)
    offered = {action.text().split("\t")[0]: action.isEnabled() for action in menu.actions()}
    assert offered == {"Write note…": False, "Compare": True, "Open folder": False, "Delete…": True}
    menu.close()


@pytest.mark.parametrize(
    ("status", "active", "word"),
    [
        ("stopped", False, ""),
        ("interrupted", False, ""),
        ("failed", False, ""),
        ("stopped", True, "running already"),
        ("done", False, "all its epochs"),
        ("early", False, "early"),
        ("running", False, "being trained"),
        ("damaged", False, "damaged"),
    ],
)
def test_why_a_run_cannot_be_resumed(status: str, active: bool, word: str, tmp_path) -> None:
    job = Job(phase="running" if active else "idle")
    obstacle = resume_obstacle(RunInfo("r", tmp_path, status), job)
    assert (word in obstacle) if word else obstacle == ""


def test_without_a_run_none_is_resumed() -> None:
    assert "Choose" in resume_obstacle(None, Job())


def test_settings_have_names_and_values_in_words() -> None:
    assert setting_name("training.optimizer.lr") == "Optimizer: learning rate"
    assert setting_name("training.schedule.kind") == "Schedule"
    assert setting_name("training.epochs") == "Epochs"
    assert setting_name("augment.rotate.degrees") == "Augmentation: rotate: degrees"
    assert setting_value("one_cycle") == "one cycle"
    assert setting_value("true") == "on"
    assert setting_value("[0.5, 2]") == "0.5 to 2"
    assert setting_value('{"a": 1, "b": 2}') == "2 entries"
    assert setting_value("0.003") == "0.003"
    assert len(setting_value("x" * 500)) <= 60


def test_cards_that_came_and_went_are_named_once() -> None:
    differing = {
        "augment": ("[]", "–"),
        "augment.flip.on": ("–", "true"),
        "augment.flip.probability": ("–", "0.5"),
        "augment.rotate.on": ("true", "–"),
        "training.optimizer.kind": ("adamw", "sgd"),
        "training.optimizer.beta1": ("0.9", "–"),
        "training.epochs": ("5", "9"),
    }
    assert change_words(differing) == ["Optimizer sgd", "Epochs 9", "with flip", "without rotate"]


def test_a_card_that_a_run_lacks_is_one_line() -> None:
    settings = {
        "augment": ("[]", "–", "–"),
        "augment.flip.on": ("–", "true", "true"),
        "augment.flip.probability": ("–", "0.5", "0.9"),
        "augment.zoom.on": ("–", "true", "–"),
        "training.optimizer.beta1": ("0.9", "–", "0.9"),
    }
    assert one_line_each(settings) == {
        "augment.flip": ("–", "there", "there"),
        "augment.flip.probability": ("–", "0.5", "0.9"),
        "augment.zoom": ("–", "there", "–"),
        "training.optimizer.beta1": ("0.9", "–", "0.9"),
    }


def test_a_narrow_table_keeps_room_for_words(qtbot, page: TrainPage) -> None:
    hidden = [HEADS.index(head) for head in ("Epochs", "Time")]
    assert not any(page.table.isColumnHidden(at) for at in hidden)
    page.resize(820, 560)
    qtbot.waitUntil(lambda: all(page.table.isColumnHidden(at) for at in hidden), timeout=5_000)
    assert page.table.columnWidth(HEADS.index("Changed")) >= 72
    bar = page.table.horizontalHeader()
    assert bar.length() <= page.table.viewport().width() + 1


def test_the_buttons_stand_where_they_fit(qtbot, page: TrainPage) -> None:
    page.resize(1300, 660)
    qtbot.waitUntil(lambda: page.runs.resume.window() is page and page.runs.tools.y() < 40)
    top = page.runs.resume.mapTo(page, QPoint()).y()
    assert top < page.table.mapTo(page, QPoint()).y()
    page.tabs.setCurrentWidget(page.messages)
    assert page.messages.copy_button.isVisible()
    assert not page.runs.resume.isVisible()
    page.tabs.setCurrentWidget(page.runs)
    page.resize(820, 660)
    qtbot.waitUntil(
        lambda: page.runs.resume.mapTo(page, QPoint()).y() > page.table.mapTo(page, QPoint()).y(),
        timeout=5_000,
    )
    assert page.runs.resume.isVisible()
