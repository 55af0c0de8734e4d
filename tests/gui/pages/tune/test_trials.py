"""The table of trials: columns, order, filter, marks, copying, ten thousand of them."""

from __future__ import annotations

import csv
import datetime
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from engine.tune.table import Objective, StudyTable, TrialRow
from gui.pages.base import Session
from gui.pages.tune.page import TunePage
from gui.pages.tune.trial_model import haystacks
from gui.pages.tune.trial_table import TrialTable
from gui.pages.tune.trials_panel import TrialsPanel
from tests.gui.pages.conftest import settle

LR, KIND = "training.optimizer.lr", "training.optimizer"
BEGAN = datetime.datetime(2026, 1, 1)


def made_up(count: int) -> StudyTable:
    """A study in which every fifth trial ended early and every seventh failed."""
    rows = []
    for number in range(count):
        state = "failed" if number % 7 == 3 else "pruned" if number % 5 == 4 else "complete"
        value = (number * 37 % 1000) / 1000
        kind = ("adam", "sgd")[number % 2]
        rows.append(
            TrialRow(
                number,
                state,
                (value,) if state == "complete" else (),
                {LR: 10 ** -(1 + number % 4), KIND: kind},
                ((1, value / 2), (2, value)) if state != "failed" else (),
                BEGAN,
                BEGAN + datetime.timedelta(seconds=10 + number % 60),
                f"trial-{number:05d}",
                "The loss is not a number." if state == "failed" else "",
            )
        )
    return StudyTable(
        "big", (Objective("Validation accuracy", True, "fraction"),), (LR, KIND), tuple(rows)
    )


@pytest.fixture
def table(qtbot, looks) -> TrialTable:
    """Twenty trials."""
    made = TrialTable()
    qtbot.addWidget(made)
    made.resize(900, 400)
    study = made_up(20)
    made.show_table(study, haystacks(study))
    made.show()
    return made


def column(table: TrialTable, head: str) -> list[str]:
    """What stands in a column, from the top."""
    model = table.trials
    place = [one.head for one in model.columns].index(head)
    return [model.index(row, place).data() for row in range(model.rowCount())]


def click_head(table: TrialTable, head: str, times: int = 1) -> None:
    place = [one.head for one in table.trials.columns].index(head)
    order = Qt.SortOrder.AscendingOrder if times == 1 else Qt.SortOrder.DescendingOrder
    table.sortByColumn(place, order)


def test_columns_are_named_in_words_and_the_youngest_trial_comes_first(table: TrialTable) -> None:
    heads = [one.head for one in table.trials.columns]
    assert heads == [
        "Trial",
        "State",
        "Validation accuracy",
        "Learning rate",
        "Optimizer",
        "Epochs",
        "Time",
        "Run",
    ]
    assert column(table, "Trial")[:3] == ["19", "18", "17"]
    assert set(column(table, "State")) == {"Complete", "Ended early", "Failed"}


def test_sorting_keeps_trials_without_a_value_last_in_either_order(table: TrialTable) -> None:
    click_head(table, "Validation accuracy", 2)
    values = column(table, "Validation accuracy")
    known = [float(text.split("\u202f")[0]) for text in values if text != "–"]
    assert known == sorted(known, reverse=True)
    assert values[-3:] == ["–"] * 3
    click_head(table, "Validation accuracy")
    again = column(table, "Validation accuracy")
    assert again[-3:] == ["–"] * 3
    assert again[0] == [text for text in values if text != "–"][-1]


def test_the_best_trial_is_marked_by_more_than_colour(table: TrialTable) -> None:
    model = table.trials
    place = model.place_of(model.best)
    best = max((row for row in model.table.rows if row.values), key=lambda row: row.values[0])
    assert model.best == best.number
    index = model.index(place, 0)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == f"{best.number}, the best trial"
    assert index.data(Qt.ItemDataRole.DecorationRole) is not None
    assert index.data(Qt.ItemDataRole.FontRole).bold()


def test_what_is_marked_stays_marked_through_order_filter_and_fresh_rows(
    table: TrialTable,
) -> None:
    table.show_trial(8)
    click_head(table, "Learning rate")
    assert [row.number for row in table.selected()] == [8]
    table.filter("adam", "")
    assert [row.number for row in table.selected()] == [8]
    study = made_up(25)
    table.show_table(study, haystacks(study))
    assert [row.number for row in table.selected()] == [8]
    assert table.current().number == 8


def test_the_filter_takes_words_and_states(table: TrialTable) -> None:
    table.filter("SGD", "")
    assert set(column(table, "Optimizer")) == {"SGD with momentum"}
    table.filter("not a number", "")
    assert set(column(table, "State")) == {"Failed"}
    table.filter("", "pruned")
    assert set(column(table, "State")) == {"Ended early"}
    table.filter("nothing has this", "")
    assert table.trials.rowCount() == 0
    table.filter("", "")
    assert table.trials.rowCount() == 20


