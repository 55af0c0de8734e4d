"""One evaluation: its measures, the confusion matrix, the classes, and the images behind a cell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from engine.data.paths import shown
from engine.evaluate import AllEvaluations, Evaluation, SeveralEvaluation
from gui.gallery import Gallery, Tile, TileList
from gui.images import ImageSet
from gui.numbers import decimal, percent
from gui.pages.evaluate.classes import ClassTable
from gui.plots import ConfusionMatrix
from gui.runner import Runner
from gui.theme.tokens import SPACE
from gui.widgets import Card, column, label
from gui.widgets.figure import Figure

__all__ = ["ResultView"]


class ResultView(QWidget):
    """Shows an evaluation and opens the images of the cells that are clicked.

    Where images can have several classes, matrix and images are those of one class at a time: the
    one whose row of the table is chosen.

    Emits ``failed(error)`` when a plot cannot be saved.
    """

    failed = Signal(object)

    def __init__(self, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.result: Evaluation | None = None
        self.several: SeveralEvaluation | None = None
        self._images: ImageSet | None = None
        self.accuracy = Figure("Accuracy", "Share of right answers, with its 95 % interval.")
        self.balanced = Figure(
            "Balanced accuracy", "Mean recall of the classes: each counts alike."
        )
        self.auc = Figure(
            "AUC", "Area under the ROC curve, one class against the rest; 0.5 is guessing."
        )
        self.exact = Figure(
            "Exact match", "Share of images all of whose classes are right, with 95 % interval."
        )
        self.precision = Figure(
            "Average precision", "Mean over the classes, without a threshold; 1 is perfect."
        )
        self.kappa = Figure(
            "Quadratic kappa", "Agreement beyond chance, far misses weighed more; 1 is perfect."
        )
        self.off = Figure("Classes off", "How many classes the answers are off, in the mean.")
        self.count = Figure("Images", "Images of the part evaluated.")
        self.notes = label("", "hint", wrap=True, select=True)
        self.notes.hide()
        self.matrix = ConfusionMatrix()
        self.classes = ClassTable()
        self.gallery = Gallery(runner, side=88)
        self.classes.chosen.connect(self.show_class)
        self.matrix.cell_clicked.connect(self.show_cell)
        self.matrix.failed.connect(self.failed)
        self._lay_out()

    def _lay_out(self) -> None:
        figures = QHBoxLayout()
        figures.setSpacing(SPACE)
        for figure in self._figures():
            figures.addWidget(figure, 1)
        self.table = matrix = Card("Confusion matrix")
        matrix.body.addWidget(self.matrix)
        middle = QHBoxLayout()
        middle.setSpacing(SPACE)
        middle.addWidget(matrix, 1)
        middle.addLayout(self._beside(), 1)
        inside = column(figures, self.notes, middle, gap=SPACE)
        inside.setStretch(2, 1)
        self.setLayout(inside)

    def _figures(self) -> tuple[Figure, ...]:
        several, ordinal = (self.exact, self.precision), (self.kappa, self.off)
        return (self.accuracy, *several, self.balanced, self.auc, *ordinal, self.count)

    def _beside(self) -> QVBoxLayout:
        table = Card("Classes")
        table.body.addWidget(self.classes)
        self.wall = Card("Images")
        self.hint = label("", "caption")
        self.wall.head.insertWidget(1, self.hint)
        self.wall.body.addWidget(self.gallery)
        right = column(table, self.wall, gap=SPACE)
        right.setStretch(0, 2)
        right.setStretch(1, 3)
        return right

    def show_result(self, result: AllEvaluations, images: ImageSet | None) -> None:
        """Shows an evaluation and its mistakes; ``images`` None: pictures come with a later set."""
        self.several = result if isinstance(result, SeveralEvaluation) else None
        self.result = result.of_class(0) if isinstance(result, SeveralEvaluation) else result
        self._show_figures(result)
        self.notes.setText("\n".join(result.notes))
        self.notes.setVisible(bool(result.notes))
        self.classes.show_evaluation(result)
        self._show_matrix()
        self.show_images(images)

    def show_class(self, index: int) -> None:
        """Shows one class of images that can have several; of others nothing changes."""
        if self.several is not None:
            self.result = self.several.of_class(index)
            self._show_matrix()
            self.show_images(self._images)

    def _show_matrix(self) -> None:
        assert self.result is not None
        self.matrix.set_matrix(self.result.confusion, self.result.classes)
        of = "" if self.several is None else f" of “{self.result.classes[1]}”"
        first = "" if self.several is None else "a class in the table, then "
        self.table.heading.setText(f"Confusion matrix{of}")
        self.hint.setText(f"Click {first}a cell of the matrix.")

    def _show_figures(self, result: AllEvaluations) -> None:
        low, high = result.interval
        between = f"95 % between {percent(low)} and {percent(high)}"
        several = isinstance(result, SeveralEvaluation)
        if several:
            self.exact.show_value(
                percent(result.exact_match), f"95 % [{percent(low, 0)}, {percent(high, 0)}]"
            )
            self.precision.show_value(_dashed(result.mean_average_precision))
        else:
            self.kappa.show_value(_dashed(result.quadratic_kappa))
            self.off.show_value(_dashed(result.mean_absolute_error))
        for figure in (self.exact, self.precision):
            figure.setVisible(several)
        for figure in (self.kappa, self.off):
            figure.setVisible(not several and result.targets == "ordinal")
        self.accuracy.show_value(percent(result.accuracy), "" if several else between)
        self.balanced.show_value(percent(result.balanced_accuracy))
        missing = "" if result.auc is not None else "needs images of every class"
        self.auc.show_value(_dashed(result.auc), missing)
        self.count.show_value(f"{result.n:,}", f"run {result.run}, epoch {result.epoch}")

    def show_images(self, images: ImageSet | None) -> None:
        """Takes another set of images, and goes back to all mistakes."""
        result = self.result
        self._images = images
        if result is not None:
            wrong = np.flatnonzero(result.predictions != result.labels)
            of = "" if self.several is None else f" with “{result.classes[1]}”"
            self._show_tiles(wrong, f"All mistakes{of}")

    def show_cell(self, cell: object) -> None:
        """Shows the images of a cell: (true class, predicted class) as indices."""
        if self.result is None or not isinstance(cell, tuple):
            return
        true, given = cell
        names = self.result.classes
        found = np.flatnonzero((self.result.labels == true) & (self.result.predictions == given))
        title = (
            f"{names[true]} taken for {names[given]}" if true != given else f"{names[true]}, right"
        )
        self._show_tiles(found, title)

    def _show_tiles(self, places: NDArray[np.integer], title: str) -> None:
        result, images = self.result, self._images
        assert result is not None
        sure = result.probabilities[places, result.predictions[places]]
        order = places[np.argsort(-sure, kind="stable")]
        heading, read = f"{title}: {len(places):,}", None
        if images is not None and _same(images, result):
            side, reader = self.gallery.picture_side, images.reader
            read = lambda key: reader.thumbnail(key, side)  # noqa: E731
        elif images is not None:
            heading = f"{title}: the images have changed since this run"
        self.wall.heading.setText(heading)
        self.gallery.show_tiles(TileList(order, lambda place: _tile(result, place)), read)


def _dashed(value: float | None) -> str:
    return decimal(value, 3) if value is not None else "–"


def _tile(result: Evaluation, place: int) -> Tile:
    true, given = int(result.labels[place]), int(result.predictions[place])
    chance = percent(float(result.probabilities[place, given]), 0)
    tip = (
        f"{shown(result.paths[place])}\nTrue: {result.classes[true]}\n"
        f"Predicted: {result.classes[given]} with {chance}"
    )
    return Tile(
        int(result.rows[place]),
        f"{result.classes[given]} {chance}",
        tip,
        colours=(true,),
        mark="" if true == given else "wrong",
    )


def _same(images: ImageSet, result: Evaluation) -> bool:
    """Whether the rows of an evaluation still name the images that it saw."""
    items = images.manifest.items
    rows = result.rows.tolist()
    return all(
        row < len(items) and shown(items[row].name) == path
        for row, path in zip(rows, result.paths, strict=True)
    )
