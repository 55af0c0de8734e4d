"""The plots beside the table: they show the same study, and lead to its trials."""

from __future__ import annotations

from gui.pages.base import Session
from gui.pages.tune.page import TunePage
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
