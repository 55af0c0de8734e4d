"""Blocks on the Model page: grouping, going in and out, making parameters."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMenu, QWidget

from engine.blocks.base import Block
from engine.blocks.custom import Custom
from engine.blocks.grouping import ENDS
from gui.canvas import GraphView
from gui.document import Document
from gui.pages.model.block_wishes import BlockWishes
from gui.pages.model.breadcrumb import Breadcrumb
from gui.pages.model.group_dialog import Chosen, GroupDialog
from gui.pages.model.inspector import Inspector
from gui.pages.model.place import Place
from gui.pages.model.wishes import Wishes

__all__ = ["Blocks"]


class Blocks(QObject):
    """Wishes of the canvas and buttons of the inspector that concern blocks.

    Enter or a double click opens one; Esc or Backspace with nothing selected leaves it.
    """

    def __init__(
        self,
        document: Document,
        place: Place,
        wishes: Wishes,
        canvas: GraphView,
        inspector: Inspector,
        refuse: Callable[[str], None],
    ) -> None:
        super().__init__(canvas)
        self._place = place
        self._canvas = canvas
        self._refuse = refuse
        self._panel = inspector.node_panel
        self.wishes = BlockWishes(document, place, wishes, refuse)
        self.breadcrumb = Breadcrumb()
        self.breadcrumb.wish_go.connect(lambda number: self.leave_to(place.path[:number]))
        self.breadcrumb.wish_reach.connect(self._on_reach)
        canvas.wish_group.connect(self.group)
        inspector.model_panel.wish_group.connect(self.group)
        canvas.wish_ungroup.connect(self.ungroup)
        canvas.installEventFilter(self)
        panel = self._panel.block
        panel.wish_open.connect(lambda: self.open(self._panel.node_id))
        panel.wish_ungroup.connect(self.ungroup)
        panel.wish_block.connect(self._on_block)
        self._panel.menu_opening.connect(self._add_to_menu)
        self._panel.exposed.wish_toggle.connect(self.wishes.toggle_parameter)

    # Going in and out

    def open(self, name: str) -> bool:
        """Shows the inside of a block; whether the node is one."""
        node = self._place.view.graph.by_id.get(name)
        if node is None or not isinstance(node.layer, Block):
            return False
        path = (*self._place.path, name)
        self._place.go(path)
        if self._place.path != path:
            self._refuse(f"“{name}” can be opened when what arrives at it is known.")
        return True

    def leave_to(self, path: tuple[str, ...]) -> None:
        """Goes out to a place further up, and selects the block that was left."""
        before = self._place.path
        self._place.go(path)
        if len(before) > len(path):
            self._canvas.select([before[len(path)]])
        self._canvas.setFocus()

    def show(self) -> None:
        """Brings the breadcrumb up to date."""
        place = self._place
        repeats = place.block.repeats if place.block is not None else 1
        self.breadcrumb.show_way(place.titles, repeats, place.uses, place.everywhere)
        inside = place.block
        self._panel.show_place(place.path)
        self._panel.show_exposed(inside.knobs.by_target if inside is not None else None)

    def _on_reach(self, everywhere: bool) -> None:
        self._place.everywhere = everywhere

    # Keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Takes the keys that leave a block before the canvas does."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        leaves = event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Backspace)
        chosen = self._canvas.graph_scene.selectedItems()  # comments, too
        if not leaves or held or not self._place.path or chosen:
            return False
        if not self._canvas.cancel_gesture():
            self.leave_to(self._place.path[:-1])
        return True

    # Grouping

    def group(self) -> GroupDialog | None:
        """Asks how the block of the selection is called, and makes it.

        The ends of the model are left out, so that everything can be selected at once.
        """
        graph = self._place.view.graph
        chosen = [graph.node(name) for name in self._canvas.selected()]
        nodes = [n for n in chosen if not isinstance(n.layer, ENDS)] or chosen
        names = tuple(node.id for node in nodes)
        if not self.wishes.may_group(names):
            return None

        def done(label: str, exposed: Chosen) -> str:
            made, why = self.wishes.group(names, label, exposed)
            if made:
                self._canvas.select([made])
            return why

        window: QWidget = self._canvas.window()
        dialog = GroupDialog(nodes, done, window)
        dialog.setModal(True)
        dialog.finished.connect(
            lambda _how: QTimer.singleShot(0, self._canvas, self._canvas.setFocus)
        )
        dialog.show()
        return dialog

    def ungroup(self) -> None:
        """Takes the selected blocks apart and selects what was in them."""
        graph = self._place.view.graph
        blocks = [n for n in self._canvas.selected() if isinstance(graph.node(n).layer, Block)]
        if not blocks:
            self._refuse("Select a block to take it apart.")
            return
        found: list[str] = []
        for name in blocks:
            found += self.wishes.ungroup(name)
        self._canvas.select(found)

    # Parameters

    def _on_block(self, block: Custom, what: str, key: str) -> None:
        self.wishes.set_block(self._panel.node_id, block, what, key)

    def _add_to_menu(self, menu: QMenu, name: str) -> None:
        """The context menu of a field: make it a parameter of the block around, or take it back."""
        block = self._place.block
        if block is None:
            return
        target = f"{self._panel.node_id}.{name}"
        driven = block.knobs.by_target.get(target)
        words = f"Take parameter “{driven.label}” from" if driven else "Make a parameter of"
        action = menu.addAction(f"{words} “{block.label}”")
        action.triggered.connect(lambda _on=False: self.wishes.toggle_parameter(target))
