"""Scenes of the Train page beyond the four states: plots, sections, comparing, queue, messages."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QItemSelectionModel, Qt

from engine.runs.notes import write_note
from gui.pages.train.page import TrainPage
from gui.pages.train.tools.dialog import ToolDialog
from tests.screens.projects import lasting
from tests.screens.studio import Change, Studio

__all__ = ["TRAIN_SCENES", "lay_behind", "train_page"]

TRAIN_SCENES: dict[str, Callable[[Studio], None]] = {}


def scene(function: Callable[[Studio], None]) -> Callable[[Studio], None]:
    """Puts a scene into the table under its function's name."""
    TRAIN_SCENES[function.__name__.replace("_", "-")] = function
    return function


def train_page(studio: Studio, change: Change | None = None) -> TrainPage:
    """The page of the scene's project."""
    page = studio.open("train", change)
    assert isinstance(page, TrainPage)
    return page


def lay_behind(page: TrainPage) -> None:
    """Ticks the oldest run."""
    model = page.table.runs
    oldest = model.index(model.rowCount() - 1, 0)
    model.setData(oldest, Qt.CheckState.Checked.value, Qt.ItemDataRole.CheckStateRole)


@scene
def train_plots(studio: Studio) -> None:
    """All plots that the run has, an earlier run behind, a note in the table."""
    page = train_page(studio)
    for run in page.table.runs.runs[1:]:
        write_note(run.path, "without augmentation")
    page.refresh_runs()
    studio.settle()
    lay_behind(page)
    for made in page.curves.board.toggles.buttons.values():
        if made.isVisible() and not made.isChecked():
            made.click()
    studio.settle()
    page.curves.loss.show_cursor(3.0)
    page.curves.loss.cursor_moved.emit(3.0)


@scene
def train_sections(studio: Studio) -> None:
    """Sections of the recipe, one unfolded, some settings changed."""
    page = train_page(
        studio,
        lambda project: project.with_(
            training=project.training.with_(clip_norm=1.0, early_stopping=8, seed=7)
        ),
    )
    assert page.form.reveal("clip_norm")
    studio.settle()


@scene
def train_schedule(studio: Studio) -> None:
    """The plan of the learning rate below its schedule."""
    page = train_page(studio)
    assert page.form.reveal("loss")
    studio.settle()


@scene
def train_search(studio: Studio) -> None:
    """Settings found by a word."""
    train_page(studio).recipe.search.setText("stop")


@scene
def train_compare(studio: Studio) -> None:
    """Two runs side by side."""
    page = train_page(studio)
    flags = QItemSelectionModel.SelectionFlag
    for row in range(2):
        index = page.table.runs.index(row, 0)
        page.table.selectionModel().select(index, flags.Select | flags.Rows)
    page.runs.compare.click()
    studio.settle()


@scene
def train_queue(studio: Studio) -> None:
    """Runs that wait while one trains."""
    page = train_page(studio, lasting)
    studio.train_until(epoch=1)
    document = studio.window.session.document
    for epochs in (20, 40):
        assert document.project is not None
        recipe = document.project.training.with_(epochs=epochs)
        document.apply(document.project.with_(training=recipe), "Edit")
        page.add_to_queue()
        studio.settle()
    page.tabs.setCurrentWidget(page.queue)


@scene
def train_messages(studio: Studio) -> None:
    """What a run says, with a warning that leads to a setting."""
    page = train_page(studio)
    page.messages.say(
        "The loss rose to three times its mean within 20 steps. A lower learning rate or gradient "
        "clipping prevents that.",
        "warning",
        "training.clip_norm",
    )
    page.tabs.setCurrentWidget(page.messages)


@scene
def train_small(studio: Studio) -> None:
    """The smallest window, with four plots and an earlier run."""
    studio.window.resize(960, 600)
    page = train_page(studio)
    lay_behind(page)
    page.curves.board.choose(("loss", "accuracy"))
    studio.settle()


@scene
def train_small_running(studio: Studio) -> None:
    """The smallest window while a model trains."""
    studio.window.resize(960, 600)
    train_page(studio, lasting)
    studio.train_until(epoch=2)


@scene
def train_tool_lr(studio: Studio) -> None:
    """The learning rate test, done."""
    _finish(studio, train_page(studio).tools.open_lr_test())


@scene
def train_tool_dry(studio: Studio) -> None:
    """The dry run, done."""
    _finish(studio, train_page(studio).tools.open_dry_run())


@scene
def train_tool_batch(studio: Studio) -> None:
    """The batch size finder, done."""
    _finish(studio, train_page(studio).tools.open_batch_size())


def _finish(studio: Studio, dialog: ToolDialog) -> None:
    studio.settle()
    if not dialog.running:
        dialog.start()
    studio.until(lambda: not dialog.running)
    studio.settle()
