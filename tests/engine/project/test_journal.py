"""Unsaved edits survive a crash, and a second one."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.project import journal
from engine.project.journal import Journal, recover
from engine.project.store import PROJECT_FILE, create, load, save
from tests.engine.project.examples import example_project

SAVED = example_project()
EDITED = SAVED.with_(name="Edited")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    create(tmp_path, SAVED)
    seconds = iter(range(1_000_000, 2_000_000))
    monkeypatch.setattr(journal.time, "time", lambda: float(next(seconds)))
    return tmp_path


def test_without_a_journal_there_is_nothing_to_recover(folder: Path) -> None:
    assert recover(folder) is None
    Journal(folder).clear()
    assert [path.name for path in folder.iterdir()] == [PROJECT_FILE]


def test_the_last_edit_comes_back_and_recovering_changes_nothing(folder: Path) -> None:
    session = Journal(folder)
    session.write(SAVED.with_(name="Earlier"))
    session.write(EDITED)
    before = sorted((p, p.read_bytes()) for p in folder.rglob("*.fovea"))
    found = recover(folder, SAVED)
    assert found is not None
    assert found.project == EDITED
    assert found.fits
    assert sorted((p, p.read_bytes()) for p in folder.rglob("*.fovea")) == before


def test_edits_equal_to_the_saved_project_are_not_unsaved(folder: Path) -> None:
    Journal(folder).write(SAVED)
    assert recover(folder, load(folder).project) is None
    assert recover(folder) is not None


def test_a_second_session_does_not_overwrite_what_the_first_left(folder: Path) -> None:
    Journal(folder).write(EDITED)
    second = Journal(folder)
    assert recover(folder).project == EDITED  # type: ignore[union-attr]
    second.write(SAVED.with_(name="Second"))
    assert len(list((folder / "journal").iterdir())) == 2
    assert recover(folder).project.name == "Second"  # type: ignore[union-attr]
    second.clear()
    assert recover(folder) is None


def test_a_damaged_journal_is_passed_over_for_the_one_before(folder: Path) -> None:
    Journal(folder).write(EDITED)
    Journal(folder).write(SAVED.with_(name="Second"))
    newest = max((folder / "journal").iterdir())
    newest.write_bytes(newest.read_bytes()[:-40])
    found = recover(folder)
    assert found is not None
    assert found.project == EDITED


def test_a_journal_on_an_older_save_says_that_it_does_not_fit(folder: Path) -> None:
    base = load(folder).digest
    Journal(folder).write(EDITED, base=base)
    save(folder, SAVED.with_(name="Saved later"), expect_digest=base)
    found = recover(folder)
    assert found is not None
    assert not found.fits


def test_the_journal_helps_when_the_project_file_is_damaged(folder: Path) -> None:
    Journal(folder).write(EDITED)
    (folder / PROJECT_FILE).write_bytes(b"")
    found = recover(folder)
    assert found is not None
    assert found.project == EDITED
    assert not found.fits
