"""The recipe beside the curves: searched, and its schedule drawn before the run."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from engine.optimizers.base import OPTIMIZERS
from engine.recipe import Training
from engine.schedules.base import SCHEDULES
from engine.schedules.simple import Cosine
from engine.schedules.steps import Step
from gui.pages.train.page import TrainPage
from gui.pages.train.schedule_plot import planned
from tests.gui.pages.conftest import change, click, type_into
from tests.support.mouse import move

RATE = "Learning rate"


@pytest.mark.parametrize("kind", list(SCHEDULES), ids=lambda kind: kind.kind)
def test_the_plan_is_the_peak_times_the_factor(kind) -> None:
    recipe = Training(epochs=8, schedule=kind(), optimizer=OPTIMIZERS.get("sgd")(lr=0.2))
    xs, ys = planned(recipe, 100)
    assert xs[-1] == 8
    assert len(xs) == 100
    assert ys[37] == 0.2 * recipe.schedule.factor(37, 100)


def test_the_plan_follows_the_recipe(qtbot, page: TrainPage) -> None:
    plot = page.recipe.schedule
    before = plot.points(RATE)[1].max()
    type_into(qtbot, page.form.field("optimizer").form, "lr", "0.05")
    assert plot.points(RATE)[1].max() == pytest.approx(0.05, rel=0.01)
    assert before != plot.points(RATE)[1].max()
    change(page.session, training=page.document.project.training.with_(schedule=Step(drops=1)))
    assert len(set(plot.points(RATE)[1][100:].round(6))) == 2
    page.document.undo_stack.undo()
    page.document.undo_stack.undo()
    assert plot.points(RATE)[1].max() == before


def test_the_plan_is_read_under_the_cursor(qtbot, page: TrainPage) -> None:
    training = page.document.project.training
    change(page.session, training=training.with_(epochs=10, schedule=Cosine(warmup=0.0)))
    assert page.form.reveal("schedule")
    plot = page.recipe.schedule
    for _ in range(3):
        plot.grab()
        qtbot.wait(1)
    move(plot.view.viewport(), plot.view.pixel(5.0, 0.001).toPoint())
    assert plot.overlay.text.startswith("Epoch 5\nLearning rate: 0.0015")


def test_ctrl_f_searches_the_settings(qtbot, page: TrainPage) -> None:
    assert page.recipe.search.isVisible()
    page.activateWindow()
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert page.recipe.search.hasFocus()
    qtbot.keyClicks(page.recipe.search, "clipping")
    assert page.form.field("clip_norm").isVisible()
    assert not page.form.field("epochs").isVisible()
    qtbot.keyClick(page.recipe.search, Qt.Key.Key_Escape)
    assert page.form.field("epochs").isVisible()
    assert not page.form.field("clip_norm").isVisible()


def test_sections_stay_unfolded_over_projects_and_undo(qtbot, page: TrainPage) -> None:
    section = page.form.sections["Gradients"]
    page.form.reveal("clip_norm")
    click(qtbot, section.head)
    assert not page.form.field("clip_norm").isVisible()
    click(qtbot, section.head)
    type_into(qtbot, page.form, "clip_norm", "1.5")
    assert section.summary.text() == "1 changed"
    page.document.undo_stack.undo()
    assert section.summary.text() == ""
    assert page.form.field("clip_norm").isVisible()
