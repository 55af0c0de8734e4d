"""Every command of the canvas, written once: menus, keys and the list of shortcuts come from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeySequence

from gui.canvas import acts

if TYPE_CHECKING:
    from gui.canvas.view import GraphView

__all__ = ["COMMANDS", "HANDS", "Command", "command", "for_key", "shortcuts"]

_Act = Callable[["GraphView"], object]
_Test = Callable[["GraphView"], bool]


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        name: what menus ask for.
        text: the words of its entry in a menu.
        keys: its shortcuts, the first of which is shown; none for menus only.
        run: does it.
        when: whether it can be done now; a menu greys it out, a key does nothing.
        group: where the list of shortcuts shows it.
        icon: a Lucide icon's name, or empty.
    """

    name: str
    text: str
    keys: tuple[str, ...]
    run: _Act
    when: _Test = lambda _view: True
    group: str = "Edit"
    icon: str = ""

    @property
    def shown_keys(self) -> str:
        """The first shortcut as the platform writes it."""
        return QKeySequence(self.keys[0]).toString(_NATIVE) if self.keys else ""


_NATIVE = QKeySequence.SequenceFormat.NativeText


def _some(view: GraphView) -> bool:
    return bool(view.selected())


def _several(view: GraphView) -> bool:
    return len(view.selected()) > 1


def _many(view: GraphView) -> bool:
    return len(view.selected()) > 2


def _anything(view: GraphView) -> bool:
    return bool(view.selected() or view.selected_comments())


def _deletable(view: GraphView) -> bool:
    return _anything(view) or bool(view.graph_scene.selected_wires())


def _one_thing(view: GraphView) -> bool:
    return len(view.selected()) + len(view.selected_comments()) == 1


def _filled(view: GraphView) -> bool:
    return bool(view.graph_scene.graph.nodes or view.graph_scene.graph.comments)


def _foldable(view: GraphView) -> bool:
    return _several(view) or bool(view.selected_comments())


COMMANDS: tuple[Command, ...] = (
    Command("add", "Add a layer here…", ("Tab",), acts.quick_add, group="Build", icon="plus"),
    Command("connect", "Connect to…", ("W",), acts.connect, acts.can_wire, "Build", "spline"),
    Command("open", "Open block", ("Enter", "Return"), acts.open_node, _some, "Build"),
    Command("settings", "Settings", ("S",), acts.settings, group="Build"),
    Command("rename", "Rename…", ("F2",), acts.rename, _one_thing, "Build", "pencil"),
    Command("group", "Group into block…", ("Ctrl+G",), acts.group, group="Build", icon="box"),
    Command("ungroup", "Ungroup", ("Ctrl+Shift+G",), acts.ungroup, group="Build"),
    Command("freeze", "Freeze", ("L",), acts.freeze, acts.can_freeze, "Train", "lock"),
    Command(
        "freeze_before",
        "Freeze all before here",
        ("Shift+L",),
        acts.freeze_before,
        acts.can_freeze_before,
        "Train",
    ),
    Command("cut", "Cut", ("Ctrl+X",), acts.cut, _anything),
    Command("copy", "Copy", ("Ctrl+C",), acts.copy, _anything, icon="copy"),
    Command("paste", "Paste here", ("Ctrl+V",), acts.paste, acts.can_paste),
    Command("duplicate", "Duplicate", ("Ctrl+D",), acts.duplicate, _some),
    Command("delete", "Delete", ("Del", "Backspace"), acts.delete, _deletable, icon="trash-2"),
    Command("delete_all", "Delete with contents", ("Shift+Del",), acts.delete_all, acts.framed),
    Command("select_all", "Select all", ("Ctrl+A",), acts.select_all, _filled),
    Command("next_wire", "Next wire of the node", ("]",), acts.next_wire, group="Go"),
    Command("last_wire", "Previous wire of the node", ("[",), acts.last_wire, group="Go"),
    Command("find", "Find…", ("Ctrl+F",), acts.find, _filled, "Go", "search"),
    Command(
        "comment", "Add a comment", ("C",), acts.comment, group="Arrange", icon="square-dashed"
    ),
    Command("collapse", "Collapse or expand", ("E",), acts.toggle, _foldable, "Arrange"),
    Command(
        "arrange", "Arrange in rows", ("Ctrl+L",), acts.arrange, _filled, "Arrange", "workflow"
    ),
    Command("left", "Left edges", ("Ctrl+Shift+Left",), acts.aligner("left"), _several, "Align"),
    Command("centre", "Centres", ("Ctrl+Shift+H",), acts.aligner("centre"), _several, "Align"),
    Command(
        "right", "Right edges", ("Ctrl+Shift+Right",), acts.aligner("right"), _several, "Align"
    ),
    Command("top", "Top edges", ("Ctrl+Shift+Up",), acts.aligner("top"), _several, "Align"),
    Command("middle", "Middles", ("Ctrl+Shift+M",), acts.aligner("middle"), _several, "Align"),
    Command(
        "bottom", "Bottom edges", ("Ctrl+Shift+Down",), acts.aligner("bottom"), _several, "Align"
    ),
    Command(
        "across",
        "Distribute horizontally",
        ("Ctrl+Alt+H",),
        acts.distributor("horizontally"),
        _many,
        "Align",
    ),
    Command(
        "down",
        "Distribute vertically",
        ("Ctrl+Alt+V",),
        acts.distributor("vertically"),
        _many,
        "Align",
    ),
    Command("fit", "Show the whole model", ("F", "Home"), acts.fit, _filled, "View", "maximize"),
    Command(
        "fit_selection", "Show the selection", ("Shift+F",), acts.fit_selection, _anything, "View"
    ),
    Command("closer", "Zoom in", ("+", "="), acts.closer, group="View", icon="zoom-in"),
    Command("farther", "Zoom out", ("-",), acts.farther, group="View", icon="zoom-out"),
    Command("full_size", "Zoom to 100\u202f%", ("Ctrl+0",), acts.full_size, group="View"),
    Command("map", "Map in the corner", ("M",), acts.toggle_map, group="View"),
    Command("save", "Save the drawing…", ("Ctrl+Shift+P",), acts.save_drawing, _filled, "View"),
    Command("print", "Print…", ("Ctrl+P",), acts.print_drawing, _filled, "View"),
)

