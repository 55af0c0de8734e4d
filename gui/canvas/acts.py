"""What the commands of the canvas do: functions of the view, each a wish or a way of looking."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from engine.blocks.base import Block
from engine.errors import FoveaError
from engine.graph import clipping
from engine.graph.comment_edits import inside
from engine.graph.edits import before, has_output
from engine.graph.placing import ALIGNMENTS, Alignment, Direction
from engine.graph.records import Wire
from gui.canvas import changes
from gui.canvas.geometry import GRID, snap
from gui.canvas.inline_edit import edit_title
from gui.canvas.neighbours import DIRECTIONS, neighbour
from gui.canvas.wiring import KeyWire

if TYPE_CHECKING:
    from gui.canvas.view import GraphView

__all__ = [
    "ALIGNED",
    "aligner",
    "all_frozen",
    "arrange",
    "can_freeze",
    "can_freeze_before",
    "can_paste",
    "can_wire",
    "closer",
    "comment",
    "connect",
    "copy",
    "cut",
    "delete",
    "delete_all",
    "distributor",
    "duplicate",
    "extend",
    "farther",
    "find",
    "fit",
    "fit_selection",
    "framed",
    "freeze",
    "freeze_before",
    "full_size",
    "group",
    "last_wire",
    "next_wire",
    "nudge",
    "open_node",
    "paste",
    "print_drawing",
    "quick_add",
    "rename",
    "save_drawing",
    "select_all",
    "settings",
    "step",
    "toggle",
    "toggle_map",
    "ungroup",
    "with_block",
]

ALIGNED: frozenset[str] = frozenset(ALIGNMENTS)


def quick_add(view: GraphView) -> None:
    """Asks which layer is to be at the mouse, behind the selected node."""
    view.wish_quick_add.emit(view.pointer() if view.has_pointer() else None, None)


def can_wire(view: GraphView) -> bool:
    """Whether one node is selected that wires may leave."""
    chosen = view.selected()
    return len(chosen) == 1 and has_output(view.graph_scene.graph.node(chosen[0]).layer)


def connect(view: GraphView) -> None:
    """Begins a wire from the selected node by keyboard."""
    view.begin(KeyWire(view, view.selected()[0]))


def open_node(view: GraphView) -> None:
    """Opens the selected block, or goes to the first setting of another node."""
    view.wish_edit.emit(view.selected()[0])


def settings(view: GraphView) -> None:
    """Goes to the settings of what is selected, of blocks too; to the model's warnings else."""
    view.wish_settings.emit()


def rename(view: GraphView) -> None:
    """Opens a field over the name of the selected node or comment."""
    edit_title(view)


def group(view: GraphView) -> None:
    """Asks how the block of the selected nodes is to be called."""
    view.wish_group.emit()


def with_block(view: GraphView) -> bool:
    """Whether a block is among the selected nodes."""
    graph = view.graph_scene.graph
    return any(isinstance(graph.node(name).layer, Block) for name in view.selected())


def ungroup(view: GraphView) -> None:
    """Puts what is inside the selected blocks in their place."""
    view.wish_ungroup.emit()


def copy(view: GraphView) -> None:
    """Puts the selection on the clipboard as text."""
    piece = clipping.cut_out(view.graph_scene.graph, view.selected(), view.selected_comments())
    QGuiApplication.clipboard().setText(clipping.to_text(piece))


def cut(view: GraphView) -> None:
    """Copies the selection, then deletes it."""
    copy(view)
    view.wished.emit(changes.delete(view.selected(), view.selected_comments(), verb="Cut"))


def can_paste(view: GraphView) -> bool:
    """Whether there is text on the clipboard; whether it is a model's is told when it is pasted."""
    return bool(QGuiApplication.clipboard().text())


def paste(view: GraphView) -> None:
    """Adds what the clipboard's text describes, at the mouse."""
    try:
        piece = clipping.from_text(QGuiApplication.clipboard().text())
    except FoveaError as error:
        view.refused.emit(" ".join(part for part in (error.what, error.why) if part))
        return
    at = view.pointer()
    view.wished.emit(changes.paste(piece, snap(at.x()), snap(at.y())))


