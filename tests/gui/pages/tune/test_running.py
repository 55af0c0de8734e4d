"""A search from its start to its end, paused, taken up again, applied and undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from engine.project.address import get
from engine.tune.events import TrialFinished
from gui.pages.base import Session
from gui.pages.train.page import TrainPage
from gui.pages.tune.page import TunePage
from gui.shell.jobbar import JobBar
from tests.gui.pages.conftest import OpenPage, click, settle, type_into

LR = "training.optimizer.lr"
LONG = 60_000


def rows(page: TunePage) -> list[tuple[int, str]]:
    """Numbers and states of the trials, from the first."""
    table = page.trials.table.trials.current_table()
    return [(row.number, row.state) for row in table.rows]


def wait_for_end(qtbot, session: Session) -> None:
    qtbot.waitUntil(lambda: not session.runner.job.active, timeout=LONG)
    settle(qtbot, session)


def test_a_search_is_planned_started_watched_paused_and_resumed(
    qtbot, session: Session, page: TunePage
) -> None:
    bar = JobBar(session.runner)
    qtbot.addWidget(bar)
    click(qtbot, page.plan.new)
    assert page.primary_action().text == "Start search"
    type_into(qtbot, page.plan.few, "trials", "40")
    ended: list[int] = []
    session.runner.study_events.connect(
        lambda events: ended.extend(e.trial for e in events if isinstance(e, TrialFinished))
    )
    page.primary_action().run()
    qtbot.waitUntil(lambda: len(ended) >= 2, timeout=LONG)
    study = page.study
    assert study is not None
    assert study.plan.trials == 40
    assert page.primary_action().text == "Pause search"
    assert page.state() == "running"
    assert bar.head.text() == "Searching"
    assert bar.facts.text().startswith("Trial 3 of 40")
    assert "Best validation accuracy" in bar.facts.text()
    assert not bar.pause.isVisible()
    assert rows(page)[:2] == [(0, "complete"), (1, "complete")]
    assert page.trials.table.trials.best is not None
    with pytest.raises(Exception, match="A search is running already"):
        session.runner.start_training(session.document.project, session.document.folder)
    page.primary_action().run()
    wait_for_end(qtbot, session)
    assert bar.head.text() == "Search paused"
    assert page.primary_action().text == "Resume search"
    assert page.primary_action().reason == ""
    assert "running" not in dict(rows(page)).values()
    before = [one for one in rows(page) if one[1] != "waiting"]
    type_into(qtbot, page.plan.few, "trials", str(len(before) + 1))
    page.primary_action().run()
    qtbot.waitUntil(lambda: session.runner.job.active, timeout=LONG)
    wait_for_end(qtbot, session)
    assert rows(page)[: len(before)] == before
    assert [state for _, state in rows(page)] == ["complete"] * (len(before) + 1)
    assert "All its trials are done" in page.primary_action().reason


def test_another_window_takes_up_what_was_paused(
    qtbot, session: Session, page: TunePage, searched: Path
) -> None:
    click(qtbot, page.plan.new)
    page.primary_action().run()
    qtbot.waitUntil(lambda: (1, "running") in rows(page), timeout=LONG)
    name = page.study.name
    session.runner.stop()
    wait_for_end(qtbot, session)
    session.document.close()
    session.document.open(searched)
    settle(qtbot, session)
    assert page.study.name == name
    assert page.primary_action().text == "Resume search"
    waiting = [number for number, state in rows(page) if state == "waiting"]
    # It may have ended just before it was stopped: then the next one is to come.
    number = waiting[0] if waiting else len(rows(page))
    type_into(qtbot, page.plan.few, "trials", str(number + 1))
    page.primary_action().run()
    qtbot.waitUntil(lambda: session.runner.job.active, timeout=LONG)
    wait_for_end(qtbot, session)
    assert (number, "complete") in rows(page)


def test_a_trial_is_applied_as_one_step_and_undone(qtbot, session: Session, page: TunePage) -> None:
    before = session.document.project
    model = page.trials.table.trials
    trial = next(model.trial(n) for n in range(3) if model.trial(n).settings[LR] != get(before, LR))
    page.trials.show_trial(trial.number)
    click(qtbot, page.trials.apply)
    after = session.document.project
    assert get(after, LR) == trial.settings[LR]
    assert get(after, "training.batch_size") == trial.settings["training.batch_size"]
    assert session.document.undo_stack.undoText() == f"Apply trial {trial.number} of first"
    assert session.document.undo_stack.count() == 1
    session.document.undo_stack.undo()
    assert session.document.project == before


def test_a_training_and_a_search_say_which_of_them_runs(
    qtbot, session: Session, page: TunePage, show: OpenPage
) -> None:
    train = show(TrainPage)
    click(qtbot, page.plan.new)
    page.primary_action().run()
    qtbot.waitUntil(lambda: session.runner.job.phase == "running", timeout=LONG)
    assert train.primary_action().text == "Show search"
    assert train.state() == "ready"
    assert train.shown == ""
    session.runner.stop()
    wait_for_end(qtbot, session)
    train.train()
    assert page.primary_action().reason.startswith("A training is running")
    session.runner.stop()
    wait_for_end(qtbot, session)


def test_a_study_that_cannot_be_begun_says_why_and_leaves_nothing(
    qtbot, session: Session, page: TunePage, searched: Path
) -> None:
    click(qtbot, page.plan.new)
    (searched / "studies").rename(searched / "away")
    (searched / "studies").write_text("in the way")
    page.primary_action().run()
    qtbot.waitUntil(page.problem.isVisible)
    assert "cannot be written to" in page.problem._what.text()
    assert page.state() == "attention"
    assert not session.runner.job.active


def test_the_run_of_a_trial_is_shown_on_the_train_page(
    qtbot, session: Session, page: TunePage, show: OpenPage
) -> None:
    train = show(TrainPage)
    page.trials.show_trial(1)
    qtbot.keyClick(page.trials.table, Qt.Key.Key_Return)
    settle(qtbot, session)
    assert train.shown == "trial-00001"
    assert train.curves.loss is not None
    assert "trial-00001" in train.messages.texts()[0]


def test_the_plan_of_a_study_keeps_all_but_its_budget(
    qtbot, session: Session, page: TunePage
) -> None:
    few = page.plan.few
    assert few.field("trials").findChild(QLineEdit).text() == "3"
    assert not few.field("goal").isEnabled()
    assert not page.plan.rest.field("sampler").isEnabled()
    assert page.plan.rest.field("stop_when_unlikely").isEnabled()
    assert page.primary_action().reason.startswith("All its trials are done")
    type_into(qtbot, few, "trials", "4")
    assert page.primary_action().reason == ""
    click(qtbot, page.plan.new)
    assert few.field("goal").isEnabled()
    assert few.value.trials == 100


@pytest.mark.long
def test_two_trials_train_at_the_same_time_in_processes_of_their_own(
    qtbot, session: Session, page: TunePage
) -> None:
    click(qtbot, page.plan.new)
    click(qtbot, page.plan.fold)
    type_into(qtbot, page.plan.few, "trials", "4")
    type_into(qtbot, page.plan.crew, "workers", "2")
    together: list[int] = []

    def count(_events: object) -> None:
        together.append(sum(state == "running" for _, state in rows(page)))

    session.runner.study_events.connect(count)
    page.primary_action().run()
    qtbot.waitUntil(lambda: session.runner.job.active, timeout=LONG)
    qtbot.waitUntil(lambda: not session.runner.job.active, timeout=3 * LONG)
    settle(qtbot, session)
    assert rows(page) == [(number, "complete") for number in range(4)]
    assert max(together) == 2


def test_a_new_search_learns_from_an_earlier_one_if_it_is_asked_to(
    qtbot, session: Session, page: TunePage
) -> None:
    combo = page.plan.sources.combo
    assert not combo.isEnabled()
    click(qtbot, page.plan.new)
    click(qtbot, page.plan.fold)
    assert [combo.itemText(at) for at in range(combo.count())] == ["None", "first"]
    combo.setCurrentIndex(1)
    combo.activated.emit(1)
    assert page.plan.plan.sources == ("first",)
    assert combo.currentText() == "first"
