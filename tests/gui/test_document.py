"""The document: edits and their history, saving, the journal, the lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import FoveaError
from engine.project import journal, store
from engine.project.lock import acquire
from gui.document import Document


def edited(document: Document, epochs: int, merge_key: str | None = None) -> None:
    project = document.project
    assert project is not None
    training = project.training.with_(epochs=epochs)
    document.apply(project.with_(training=training), f"Set epochs to {epochs}", merge_key)


def epochs(document: Document) -> int:
    assert document.project is not None
    return document.project.training.epochs


@pytest.fixture
def document(qtbot, project_folder: Path):
    made = Document()
    made.open(project_folder)
    yield made
    made.close()


def test_undo_and_redo_walk_through_the_edits(document: Document) -> None:
    start = document.project
    edited(document, 3)
    edited(document, 5)
    assert document.undo_stack.undoText() == "Set epochs to 5"
    document.undo_stack.undo()
    assert epochs(document) == 3
    document.undo_stack.undo()
    assert document.project is start
    document.undo_stack.redo()
    assert epochs(document) == 3


def test_edits_of_one_slider_are_one_step(document: Document) -> None:
    start = document.project
    for value in (3, 4, 5):
        edited(document, value, "training.epochs")
    edited(document, 7, "other")
    assert document.undo_stack.count() == 2
    document.undo_stack.undo()
    assert epochs(document) == 5
    document.undo_stack.undo()
    assert document.project is start


def test_a_drag_back_to_the_start_leaves_no_step(document: Document) -> None:
    before = epochs(document)
    edited(document, 3, "training.epochs")
    edited(document, before, "training.epochs")
    assert document.undo_stack.count() == 0
    assert not document.dirty


def test_an_equal_value_is_no_edit(document: Document) -> None:
    edited(document, epochs(document))
    assert document.undo_stack.count() == 0


def test_untouched_parts_stay_the_same_objects(qtbot, document: Document) -> None:
    with qtbot.waitSignal(document.changed) as seen:
        edited(document, 3)
    before, after = seen.args
    assert before.model is after.model
    assert before.training is not after.training


def test_saving_makes_it_clean_and_survives(document: Document, project_folder: Path) -> None:
    edited(document, 3)
    assert document.dirty
    document.save()
    assert not document.dirty
    assert store.load(project_folder).project == document.project
    document.undo_stack.undo()
    assert document.dirty


def test_opening_and_closing_changes_no_byte(project_folder: Path) -> None:
    files = {p: p.read_bytes() for p in project_folder.rglob("*") if p.is_file()}
    document = Document()
    document.open(project_folder)
    document.close()
    assert {p: p.read_bytes() for p in project_folder.rglob("*") if p.is_file()} == files


def test_unsaved_edits_are_journalled_and_offered(qtbot, project_folder: Path) -> None:
    crashed = Document()
    crashed.open(project_folder)
    edited(crashed, 3)
    qtbot.waitUntil(lambda: journal.recover(project_folder) is not None, timeout=20_000)
    crashed._release()  # what a crash leaves: no lock, but the journal

    document = Document()
    recovery = document.open(project_folder)
    assert recovery is not None
    assert recovery.project.training.epochs == 3
    document.recover(recovery)
    assert document.dirty
    assert epochs(document) == 3
    document.save()
    assert journal.recover(project_folder) is None
    document.close()


def test_edits_that_were_left_for_later_survive_saves_and_closing(project_folder: Path) -> None:
    saved = store.load(project_folder).project
    lost = saved.with_(training=saved.training.with_(epochs=3))
    journal.Journal(project_folder).write(lost)
    for _ in range(2):  # once saved and closed, once edits discarded
        document = Document()
        assert document.open(project_folder).project == lost
        edited(document, 5)
        document.save()
        edited(document, 6)
        document.close()
    document = Document()
    assert document.open(project_folder).project == lost
    document.discard_recovery()
    document.close()
    assert journal.recover(project_folder) is None


def test_undoing_everything_clears_the_journal(qtbot, project_folder: Path) -> None:
    document = Document()
    document.open(project_folder)
    edited(document, 3)
    qtbot.waitUntil(lambda: journal.recover(project_folder) is not None, timeout=20_000)
    document.undo_stack.undo()
    qtbot.waitUntil(lambda: not any(project_folder.glob("journal/*")), timeout=20_000)
    assert journal.recover(project_folder) is None
    document.close()


def test_a_journal_that_cannot_be_written_is_told_once(
    qtbot, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise FoveaError("FV-O001", "The disk is full.")

    monkeypatch.setattr(journal.Journal, "write", refuse)
    told: list[object] = []
    document.journal_failed.connect(told.append)
    for value in (3, 4):
        edited(document, value)
        document._write_journal()
    assert len(told) == 1


def test_somebody_else_has_it_open(project_folder: Path) -> None:
    with acquire(project_folder):
        document = Document()
        document.open(project_folder)
        assert "already has the project open" in document.read_only
        edited(document, 3)
        with pytest.raises(FoveaError, match="read-only"):
            document.save()
        document.close()


def test_a_file_that_cannot_be_read_keeps_the_open_project(
    document: Document, tmp_path: Path
) -> None:
    before = document.project
    with pytest.raises(FoveaError) as caught:
        document.open(tmp_path / "nowhere")
    assert caught.value.code == "FV-P003"
    assert document.project is before


def test_save_as_goes_on_in_the_copy(document: Document, tmp_path: Path) -> None:
    edited(document, 3)
    document.save_as(tmp_path / "copy")
    assert document.folder == tmp_path / "copy"
    assert not document.dirty
    assert store.load(tmp_path / "copy").project.training.epochs == 3
    edited(document, 4)
    document.save()


def test_another_program_changed_the_file(document: Document, project_folder: Path) -> None:
    project = document.project
    assert project is not None
    store.save(project_folder, project.with_(name="other"), expect_digest=None)
    edited(document, 3)
    with pytest.raises(FoveaError) as caught:
        document.save()
    assert caught.value.code == "FV-P018"
    document.save(overwrite=True)
    assert store.load(project_folder).project.training.epochs == 3
