"""The Evaluate page: figures equal to the engine's, and cells that open exactly their images."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from engine.augment.pipeline import Pipeline
from engine.evaluate import evaluate, load_evaluation
from engine.runs.folder import RunFolder
from gui.numbers import decimal, percent
from gui.pages.base import Session
from gui.pages.evaluate.page import EvaluatePage
from tests.gui.pages.conftest import COUNTS, FIRST, LEFT, OpenPage, click, settle


@pytest.fixture
def page(session: Session, trained: Path, show: OpenPage) -> EvaluatePage:
    """The page of the tiny project with its run, not evaluated yet."""
    session.document.open(trained)
    return show(EvaluatePage)


@pytest.fixture
def evaluated(qtbot, page: EvaluatePage) -> EvaluatePage:
    """The page after a click on Evaluate."""
    click(qtbot, page.start)
    settle(qtbot, page.session)
    assert page.result is not None
    return page


def shown(page: EvaluatePage) -> list[str]:
    """The images in the gallery, as CLASS/FILE."""
    return sorted(tile.tip.splitlines()[0] for tile in page.gallery.tiles.tiles)


def test_without_a_run_the_page_sends_to_training(
    qtbot, session: Session, tiny: Path, show: OpenPage
) -> None:
    session.document.open(tiny)
    page = show(EvaluatePage)
    went = []
    session.go_requested.connect(went.append)
    assert page.state() == "nothing"
    assert not page.start.isEnabled()
    assert "No trained model" in page.empty.title.text()
    click(qtbot, page.empty.button)
    assert went == ["train"]


def test_a_run_waits_to_be_evaluated(page: EvaluatePage) -> None:
    assert page.run.id == FIRST
    assert page.primary_action().text == "Evaluate"
    assert "Not evaluated" in page.empty.title.text()
    assert page.empty.isVisible()


def test_the_figures_are_the_engines(evaluated: EvaluatePage, trained: Path) -> None:
    wanted = evaluate(trained, FIRST, "val")
    assert evaluated.result.to_json() == wanted.to_json()
    assert evaluated.accuracy.value == percent(wanted.accuracy)
    assert evaluated.balanced.value == percent(wanted.balanced_accuracy)
    assert evaluated.count.value == str(wanted.n)
    assert evaluated.state() == "ready"
    assert evaluated.primary_action() is None
    assert load_evaluation(trained / "runs" / FIRST, "val").to_json() == wanted.to_json()


def test_classes_in_order_are_told_how_far_off_answers_are(evaluated: EvaluatePage) -> None:
    view = evaluated.view
    assert not view.kappa.isVisible()
    assert not view.off.isVisible()
    assert view.classes.isColumnHidden(5)
    graded = replace(
        evaluated.result, targets="ordinal", quadratic_kappa=0.5, mean_absolute_error=None
    )
    view.show_result(graded, None)
    assert view.kappa.isVisible()
    assert (view.kappa.value, view.off.value) == (decimal(0.5, 3), "–")
    view.show_result(evaluated.result, None)
    assert not view.kappa.isVisible()


def test_the_table_has_a_row_per_class(qtbot, evaluated: EvaluatePage) -> None:
    table, result = evaluated.classes, evaluated.result
    rows = {table.item(row, 0).text(): row for row in range(table.rowCount())}
    assert list(rows) == list(COUNTS)
    for one in result.per_class:
        row = rows[one.name]
        assert table.item(row, 1).text() == str(one.n)
        assert table.item(row, 2).text().startswith(percent(one.recall))
        assert table.item(row, 3).text() == percent(one.precision)
        assert table.item(row, 4).text() == percent(one.f1)
    head = table.horizontalHeader()
    across = head.sectionViewportPosition(1) + 20
    qtbot.mouseClick(head.viewport(), LEFT, pos=QPoint(across, 10))
    counts = [int(table.item(row, 1).text()) for row in range(table.rowCount())]
    assert counts in (sorted(counts), sorted(counts, reverse=True))


def test_a_cell_shows_exactly_its_images(qtbot, evaluated: EvaluatePage) -> None:
    result, matrix = evaluated.result, evaluated.matrix
    for true in range(3):
        for given in range(3):
            cell = matrix.cell_rect((true, given)).center().toPoint()
            qtbot.mouseClick(matrix, LEFT, pos=cell)
            places = np.flatnonzero((result.labels == true) & (result.predictions == given))
            assert shown(evaluated) == sorted(result.paths[place] for place in places)
            assert len(places) == result.confusion[true][given]
            assert all(result.paths[p].startswith(list(COUNTS)[true]) for p in places)


def test_a_cell_is_opened_by_keys_and_its_pictures_are_read(qtbot, evaluated: EvaluatePage) -> None:
    matrix, result = evaluated.matrix, evaluated.result
    true = int(np.argmax(np.diag(result.confusion)))
    matrix.setFocus()
    for _ in range(true + 1):
        qtbot.keyClick(matrix, Qt.Key.Key_Down)
    for _ in range(true):
        qtbot.keyClick(matrix, Qt.Key.Key_Right)
    qtbot.keyClick(matrix, Qt.Key.Key_Return)
    assert len(shown(evaluated)) == result.confusion[true][true] > 0
    settle(qtbot, evaluated.session)
    first = evaluated.gallery.tiles.tiles[0]
    assert evaluated.gallery.tiles.picture(first.key) is not None


def test_mistakes_come_first_and_are_marked(evaluated: EvaluatePage) -> None:
    result = evaluated.result
    wrong = np.flatnonzero(result.labels != result.predictions)
    assert shown(evaluated) == sorted(result.paths[place] for place in wrong)
    assert {tile.mark for tile in evaluated.gallery.tiles.tiles} <= {"wrong"}


def test_test_images_are_a_part_of_their_own(qtbot, evaluated: EvaluatePage, trained: Path) -> None:
    click(qtbot, evaluated.parts.button("test"))
    settle(qtbot, evaluated.session)
    assert evaluated.result is None
    assert "test" in evaluated.empty.title.text()
    click(qtbot, evaluated.start)
    settle(qtbot, evaluated.session)
    assert evaluated.result.split == "test"
    assert evaluated.result.to_json() == evaluate(trained, FIRST, "test").to_json()
    click(qtbot, evaluated.parts.button("val"))
    settle(qtbot, evaluated.session)
    assert evaluated.result.split == "val"


def test_an_evaluation_is_there_again_next_time(
    session: Session, trained: Path, show: OpenPage
) -> None:
    wanted = evaluate(trained, FIRST, "val")
    session.document.open(trained)
    page = show(EvaluatePage)
    assert page.result.to_json() == wanted.to_json()
    assert not page.empty.isVisible()


def test_what_was_left_out_is_told(evaluated: EvaluatePage) -> None:
    view, result = evaluated.view, evaluated.result
    assert view.notes.isHidden()
    view.show_result(replace(result, notes=("2 images were left out.",)), None)
    assert view.notes.isVisible()
    assert view.notes.text() == "2 images were left out."


def test_missing_weights_are_told(qtbot, page: EvaluatePage, trained: Path) -> None:
    shutil.rmtree(trained / "runs" / FIRST / "checkpoints")
    click(qtbot, page.start)
    settle(qtbot, page.session)
    assert page.problem.isVisible()
    assert page.problem.accessibleName().endswith("has no weights to evaluate.")
    assert page.result is None
    assert not page.overlay.isVisible()


def test_an_evaluation_can_be_cancelled(qtbot, page: EvaluatePage) -> None:
    click(qtbot, page.start)
    assert page.overlay.isVisible()
    assert page.state() == "running"
    click(qtbot, page.overlay.panel.cancel)
    settle(qtbot, page.session)
    assert not page.overlay.isVisible()
    assert page.result is None
    assert page.state() == "nothing"


def choose_variants(qtbot, page: EvaluatePage, text: str) -> None:
    """Chooses in the list by keys, as a person does."""
    qtbot.keyClick(page.variants, Qt.Key.Key_Home)
    while page.variants.currentText() != text:
        before = page.variants.currentIndex()
        qtbot.keyClick(page.variants, Qt.Key.Key_Down)
        assert page.variants.currentIndex() == before + 1
    assert page.variants.currentText() == text


def test_variants_are_averaged_and_told(qtbot, page: EvaluatePage, trained: Path) -> None:
    choose_variants(qtbot, page, "Average over 4 variants")
    click(qtbot, page.start)
    settle(qtbot, page.session)
    wanted = evaluate(trained, FIRST, "val", variants=4)
    assert page.result.to_json() == wanted.to_json()
    assert page.view.notes.isVisible()
    assert "4 variants of it" in page.view.notes.text()
    choose_variants(qtbot, page, "Plain images")
    click(qtbot, page.start)
    settle(qtbot, page.session)
    assert page.result.variants == 0
    assert page.view.notes.isHidden()


def test_the_choice_says_how_a_kept_result_was_made(
    session: Session, trained: Path, show: OpenPage
) -> None:
    evaluate(trained, FIRST, "val", variants=3)
    session.document.open(trained)
    page = show(EvaluatePage)
    assert page.variants.currentText() == "Average over 3 variants"
    assert page.result.variants == 3


def test_a_run_without_cards_for_variants_says_so(qtbot, page: EvaluatePage, trained: Path) -> None:
    folder = RunFolder(trained / "runs" / FIRST)
    folder.write_project(folder.read_project() | {"augment": Pipeline().to_json()})
    choose_variants(qtbot, page, "Average over 8 variants")
    click(qtbot, page.start)
    settle(qtbot, page.session)
    assert page.problem.isVisible()
    assert "no variants" in page.problem.accessibleName()
    assert page.result is None