HANDS: tuple[tuple[str, str], ...] = (
    ("Go from node to node", "Arrow keys"),
    ("Select one node more on the way", "Shift+Arrow keys"),
    ("From the settings back to the canvas", "Esc"),
    ("Move the selection by 8 px", "Ctrl+Arrow keys"),
    ("Leave what goes on, then the selection", "Esc"),
    ("Move the drawing", "Space+Drag, middle drag"),
    ("Zoom about the mouse, or go sideways", "Wheel, Shift+Wheel"),
)
"""What keys and hands do beside commands, for the list of shortcuts."""

_HEADINGS = {
    "Edit": "select and copy",
    "Go": "find and go",
    "Train": "fine-tune",
    "View": "look and print",
}
_BY_NAME = {made.name: made for made in COMMANDS}


def _plain(key: Qt.Key, modifiers: Qt.KeyboardModifier) -> tuple[int, int]:
    """A key with the modifiers that count; signs are written with Shift on some keyboards."""
    modifiers &= ~Qt.KeyboardModifier.KeypadModifier
    sign = not (Qt.Key.Key_A <= key <= Qt.Key.Key_Z) and key < Qt.Key.Key_Escape
    if sign:
        modifiers &= ~Qt.KeyboardModifier.ShiftModifier
    return key.value, modifiers.value


def _combination(keys: str) -> tuple[int, int]:
    made = QKeySequence(keys)[0]  # type: ignore[index]  # the stubs lack it
    return _plain(made.key(), made.keyboardModifiers())


_BY_KEY = {_combination(keys): made for made in COMMANDS for keys in made.keys}


def command(name: str) -> Command:
    """The command of that name; raises KeyError when there is none."""
    return _BY_NAME[name]


def for_key(combination: QKeyCombination) -> Command | None:
    """The command of a pressed key, None when it has none."""
    return _BY_KEY.get(_plain(combination.key(), combination.keyboardModifiers()))


def shortcuts() -> dict[str, tuple[tuple[str, str], ...]]:
    """All commands that have keys, and what else hands do: by heading, pairs of text and keys."""
    listed: dict[str, list[tuple[str, str]]] = {}
    for made in COMMANDS:
        if made.keys:
            text = made.text.removesuffix("…").replace("here", "at the mouse")
            text = f"Align {text.lower()}" if made.name in acts.ALIGNED else text
            heading = _HEADINGS.get(made.group, made.group.lower())
            listed.setdefault(f"Model: {heading}", []).append((text, made.shown_keys))
    return {name: tuple(pairs) for name, pairs in listed.items()} | {"Model: hands": HANDS}
