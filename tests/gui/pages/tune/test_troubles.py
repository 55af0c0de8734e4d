"""Rows S04 and S02 in the window: damaged studies are told, and go back to their backups."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.tune.folder import list_studies
from gui.pages.base import Session
from gui.pages.tune.page import TunePage
from tests.gui.pages.conftest import OpenPage, click, settle


def opened_damaged(session: Session, searched: Path, show: OpenPage) -> TunePage:
    """The page of a project whose study cannot be read."""
    file = searched / "studies" / "first" / "study.db"
    file.write_bytes(b"no database" * 100)
    session.document.open(searched)
    return show(TunePage)


def test_damaged_studies_are_named_and_the_others_shown(
    qtbot, session: Session, searched: Path, show: OpenPage
) -> None:
    broken = searched / "studies" / "broken"
    broken.mkdir()
    (broken / "study.json").write_text("{")
    session.document.open(searched)
    page = show(TunePage)
    assert page.problem.isVisible()
    assert page.problem._what.text() == "The study “broken” cannot be read."
    assert page.study.name == "first"
    assert page.trials.table.trials.total == 3
    assert len(list_studies(searched)) == 2


def test_trials_that_cannot_be_read_are_a_problem_not_a_crash(
    qtbot, session: Session, searched: Path, show: OpenPage
) -> None:
    page = opened_damaged(session, searched, show)
    assert page.problem.isVisible()
    assert page.problem._what.text() == "The trials of first cannot be read."
    assert page.trials.table.trials.total == 0


def test_every_damaged_study_is_told_and_one_goes_back_to_its_backup(
    qtbot, session: Session, searched: Path, show: OpenPage
) -> None:
    studies = searched / "studies"
    for name in ("second", "third"):
        shutil.copytree(studies / "first", studies / name)
        (studies / name / "study.db").write_bytes(b"no database" * 100)
    (studies / "second" / "study.backup.db").unlink()
    (studies / "third" / "study.json").write_text("{")
    (studies / "first" / "study.db").write_bytes(b"")
    session.document.open(searched)
    page = show(TunePage)
    settle(qtbot, session)
    told = {}
    for _ in page.problem.errors:
        told[page.problem._what.text()] = page.problem.button.isVisible()
        click(qtbot, page.problem.after)
    assert told == {
        "The trials of first cannot be read.": True,
        "The trials of second cannot be read.": False,
        "The study “third” cannot be read.": False,
    }
    page.results.tabs.setCurrentWidget(page.results.winner)
    settle(qtbot, session)
    while not page.problem.button.isVisible():
        click(qtbot, page.problem.after)
    with qtbot.waitSignal(session.toast_requested) as said:
        click(qtbot, page.problem.button)
    settle(qtbot, session)
    assert "first is as of its backup of 20" in said.args[0]
    assert "3 trials. The damaged file is kept as study.damaged-1.db." in page.plan.told.text()
    assert page.study.name == "first"
    assert page.trials.table.trials.total == 3
    assert not page.results.winner.problem.isVisible()
    assert [error.code for error in page.problem.errors] == ["FV-S005", "FV-S004"]
    click(qtbot, page.problem.close_button)
    assert not page.problem.isVisible()
    assert page.state() == "ready"


def test_a_study_that_runs_elsewhere_is_not_restored(
    qtbot, session: Session, searched: Path, show: OpenPage
) -> None:
    page = opened_damaged(session, searched, show)
    settle(qtbot, session)
    with list_studies(searched)[0].alone():
        click(qtbot, page.problem.button)
        settle(qtbot, session)
    assert page.problem.own.code == "FV-S002"
    kept = searched / "studies" / "first" / "study.db"
    assert kept.read_bytes() == b"no database" * 100
