"""The panel that checks the winner of a search, on real studies and real events."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from engine.project.document import Project
from engine.runs.events import RunFinished
from engine.train.control import Control
from engine.tune.confirm import running
from engine.tune.confirm.record import confirm_dir
from engine.tune.folder import StudyFolder, create_study, find_study
from engine.tune.plan import StudyPlan
from engine.tune.table import read_table
from gui.pages.base import Session
from gui.pages.tune.trial_model import haystacks
from gui.pages.tune.trials_panel import TrialsPanel
from gui.pages.tune.winner import WinnerPanel
from tests.engine.tune.confirm.drawn import drawn_trainings, learning_rate, make_study
from tests.gui.pages.conftest import click, settle, type_into

NOISE = 0.004


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    """A finished study of six drawn trials; no test changes it."""
    return make_study(tmp_path_factory.mktemp("winner") / "p", 6)


@pytest.fixture
def study(made: StudyFolder, tmp_path: Path) -> StudyFolder:
    """A copy of the project with the study."""
    folder = made.path.parent.parent
    shutil.copytree(folder, tmp_path / "p")
    shutil.copy(folder.with_suffix(".npz"), tmp_path / "p.npz")
    return find_study(tmp_path / "p", made.name)


@pytest.fixture
def panel(qtbot, session: Session, study: StudyFolder) -> Iterator[WinnerPanel]:
    """The panel, shown, with the study."""
    session.document.open(study.path.parent.parent)
    panel = WinnerPanel(session)
    qtbot.addWidget(panel)
    panel.resize(1000, 640)
    panel.show()
    panel.show_study(study)
    settle(qtbot, session)
    yield panel
    session.runner.stop()
    qtbot.waitUntil(lambda: not session.runner.job.active, timeout=60_000)


def scores(*, better: bool) -> Any:
    """Draws: noise by the seed, and 3 points for whatever is not the project's own, or none."""
    own: list[float] = []

    def score(project: Project) -> float:
        lr = learning_rate(project)
        own.append(lr)
        gain = 0.03 if better and lr != own[0] else 0.0
        wave = project.training.seed * 7 + round(1e6 * lr) * 13
        return 0.46 + gain + NOISE * (wave % 11 - 5) / 5

    return score


def check(qtbot, panel: WinnerPanel, *, better: bool) -> None:
    """Clicks the button and waits for the end."""
    with drawn_trainings(scores(better=better)):
        click(qtbot, panel.start)
        qtbot.waitUntil(lambda: not panel.runner.job.active, timeout=60_000)
    settle(qtbot, panel.session)


def texts(panel: WinnerPanel, column: int) -> list[str]:
    items = [panel.table.item(row, column) for row in range(panel.table.rowCount())]
    return [item.text() for item in items if item is not None]


def test_without_a_study_it_says_what_belongs_here(qtbot, session: Session) -> None:
    panel = WinnerPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    assert panel.intro.isVisible()
    assert "Choose a study" in panel.intro.text()
    assert not panel.start.isVisible()
    assert not panel.result.isVisible()


def test_a_study_without_complete_trials_is_told(qtbot, panel: WinnerPanel) -> None:
    document = panel.document
    assert document.folder is not None
    assert document.project is not None
    panel.show_study(create_study(document.folder, document.project, StudyPlan(), "empty"))
    settle(qtbot, panel.session)
    assert "needs a complete trial" in panel.intro.text()
    assert not panel.start.isVisible()


def test_before_the_check_it_says_what_it_takes(qtbot, panel: WinnerPanel) -> None:
    assert panel.start.text() == "Check the winner"
    assert "28 runs" in panel.cost.text()
    assert "same seeds" in panel.intro.text()
    assert not panel.result.isVisible()
    type_into(qtbot, panel.form, "best", "1")
    assert "14 runs" in panel.cost.text()
    assert not panel.explained.isVisible()
    click(qtbot, panel.explain)
    assert "over-tuning" in panel.explained.text()
    assert panel.explained.isVisible()


def test_a_better_winner_is_shown_and_applied_in_one_step(qtbot, panel: WinnerPanel) -> None:
    before = panel.document.project
    check(qtbot, panel, better=True)
    assert "is better than the present project by" in panel.answer.words.text()
    assert texts(panel, 0)[0] == "Present project"
    assert len(texts(panel, 0)) == 4
    assert all(words.startswith("better by 3.") for words in texts(panel, 5)[1:])
    assert not panel.evidence.isVisible()
    trial = panel.table.trial
    assert panel.apply.text() == f"Apply trial {trial}"
    click(qtbot, panel.apply)
    settle(qtbot, panel.session)
    stack = panel.document.undo_stack
    assert (stack.count(), stack.undoText()) == (1, f"Apply trial {trial}")
    assert panel.document.project != before
    assert f"has the settings of trial {trial} now" in panel.aside.words.text()
    assert not panel.apply.isEnabled()
    stack.undo()
    settle(qtbot, panel.session)
    assert panel.document.project == before
    assert not panel.aside.isVisible()
    assert panel.apply.isEnabled()


def test_a_lucky_winner_is_told_before_the_click(qtbot, panel: WinnerPanel) -> None:
    check(qtbot, panel, better=False)
    assert "is not shown to be better" in panel.answer.words.text()
    assert "luck alone gives the best about" in panel.told.text()
    assert panel.evidence.isVisible()
    assert "does not support trial" in panel.evidence.words.text()
    assert panel.apply.isEnabled()
    panel.table.setCurrentCell(3, 0)
    assert panel.apply.text() == f"Apply {texts(panel, 0)[3].lower()}"
    panel.table.setCurrentCell(0, 0)
    assert not panel.applying.isVisible()


