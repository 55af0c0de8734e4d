"""The plots beside the table: they show the same study, and lead to its trials."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from unittest import mock

from PySide6.QtCore import QSize

from engine.tune.folder import create_study
from engine.tune.plan import StudyPlan
from gui.job import Job
from gui.pages.base import Session
from gui.pages.tune.page import TunePage
from gui.pages.tune.studies import Trials
from gui.window import Window
from tests.gui.pages.conftest import click, settle


def show_plots(qtbot, session: Session, page: TunePage) -> None:
    page.results.tabs.setCurrentWidget(page.results.plots)
    settle(qtbot, session)


def shown(page: TunePage) -> list[int]:
    """The numbers of the trials in the table."""
    model = page.trials.table.trials
    return sorted(row.number for place in range(model.rowCount()) if (row := model.at(place)))


def test_plots_take_the_study_when_they_are_looked_at(
    qtbot, session: Session, page: TunePage
) -> None:
    assert page.results.plots._table is None
    show_plots(qtbot, session, page)
    table = page.results.plots._table
    assert table is not None
    assert [row.number for row in table.rows] == [0, 1, 2]
    page.results.put([table.rows[0]])
    qtbot.waitUntil(lambda: page.results.plots._table is not table)


def test_a_click_on_a_trial_marks_it_and_opens_its_run(
    qtbot, session: Session, page: TunePage
) -> None:
    show_plots(qtbot, session, page)
    with qtbot.waitSignal(session.run_requested) as asked:
        page.results.plots.trial_clicked.emit(1)
    assert asked.args == [page.study.path, "trial-00001"]
    assert [row.number for row in page.trials.table.selected()] == [1]


def test_ranges_in_the_parallel_coordinates_leave_their_trials_in_the_table(
    qtbot, session: Session, page: TunePage
) -> None:
    page.results.plots.trials_chosen.emit((0, 2))
    assert shown(page) == [0, 2]
    assert page.trials.count.text() == "2 of 3 trials"
    page.results.plots.trials_chosen.emit(None)
    assert shown(page) == [0, 1, 2]


def test_a_new_search_is_planned_and_an_earlier_study_is_found_again(
    qtbot, session: Session, page: TunePage
) -> None:
    click(qtbot, page.plan.new)
    assert page.results.empty.isVisible()
    assert page.choice.isVisible()
    page.choice.setCurrentIndex(0)
    page.choice.activated.emit(0)
    settle(qtbot, session)
    assert page.study.name == "first"
    assert shown(page) == [0, 1, 2]


def test_what_another_process_writes_is_read_while_the_page_is_shown(
    qtbot, session: Session, page: TunePage
) -> None:
    page.studies._looks.setInterval(10)
    reads: list[object] = []
    page.studies.read.connect(reads.append)
    page.studies.found.connect(reads.append)
    looked = mock.Mock(side_effect=page.studies._on_looked)
    with mock.patch.object(page.studies, "_on_looked", looked):
        qtbot.waitUntil(lambda: looked.call_count > 4)
        assert reads == []
        with contextlib.closing(sqlite3.connect(page.study.database)) as other, other:
            other.execute("INSERT INTO trials (number, study_id, state) VALUES (3, 1, 'RUNNING')")
        qtbot.waitUntil(lambda: shown(page) == [0, 1, 2, 3])
        create_study(session.document.folder, session.document.project, StudyPlan(), "second")
        qtbot.waitUntil(lambda: page.choice.findText("second") >= 0)
        settle(qtbot, session)
        reads.clear()
        looked.reset_mock()
        qtbot.waitUntil(lambda: looked.call_count > 4)
        assert reads == []
        page.hide()
        settle(qtbot, session)
        looked.reset_mock()
        qtbot.wait(60)
        assert looked.call_count == 0


def test_a_file_that_was_damaged_is_told_once_and_forgotten_when_it_is_whole(
    qtbot, session: Session, page: TunePage
) -> None:
    whole = page.study.database.read_bytes()
    page.studies._looks.setInterval(10)
    told: list[object] = []
    page.studies.failed.connect(told.append)
    page.study.database.write_bytes(b"no database" * 100)
    qtbot.waitUntil(page.problem.isVisible)
    qtbot.wait(100)
    assert len(told) == 1
    page.study.database.write_bytes(whole)
    qtbot.waitUntil(lambda: not page.problem.isVisible())
    assert shown(page) == [0, 1, 2]


def test_a_reading_that_a_trial_overtook_is_not_shown(
    qtbot, session: Session, page: TunePage
) -> None:
    """Else a trial that has ended would run again in the table, until the next one ends."""
    told: list[object] = []
    page.studies.read.connect(told.append)
    found = Trials(page.study, page.trials.table.trials.current_table(), {}, 0.0)
    with mock.patch.object(session.runner, "task") as asked:
        page.studies.read_again()
        page.studies.read_soon()
        for count, expected in ((1, 0), (2, 1)):
            assert asked.call_count == count
            page.studies._on_read(found)
            assert len(told) == expected
        page.studies.read_again()
        for _ in range(2):  # never for good, however fast trials end
            page.studies.read_soon()
            page.studies._on_read(found)
        assert len(told) == 2
        assert page.studies._soon.isActive()
        page.studies.show(None)


def test_what_plots_need_is_loaded_before_anybody_looks(
    qtbot, session: Session, searched: Path
) -> None:
    page = TunePage(session)
    qtbot.addWidget(page)
    with mock.patch.object(page.results.plots, "load") as load:
        list(page.prepare(QSize(900, 600)))
        assert load.call_count == 0
        session.document.open(searched)
        list(page.prepare(QSize(900, 600)))
        assert load.call_count == 1
        with mock.patch.object(session.runner, "job", Job(phase="running")):
            list(page.prepare(QSize(900, 600)))
        assert load.call_count == 1


def test_the_filter_can_be_read_in_the_smallest_window(
    qtbot, window: Window, searched: Path
) -> None:
    window.resize(960, 600)
    window.files.open(searched)
    window._making.stop()
    window.go("tune")
    settle(qtbot, window.session)
    page = window.pages["tune"]
    assert isinstance(page, TunePage)
    search, picture_and_cross = page.trials.search, 60
    for words in ("3 trials", "1,234 of 10,000 trials"):
        page.trials.count.setText(words)
        qtbot.wait(20)
        needed = search.fontMetrics().horizontalAdvance(search.placeholderText())
        assert search.width() >= needed + picture_and_cross