def duplicate(view: GraphView) -> None:
    """Copies the selected nodes beside themselves."""
    view.wish_duplicate.emit(view.selected())


def delete(view: GraphView) -> None:
    """Deletes what is selected."""
    comments = view.selected_comments()
    ids, wires = view.selected(), view.graph_scene.selected_wires()
    if comments:
        view.wished.emit(changes.delete(ids, comments))
    elif ids or wires:
        view.wish_delete.emit((ids, wires))


def framed(view: GraphView) -> bool:
    """Whether a comment is selected."""
    return bool(view.selected_comments())


def delete_all(view: GraphView) -> None:
    """Deletes the selected comments with what lies in them."""
    view.wished.emit(changes.delete(view.selected(), view.selected_comments(), contents=True))


def select_all(view: GraphView) -> None:
    """Selects all nodes and comments."""
    scene = view.graph_scene
    scene.select(scene.nodes, [n for n, item in scene.comments.items() if item.isVisible()])


def next_wire(view: GraphView) -> None:
    """Selects the next wire of the node."""
    _turn(view, 1)


def last_wire(view: GraphView) -> None:
    """Selects the previous wire of the node."""
    _turn(view, -1)


def _turn(view: GraphView, by: int) -> None:
    """Goes round the wires of one node: those that arrive, then those that leave."""
    scene, chosen = view.graph_scene, view.selected()
    held = scene.selected_wires()
    anchor = chosen[-1] if chosen else view.wire_anchor
    if not chosen and held and anchor not in (held[0].source, held[0].target):
        anchor = held[0].source
    graph = scene.graph
    wires: list[Wire] = []
    if anchor in graph:
        wires = [*graph.arriving(anchor), *graph.leaving(anchor)]
        wires = [wire for wire in wires if scene.wires[wire].isVisible()]
    if not wires:
        return
    at = wires.index(held[0]) + by if held and held[0] in wires else (0 if by > 0 else -1)
    wire = wires[at % len(wires)]
    scene.select(())
    scene.wires[wire].setSelected(True)
    view.wire_anchor = anchor
    view.reveal(scene.wires[wire].sceneBoundingRect())


def find(view: GraphView) -> None:
    """Opens the bar that finds nodes."""
    view.wish_find.emit()


def comment(view: GraphView) -> None:
    """Draws a frame around the selection, or on free ground, and asks for its title."""
    at = view.pointer()
    view.wished.emit(changes.comment(view.selected(), (snap(at.x()), snap(at.y()))))
    if len(view.selected_comments()) == 1 and not view.selected():
        edit_title(view)


def toggle(view: GraphView) -> None:
    """Collapses what is open, expands what is collapsed."""
    frames = view.selected_comments()
    if not frames:
        view.wished.emit(changes.collapse_nodes(view.selected()))
        return
    for name in frames:
        collapsed = view.graph_scene.comments[name].comment.collapsed
        view.wished.emit(changes.expand(name) if collapsed else changes.collapse(name))


def arrange(view: GraphView) -> None:
    """Puts the selection, or the whole model, in rows."""
    chosen = view.selected()
    view.wished.emit(changes.arrange(chosen if len(chosen) > 1 else ()))
    if len(chosen) <= 1:
        view.fit()


def aligner(how: Alignment) -> Callable[[GraphView], None]:
    """The act that puts the selection on one line."""
    return lambda view: view.wished.emit(changes.align(view.selected(), how))


def distributor(direction: Direction) -> Callable[[GraphView], None]:
    """The act that gives the selection equal gaps."""
    return lambda view: view.wished.emit(changes.distribute(view.selected(), direction))


def fit(view: GraphView) -> None:
    """Shows everything."""
    view.fit()


def fit_selection(view: GraphView) -> None:
    """Shows what is selected, as large as fits."""
    view.fit_selection()


def closer(view: GraphView) -> None:
    """Zooms in."""
    view.set_zoom(view.zoom * 1.25)


def farther(view: GraphView) -> None:
    """Zooms out."""
    view.set_zoom(view.zoom * 0.8)


def full_size(view: GraphView) -> None:
    """Zooms to 100 %."""
    view.set_zoom(1.0)