def test_an_edit_makes_the_answer_one_about_another_project(qtbot, panel: WinnerPanel) -> None:
    check(qtbot, panel, better=True)
    project = panel.document.project
    assert project is not None
    longer = project.with_(training=project.training.with_(epochs=9))
    panel.document.apply(longer, "Edit")
    settle(qtbot, panel.session)
    assert "was changed since" in panel.aside.words.text()
    assert "was not checked" in panel.evidence.words.text()


def held(first: bool) -> Any:
    """Trainings of which the third waits for a stop, the first time."""
    count = 0

    def train(_: Project, *__: object, run_id: str, control: Control, **___: object) -> Any:
        nonlocal count
        count += 1
        while first and count == 3 and not control.stopping:
            time.sleep(0.005)
        status = "stopped" if control.stopping else "done"
        yield RunFinished(run_id, status, 1, 1, 0.0, {"val_accuracy": 0.5 + count / 100})

    return mock.patch.object(running, "train", train)


def test_a_check_is_stopped_and_gone_on_with(qtbot, panel: WinnerPanel) -> None:
    type_into(qtbot, panel.form, "best", "1")
    type_into(qtbot, panel.form, "seeds", "3")
    with held(first=True):
        click(qtbot, panel.start)
        qtbot.waitUntil(lambda: panel.progress.value() == 2, timeout=60_000)
        assert (panel.progress.maximum(), panel.busy.isVisible()) == (6, True)
        assert not panel.asking.isVisible()
        assert panel.doing.text() == "Training the present project, run 2 of 3"
        click(qtbot, panel.stop)
        qtbot.waitUntil(lambda: not panel.runner.job.active, timeout=60_000)
    settle(qtbot, panel.session)
    assert not panel.busy.isVisible()
    assert panel.start.text() == "Go on with the check"
    assert "too few runs to tell" in panel.answer.words.text()
    with held(first=False):
        click(qtbot, panel.start)
        qtbot.waitUntil(lambda: panel.runner.job.ending == "done", timeout=60_000)
    settle(qtbot, panel.session)
    assert panel.start.text() == "Check again"


def test_while_something_runs_the_reason_stands_at_the_button(
    qtbot, panel: WinnerPanel, fake_training
) -> None:
    project, folder = panel.document.project, panel.document.folder
    assert project is not None
    assert folder is not None
    panel.runner.start_training(project, folder)
    qtbot.waitUntil(lambda: panel.runner.job.phase == "running", timeout=60_000)
    settle(qtbot, panel.session)
    assert not panel.start.isEnabled()
    assert panel.refusal.text() == "A training is running: stop it, or wait for its end."
    fake_training.go_on.set()
    qtbot.waitUntil(lambda: not panel.runner.job.active, timeout=60_000)
    settle(qtbot, panel.session)
    assert panel.start.isEnabled()


def test_a_failed_check_says_why(qtbot, panel: WinnerPanel) -> None:
    with drawn_trainings(lambda _project: float("nan")):
        click(qtbot, panel.start)
        qtbot.waitUntil(lambda: not panel.runner.job.active, timeout=60_000)
    settle(qtbot, panel.session)
    assert "cannot be trained again: Run 1" in panel.answer.words.text()
    assert not panel.applying.isVisible()


def test_an_error_and_a_damaged_record_are_told_in_place(qtbot, panel: WinnerPanel) -> None:
    study = panel._study
    assert study is not None
    with study.alone():
        click(qtbot, panel.start)
        qtbot.waitUntil(lambda: panel.runner.job.phase == "failed", timeout=60_000)
        settle(qtbot, panel.session)
    assert panel.problem.isVisible()
    assert "running already" in panel.problem.accessibleName()
    confirm_dir(study).mkdir()
    (confirm_dir(study) / "winner.json").write_text("{")
    panel.show_study(study)
    settle(qtbot, panel.session)
    assert "cannot be read" in panel.problem.accessibleName()
    assert panel.start.isEnabled()


def test_the_table_is_copied_with_all_digits(qtbot, panel: WinnerPanel) -> None:
    check(qtbot, panel, better=True)
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 5
    assert panel._study is not None
    record = json.loads((confirm_dir(panel._study) / "winner.json").read_text())
    assert float(lines[2].split("\t")[1]) == record["arms"][1]["tuned"]
    assert lines[2].endswith("better")


def test_the_table_of_trials_says_what_stands_against_applying_one(
    qtbot, panel: WinnerPanel, study: StudyFolder
) -> None:
    trials = TrialsPanel(panel.session)
    qtbot.addWidget(trials)
    trials.show()
    table = read_table(study)
    trials.show_trials(study, table, haystacks(table))
    settle(qtbot, panel.session)
    assert not trials.remark.isVisible()
    trials.show_trial(2)
    assert trials.remark.words.text().startswith("Trial 2 was not checked: ")
    check(qtbot, panel, better=False)
    winner = panel.table.trial
    trials.show_trial(winner)
    assert trials.remark.words.text().startswith(f"The evidence does not support trial {winner}: ")
    assert trials.remark.words.text() == panel.evidence.words.text()
    lr = panel.document.project.training.optimizer.with_(lr=0.05)
    recipe = panel.document.project.training.with_(optimizer=lr)
    panel.document.apply(panel.document.project.with_(training=recipe), "Edit")
    settle(qtbot, panel.session)
    assert "was not checked" in trials.remark.words.text()
