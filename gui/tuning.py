"""What the tuner may choose in the open project, for every place that shows a setting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from engine.errors import FoveaError
from gui.document import Document

if TYPE_CHECKING:
    from engine.parameter import Param
    from engine.project.document import Project
    from engine.search import Searched, SearchSpace

__all__ = ["Tuning", "tuning_around"]


class Tuning(QObject):
    """Adds settings to the search of the project and takes them out, one undo step each.

    Pages hold it as ``tuning``, which is where the forms in them find it: :func:`tuning_around`.

    Signals:
        changed(): another search space is current, also by undo or another project.
        wished(address): somebody wants to see the row of a setting.
    """

    changed = Signal()
    wished = Signal(str)

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        document.changed.connect(self._on_document)

    def _on_document(self, before: Project | None, after: Project | None) -> None:
        if _space(before) is not _space(after):
            self.changed.emit()

    def entry(self, address: str) -> Searched | None:
        """What is searched at an address; None where nothing is."""
        space = _space(self._document.project)
        return space.get(address) if space is not None else None

    def declared(self, address: str) -> Param | None:
        """What is known about a setting of the project; None where there is none."""
        from engine.project.searching import declared

        project = self._document.project
        return declared(project, address) if project is not None else None

    def obstacle(self, address: str) -> str:
        """Why the tuner cannot choose a setting, in a sentence; empty where it can."""
        from engine.project.address import describe
        from engine.search.records import MOST

        project = self._document.project
        if project is None:
            return "Open a project first."
        try:
            item = describe(project, address)
        except FoveaError as error:
            if address.startswith("model.") and address.count(".") > 2:
                return "Change something in the block first: it is not one of your own yet."
            return " ".join(part for part in (error.what, error.why) if part)
        full = len(project.search.entries) >= MOST
        return item.fixed or (f"A search has at most {MOST} settings." if full else "")

    def choose(self, address: str) -> None:
        """Lets the tuner choose a setting within the range that suits it."""
        from engine.project.address import describe
        from engine.project.searching import proposed

        project = self._document.project
        if project is None or self.obstacle(address):
            return
        space = project.search.putting(proposed(project, address))
        what = _lowered(describe(project, address), address)
        self._document.apply(project.with_(search=space), f"Let the tuner choose {what}")

    def release(self, address: str) -> None:
        """Takes a setting out of the search; its value is the project's again."""
        project = self._document.project
        if project is None:
            return
        item = self.declared(address)
        what = _lowered(item, address) if item is not None else address
        changed = project.with_(search=project.search.without(address))
        self._document.apply(changed, f"Do not search {what}")

    def fill_menu(self, menu: QMenu, address: str, text: str = "Let the tuner choose…") -> None:
        """Adds to a context menu what can be done with the search of a setting."""
        if self.entry(address) is not None:
            menu.addAction("Change its range…", lambda: self.wished.emit(address))
            menu.addAction("Do not search", lambda: self.release(address))
            return
        action = menu.addAction(text, lambda: self.choose(address))
        _explain(menu, action, self.obstacle(address))

    def add_switch(self, menu: QMenu, address: str, text: str) -> None:
        """Adds one entry to a menu, ticked while the tuner chooses the setting."""
        on = self.entry(address) is not None
        run = self.release if on else self.choose
        action = menu.addAction(text, lambda: run(address))
        action.setCheckable(True)
        action.setChecked(on)
        if not on:
            _explain(menu, action, self.obstacle(address))


def tuning_around(widget: QWidget) -> Tuning | None:
    """The tuning of the page that a widget lies in; None outside of pages."""
    above: QWidget | None = widget
    while above is not None:
        found = getattr(above, "tuning", None)
        if isinstance(found, Tuning):
            return found
        above = above.parentWidget()
    return None


def _space(project: Project | None) -> SearchSpace | None:
    return project.search if project is not None else None


def _explain(menu: QMenu, action: QAction, obstacle: str) -> None:
    action.setEnabled(not obstacle)
    action.setToolTip(obstacle)
    menu.setToolTipsVisible(True)


def _lowered(item: Param, address: str) -> str:
    """A setting as part of a sentence: its label, or what it switches of its node or card."""
    section, *names = address.split(".")
    if address == "model":
        return "the network"
    if section == "model" and names[1:] == ["present"]:
        return f"whether {names[0]} is there"
    if section == "augment" and names[1:] == ["on"]:
        return f"whether {names[0]} is on"
    if section == "model" and len(names) == 1:
        return f"the kind of {names[0]}"
    label = item.label
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]
