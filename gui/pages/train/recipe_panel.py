"""The recipe as a form, with a search and what the schedule makes of the learning rate."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from engine.recipe import Training
from gui.forms import SearchField, SpecForm
from gui.pages.train.schedule_plot import SchedulePlot
from gui.widgets import Card, row, scroll

__all__ = ["RecipePanel"]

_MANY = 10
"""Settings beyond which there is a search."""


class RecipePanel(Card):
    """Shows a recipe and emits ``edited(recipe, name)`` like the form in it.

    ``foot`` is the line of buttons below the form, for the page.
    """

    edited = Signal(object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Recipe", parent=parent)
        self.form = SpecForm(Training, stacked=True, marked=True)
        self.form.set_address("training")
        self.search = SearchField()
        self.search.setToolTip("Shows only settings with these words (Ctrl+F)")
        self.schedule = SchedulePlot()
        self.form.put_below("schedule", self.schedule)
        self.body.addWidget(self.search)
        self.search.setVisible(len(Training.params()) > _MANY)
        self.body.addWidget(scroll(self.form), 1)
        self.foot = row()
        self.body.addLayout(self.foot)
        self.search.textChanged.connect(self.form.filter)
        self.form.edited.connect(self.edited)

    def listen_for_find(self, page: QWidget) -> None:
        """Lets Ctrl+F anywhere on a page start the search."""
        keys = QKeySequence(QKeySequence.StandardKey.Find)
        made = QShortcut(keys, page, self._find)
        made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def _find(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def show_recipe(self, recipe: Training) -> None:
        """Shows a recipe without emitting."""
        self.form.set_value(recipe)
        self.schedule.show_recipe(recipe)

    def reveal(self, path: str) -> bool:
        """Shows and focuses the field at ``path`` (``optimizer.lr``); False if there is none."""
        self.search.clear()
        return self.form.reveal(path)
