"""A study that several computers share, on the Tune page: seen, read from there, and told apart."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest import mock

import optuna
import pytest
import sqlalchemy
from PySide6.QtCore import Qt

from engine.errors import FoveaError
from engine.tune.folder import StudyFolder, find_study
from engine.tune.remote.address import StorageAddress
from engine.tune.remote.looking import VARIABLE, Onlooker
from engine.tune.table import StudyTable, TrialRow
from gui.pages.base import Session
from gui.pages.tune import shared_bar
from gui.pages.tune.page import TunePage
from gui.pages.tune.shared_words import error_words, no_run_words, state_words
from tests.gui.pages.conftest import OpenPage, click, settle
from tests.gui.pages.tune.conftest import STUDY

SHOWN = "postgresql://me:***@lab/studies"


@pytest.fixture
def study(searched: Path, monkeypatch: pytest.MonkeyPatch) -> StudyFolder:
    """The study of three trials as if they had been copied from a storage."""
    monkeypatch.delenv(VARIABLE, raising=False)
    shared = replace(find_study(searched, STUDY), storage=SHOWN)
    shared.write()
    return shared


@pytest.fixture
def server(study: StudyFolder, tmp_path: Path) -> Iterator[optuna.Study]:
    """What stands for the storage: a file, where five trials are over and one runs."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    file = f"sqlite:///{tmp_path / 'server.db'}"
    storage = optuna.storages.RDBStorage(file, engine_kwargs={"poolclass": sqlalchemy.NullPool})
    theirs = optuna.create_study(storage=storage, study_name=STUDY, direction="maximize")
    for number in range(6):
        trial = theirs.ask()
        trial.suggest_float("training.optimizer.lr", 1e-4, 0.1, log=True)
        trial.set_user_attr("worker", "lab-7")
        if number < 5:
            theirs.tell(trial, 0.5)
    address = StorageAddress(SHOWN, "sqlite", file, "")
    with mock.patch.object(shared_bar, "address_of", return_value=address):
        yield theirs


@pytest.fixture
def page(qtbot, session: Session, show: OpenPage, study: StudyFolder) -> TunePage:
    session.document.open(study.path.parent.parent)
    made = show(TunePage)
    settle(qtbot, session)
    return made


def numbers(page: TunePage) -> list[int]:
    return [row.number for row in page.trials.table.trials.current_table().rows]


def test_a_shared_study_is_listed_with_the_trials_that_were_copied(page: TunePage) -> None:
    assert page.shared.isVisible()
    assert SHOWN in page.shared.place.text()
    assert numbers(page) == [0, 1, 2]
    assert "the newest trial copied here" in page.shared.told.text()
    action = page.primary_action()
    assert action is not None
    assert "python -m engine worker" in action.reason
    assert page.state() == "ready"


def test_a_study_of_this_computer_has_no_such_bar(
    qtbot, session: Session, show: OpenPage, searched: Path
) -> None:
    session.document.open(searched)
    made = show(TunePage)
    settle(qtbot, session)
    assert made.study is not None
    assert not made.shared.isVisible()


def test_it_is_read_from_there_when_somebody_connects(
    qtbot, session: Session, page: TunePage, server: optuna.Study
) -> None:
    page.shared.password.setText("hush")
    click(qtbot, page.shared.connect_button)
    settle(qtbot, session)
    assert numbers(page) == [0, 1, 2, 3, 4, 5]
    assert "1 trial is running on lab-7, as of" in page.shared.told.text()
    assert not page.shared.connect_button.isVisible()
    assert page.shared.password.text() == ""
    assert "hush" not in (page.study.path / "study.json").read_text()
    page.trials.show_trial(4)
    assert page.trials.told.text().endswith("on lab-7.")
    page.shared.follower._look()
    server.tell(5, 0.75)
    settle(qtbot, session)
    page.shared.follower._look()
    settle(qtbot, session)
    assert page.trials.trial(5).values == (0.75,)


def test_without_a_password_it_waits_for_one(qtbot, page: TunePage) -> None:
    assert not page.shared.connect_button.isEnabled()
    qtbot.keyClick(page.shared.password, Qt.Key.Key_Return)
    assert "asks for a password" in page.shared.problem.accessibleName()
    qtbot.keyClicks(page.shared.password, "hush")
    assert page.shared.connect_button.isEnabled()


