"""The context menus of the canvas: what can be done with a node, wire, comment or the ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QColor, QIcon, QKeySequence, QPainter, QPixmap
from PySide6.QtWidgets import QMenu

from engine.graph.comments import COLOURS
from gui.canvas import acts, changes
from gui.canvas.commands import Command, command
from gui.theme import set_icon, theme

if TYPE_CHECKING:
    from gui.canvas.view import GraphView

__all__ = ["COLOUR_NAMES", "context_menu"]

COLOUR_NAMES = ("Blue", "Orange", "Green", "Pink", "Yellow", "Light blue", "Purple", "Grey")
_NODES = (
    "open settings connect rename | group ungroup | freeze freeze_before"
    " | cut copy duplicate delete"
    " | ALIGN comment collapse arrange | fit_selection next_wire"
)
_COMMENT = "rename COLOUR collapse | cut copy delete delete_all | fit_selection"
_WIRE = "delete next_wire last_wire"
_GROUND = "add paste select_all | comment arrange find | fit full_size map | save print"
_BLOCKS = ("open", "ungroup")
_ALIGN = "left centre right | top middle bottom | across down"


def context_menu(view: GraphView) -> QMenu:
    """The menu for what is selected; its entries show their shortcuts. The caller pops it up."""
    if view.selected():
        entries = _NODES
    elif view.selected_comments():
        entries = _COMMENT
    elif view.graph_scene.selected_wires():
        entries = _WIRE
    else:
        entries = _GROUND
    menu = QMenu(view)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    _fill(menu, view, entries)
    return menu


def _fill(menu: QMenu, view: GraphView, entries: str) -> None:
    for name in entries.split():
        if name == "|":
            menu.addSeparator()
        elif name == "ALIGN":
            _fill(menu.addMenu("Align and distribute"), view, _ALIGN)
        elif name == "COLOUR":
            _fill_colours(menu.addMenu("Colour"), view)
        elif name not in _BLOCKS or acts.with_block(view):
            _add(menu, view, command(name))


def _add(menu: QMenu, view: GraphView, made: Command) -> QAction:
    action = menu.addAction(_text(view, made))
    if made.keys:
        action.setShortcut(QKeySequence(made.keys[0]))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.setShortcutVisibleInContextMenu(True)
    if made.name == "map":
        action.setCheckable(True)
        action.setChecked(view.minimap.wanted)
    elif made.icon:
        set_icon(action, made.icon, "muted")
    action.setEnabled(made.when(view))
    action.triggered.connect(lambda _on=False: made.run(view))
    return action


def _text(view: GraphView, made: Command) -> str:
    """The words where they depend on what is selected."""
    if made.name == "collapse":
        frames = [view.graph_scene.comments[name].comment for name in view.selected_comments()]
        return "Expand" if frames and all(f.collapsed for f in frames) else "Collapse to a box"
    if made.name == "freeze":
        return "Unfreeze" if acts.can_freeze(view) and acts.all_frozen(view) else "Freeze"
    if made.name == "comment" and view.selected():
        return "Frame with a comment"
    if made.name == "arrange" and len(view.selected()) > 1:
        return "Arrange the selection in rows"
    return made.text


def _fill_colours(menu: QMenu, view: GraphView) -> None:
    frames = view.selected_comments()
    present = {view.graph_scene.comments[name].comment.colour for name in frames}
    for number, name in enumerate(COLOUR_NAMES[:COLOURS]):
        action = menu.addAction(_swatch(theme().series_colour(number)), name)
        action.setCheckable(True)
        action.setChecked(present == {number})
        action.triggered.connect(
            lambda _on=False, number=number: view.wished.emit(changes.recolour(frames, number))
        )


def _swatch(colour: QColor) -> QIcon:
    picture = QPixmap(32, 32)
    picture.setDevicePixelRatio(2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(2, 2, 12, 12, 3, 3)
    painter.end()
    return QIcon(picture)