def toggle_map(view: GraphView) -> None:
    """Shows or hides the map in the corner."""
    view.minimap.switch(not view.minimap.wanted)


def save_drawing(view: GraphView) -> None:
    """Asks for a file and writes the drawing."""
    from gui.canvas.drawing import ask_and_save

    ask_and_save(view)


def print_drawing(view: GraphView) -> None:
    """Asks for a printer and prints the drawing."""
    from gui.canvas.drawing import ask_and_print

    ask_and_print(view)


def _weighty(view: GraphView, names: Iterable[str]) -> list[str]:
    """Those of some nodes that have weights."""
    items = view.graph_scene.nodes
    return [name for name in names if (facts := items[name].facts) and facts.parameters]


def can_freeze(view: GraphView) -> bool:
    """Whether a node with weights is selected."""
    return bool(_weighty(view, view.selected()))


def all_frozen(view: GraphView) -> bool:
    """Whether every selected node with weights is frozen."""
    graph = view.graph_scene.graph
    return all(graph.node(name).lr_factor == 0 for name in _weighty(view, view.selected()))


def freeze(view: GraphView) -> None:
    """Freezes the selected nodes, or lets them learn again when all of them are frozen."""
    factor = 1.0 if all_frozen(view) else 0.0
    view.wished.emit(changes.slow(_weighty(view, view.selected()), factor))


def _behind(view: GraphView) -> list[str]:
    """The nodes with weights before the one that is selected, which can still learn."""
    graph, chosen = view.graph_scene.graph, view.selected()
    names = _weighty(view, before(graph, chosen[0])) if len(chosen) == 1 else []
    return [name for name in names if graph.node(name).lr_factor != 0]


def can_freeze_before(view: GraphView) -> bool:
    """Whether something before the selected node can be frozen."""
    return bool(_behind(view))


def freeze_before(view: GraphView) -> None:
    """Freezes every node that the selected one depends on, but not itself."""
    names = _behind(view)
    view.wished.emit(changes.slow(names, 0.0, f"all before {view.selected()[0]}"))


def step(view: GraphView, direction: str) -> None:
    """Selects the next node in a direction, or the end of the selected wire."""
    scene, chosen = view.graph_scene, view.selected()
    held = scene.selected_wires()
    if not chosen and len(held) == 1 and direction in ("up", "down"):
        view.select([held[0].source if direction == "up" else held[0].target])
        return
    boxed = scene.selected_folded()
    start = chosen[-1] if chosen else boxed[-1 if direction == "down" else 0] if boxed else None
    if start is None:
        first = scene.graph.nodes[0].id if scene.graph.nodes else None
    else:
        first = neighbour(scene.graph, start, direction)
        same = scene.folded.get(start)
        seen = {start}
        while first is not None and same is not None and scene.folded.get(first) == same:
            if first in seen:
                return
            seen.add(first)
            first = neighbour(scene.graph, first, direction)
    if first is not None:
        view.select([first])


def extend(view: GraphView, direction: str) -> None:
    """Selects the next node in a direction, too, seen from the one that was last added so."""
    scene, chosen = view.graph_scene, view.selected()
    if not chosen:
        step(view, direction)
        return
    start = view.furthest if view.furthest in chosen else chosen[-1]
    found = neighbour(scene.graph, start, direction)
    if found is not None and found not in scene.folded:
        scene.select([found], keep=True)
        view.furthest = found
        view.reveal(scene.nodes[found].sceneBoundingRect())


def nudge(view: GraphView, direction: str) -> None:
    """Moves the selection by a step of the grid, comments with what lies in them."""
    across, down = (GRID * part for part in DIRECTIONS[direction])
    graph = view.graph_scene.graph
    names, frames = set(view.selected()), set(view.selected_comments())
    for name in tuple(frames):
        held, inner = inside(graph, name)
        names.update(held)
        frames.update(inner)
    places = {n.id: (n.x + across, n.y + down) for n in graph.nodes if n.id in names}
    if frames:
        there = {c.id: (c.x + across, c.y + down) for c in graph.comments if c.id in frames}
        view.wished.emit(changes.move(places, there))
    elif places:
        view.wish_move.emit(places)