def test_a_server_that_is_not_there_is_told_in_words(
    qtbot, session: Session, page: TunePage, tmp_path: Path
) -> None:
    gone = StorageAddress(SHOWN, "sqlite", f"sqlite:///{tmp_path / 'gone' / 'server.db'}", "")
    with mock.patch.object(shared_bar, "address_of", return_value=gone):
        page.shared.password.setText("hush")
        click(qtbot, page.shared.connect_button)
        settle(qtbot, session)
    assert "does not answer, or refuses" in page.shared.problem.accessibleName()
    assert page.shared.connect_button.isVisible()
    assert not page.shared.follower.following
    assert numbers(page) == [0, 1, 2]


def test_a_server_that_hangs_holds_nothing_up(
    qtbot, session: Session, page: TunePage, server: optuna.Study
) -> None:
    asked, answers = threading.Event(), threading.Event()

    def look(_: Onlooker) -> bool:
        asked.set()
        return answers.wait(10)

    with mock.patch.object(Onlooker, "look", look):
        page.shared.password.setText("hush")
        click(qtbot, page.shared.connect_button)
        qtbot.waitUntil(asked.is_set)
        assert page.shared.told.text() == "Reading…"
        click(qtbot, page.plan.new)
        assert page.study is None
        assert not page.shared.isVisible()
        answers.set()
        settle(qtbot, session)
    assert not page.shared.follower.following


def test_the_environment_connects_by_itself(
    qtbot, session: Session, show: OpenPage, study: StudyFolder, server: optuna.Study
) -> None:
    address = shared_bar.address_of(study, "")
    with mock.patch.object(shared_bar, "given_address", return_value=address):
        session.document.open(study.path.parent.parent)
        made = show(TunePage)
        settle(qtbot, session)
    assert made.shared.follower.following
    qtbot.waitUntil(lambda: numbers(made) == [0, 1, 2, 3, 4, 5])
    made.hide()
    assert not made.shared.follower.seen


def test_where_a_run_is_and_who_trains_is_said_in_words() -> None:
    assert no_run_words(TrialRow(1, "complete", run="trial-00001")) == ""
    assert no_run_words(TrialRow(1, "complete", worker="lab-7")) == "Its run is on lab-7."
    assert "was not trained" in no_run_words(TrialRow(1, "failed", worker="2"))
    now = datetime.datetime(2026, 1, 2, 3, 4, 5)
    rows = tuple(TrialRow(n, "running", worker=f"lab-{n}", begun=now) for n in range(6))
    table = StudyTable("s", (), (), rows)
    words = "6 trials are running on lab-0, lab-1, lab-2, lab-3 and 2 more"
    assert state_words(table, now) == f"{words}, as of 03:04:05."
    assert state_words(table, None).endswith("trial copied here is of 02 Jan, 03:04.")
    assert state_words(replace(table, rows=()), None).startswith("No trial was copied")


def test_what_went_wrong_is_told_in_sentences_of_the_window() -> None:
    """Not “start the command anew”, which is the command line's."""
    error = FoveaError("FV-S042", "It does not answer.", why="refused", fix="Start the command.")
    words = error_words(error, again=False)
    assert words.startswith("It does not answer. Refused. Check")
    assert words.endswith("then press Connect. (FV-S042)")
    assert error_words(error, again=True).endswith("asked again every minute. (FV-S042)")
    other = FoveaError("FV-S048", "It asks for a password.", fix="Type it.")
    assert error_words(other, again=False) == "It asks for a password. Type it. (FV-S048)"


def test_in_a_narrow_window_the_way_there_stands_below_the_state(qtbot, page: TunePage) -> None:
    bar = page.shared
    layout = bar.layout()
    assert layout is not None
    for width, below in ((760, False), (456, True)):
        bar.resize(width, bar.height())
        layout.activate()
        at = bar.connect_button.mapTo(bar, bar.connect_button.rect().center())
        assert (at.y() > bar.told.geometry().bottom()) is below
