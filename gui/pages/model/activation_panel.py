"""What the selected node makes of one image, while the project trains."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from engine.runs.glimpses import MapsRead
from gui.pages.model.image_choice import ImageChoice
from gui.pages.model.map_grid import MapGrid
from gui.runner import Runner
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, Switch, button, column, label, row, rule

__all__ = ["ActivationPanel"]


class ActivationPanel(QWidget):
    """A switch, the choice of an image, and the maps; ``changed()`` when another is wanted.

    ``train`` is called by a click on the button, which is there while nothing trains.
    """

    changed = Signal()

    def __init__(self, runner: Runner, train: Callable[[], object]) -> None:
        super().__init__()
        self.switch = Switch("Show activations")
        self.choice = ImageChoice(runner)
        self.words = label("", "caption", wrap=True)
        self.train = button("Train", train, icon="play")
        self.grid = MapGrid()
        self.body = QWidget()
        self.body.setLayout(
            column(self.choice, self.words, row(self.train, STRETCH), self.grid, gap=SPACE)
        )
        head = row(label("Activations", "section"), STRETCH, self.switch)
        self.setLayout(column(rule(), head, self.body, gap=SPACE))
        self.setToolTip(
            "The outputs of this node for one image, without augmentation and dropout, with the "
            "weights of the moment."
        )
        self.body.hide()
        self.switch.toggled.connect(self._on_switch)
        self.choice.chosen.connect(lambda _row: self.changed.emit())

    @property
    def wanted(self) -> bool:
        """Whether the maps are to be shown and there is an image for them."""
        return self.switch.isChecked() and self.choice.ready

    def show_state(self, text: str, *, can_train: bool) -> None:
        """Says what will be shown here or where it comes from."""
        self.words.setText(text)
        self.train.setVisible(can_train)

    def show_maps(self, read: MapsRead | None) -> None:
        """Shows maps, or none."""
        self.grid.show_maps(read)

    def _on_switch(self, on: bool) -> None:
        self.body.setVisible(on)
        self.changed.emit()