def test_columns_are_hidden_and_stay_so_for_the_next_study(table: TrialTable) -> None:
    menu = table.columns_menu()
    next(action for action in menu.actions() if action.text() == "Run").trigger()
    assert table.isColumnHidden(7)
    study = made_up(3)
    table.show_table(study, haystacks(study))
    assert table.isColumnHidden(7)
    assert not table.isColumnHidden(0)


def test_live_rows_come_in_at_their_place_and_the_star_moves(qtbot, table: TrialTable) -> None:
    model = table.trials
    with qtbot.waitSignal(model.rowsInserted):
        model.put(TrialRow(20, "running", settings={LR: 0.1, KIND: "adam"}))
    assert column(table, "Trial")[0] == "20"
    with qtbot.waitSignal(model.dataChanged):
        model.put(TrialRow(20, "complete", (0.9999,), {LR: 0.1, KIND: "adam"}))
    assert model.best == 20
    click_head(table, "Validation accuracy", 2)
    assert column(table, "Trial")[0] == "20"
    model.put(TrialRow(21, "complete", (1.0,), {LR: 0.1, KIND: "adam"}))
    assert column(table, "Trial")[:2] == ["21", "20"]
    assert model.current_table().rows[-1].number == 21


def test_ten_thousand_trials_are_shown_sorted_and_filtered_without_a_stutter(qtbot, looks) -> None:
    study = made_up(10_000)
    texts = haystacks(study)
    table = TrialTable()
    qtbot.addWidget(table)
    table.resize(900, 400)
    table.show()
    slowest: dict[str, float] = {}

    def measure(name: str, act) -> None:
        """The least of three times: what else the computer does is not the table's."""
        times = []
        for _ in range(3):
            began = time.process_time()
            act()
            table.viewport().repaint()
            times.append(time.process_time() - began)
        slowest[name] = min(times)

    measure("show", lambda: table.show_table(study, texts))
    measure("sort", lambda: click_head(table, "Validation accuracy"))
    measure("filter", lambda: table.filter("sgd 0.01", "complete"))
    measure("all", lambda: table.filter("", ""))
    places = iter((2_000, 5_000, 8_000))
    measure("scroll", lambda: table.verticalScrollBar().setValue(next(places)))
    measure("put", lambda: table.trials.put(TrialRow(10_000, "complete", (0.5,), {LR: 0.1})))
    assert max(slowest.values()) < 0.3, slowest
    assert slowest["scroll"] < 0.03, slowest


def test_a_failed_trial_says_why_below_the_table_and_values_are_copied(
    qtbot, session: Session
) -> None:
    panel = TrialsPanel(session)
    qtbot.addWidget(panel)
    study = made_up(20)
    panel.show_trials(None, study, haystacks(study))
    panel.show()
    panel.show_trial(3)
    assert panel.told.text() == "Trial 3: The loss is not a number."
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().text()
    assert copied == "training.optimizer.lr=0.0001\ntraining.optimizer=sgd"
    panel.show_trial(0)
    assert panel.told.text().startswith("Trial 0, complete: validation accuracy 0.00")


def test_typing_filters_after_a_moment_and_a_trial_can_be_brought_back(
    qtbot, session: Session
) -> None:
    panel = TrialsPanel(session)
    qtbot.addWidget(panel)
    study = made_up(20)
    panel.show_trials(None, study, haystacks(study))
    panel.show()
    qtbot.keyClicks(panel.search, "sgd")
    qtbot.waitUntil(lambda: panel.count.text() == "10 of 20 trials")
    panel.show_trial(4)
    assert panel.search.text() == ""
    assert [row.number for row in panel.table.selected()] == [4]


def test_the_study_is_exported_whole(
    qtbot, session: Session, page: TunePage, tmp_path: Path
) -> None:
    page.trials.write_csv(tmp_path / "trials.csv")
    page.trials.write_database(tmp_path / "copy.db")
    settle(qtbot, session)
    with (tmp_path / "trials.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    shown = page.trials.table.trials.current_table().rows
    assert [int(line["trial"]) for line in lines] == [0, 1, 2]
    assert [float(line[LR]) for line in lines] == [row.settings[LR] for row in shown]
    assert [float(line["Validation accuracy"]) for line in lines] == [r.values[0] for r in shown]
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM trials").fetchone() == (3,)
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_trial_that_did_not_end_says_so_before_it_is_applied(qtbot, session: Session) -> None:
    panel = TrialsPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    study = made_up(20)
    panel.show_trials(None, study, haystacks(study))
    for number, ended in ((4, False), (3, False), (5, True)):
        panel.show_trial(number)
        assert ("was not trained to its end" in panel.remark.words.text()) != ended, number


def test_the_longest_state_has_room_before_it_comes(qtbot, looks) -> None:
    table = TrialTable()
    qtbot.addWidget(table)
    first = made_up(2)  # both are complete
    table.show_table(first, haystacks(first))
    table.show()
    width = table.columnWidth(1)
    table.resizeColumnToContents(1)
    assert table.columnWidth(1) < width
    study = made_up(20)
    other = TrialTable()
    qtbot.addWidget(other)
    other.show_table(study, haystacks(study))
    other.resizeColumnToContents(1)
    assert width >= other.columnWidth(1)
