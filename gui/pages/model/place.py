"""Which graph of the project is on the canvas: the model, or the inside of one of its blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.blocks.custom import Custom
from engine.blocks.editing import Definition, definitions, same_definition
from engine.blocks.paths import View, look, write, write_block
from engine.graph.analysis import analyse
from engine.graph.records import Graph
from engine.layers.base import Frame
from gui.document import Document

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["Place"]

_NO_FRAME = Frame(0, 0, 0, 0)


class Place(QObject):
    """The path of block ids that leads to what is shown; reads and writes the graph there.

    Emits ``moved()`` when :meth:`go` leads elsewhere. ``everywhere`` says whether a change inside
    a block reaches all uses of its definition; each block that is entered starts with this one.
    """

    moved = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._path: tuple[str, ...] = ()
        self._known: tuple[Graph, Frame, tuple[str, ...], View] | None = None
        self._used: tuple[Graph, tuple[Definition, ...]] | None = None
        self.everywhere = False

    @property
    def view(self) -> View:
        """What is to be seen there now; as much of the path as still exists."""
        project = self._document.project
        model = project.model if project is not None else _NOTHING
        frame = project.frame() if project is not None else _NO_FRAME
        known = self._known
        if known and known[0] is model and known[1:3] == (frame, self._path):
            return known[3]
        view = (
            look(model, frame, self._path)
            if self._path
            else View((), (), model, analyse(model, frame))
        )
        self._known = (model, frame, self._path, view)
        return view

    @property
    def path(self) -> tuple[str, ...]:
        """The ids of the blocks that lead there; empty for the model itself."""
        return self.view.path

    @property
    def block(self) -> Custom | None:
        """The block whose inside is shown, None for the model itself."""
        blocks = self.view.blocks
        return blocks[-1] if blocks else None

    @property
    def titles(self) -> tuple[str, ...]:
        """What the blocks on the way are called."""
        return tuple(block.label for block in self.view.blocks)

    @property
    def uses(self) -> int:
        """How many blocks of the model have the definition of the one that is shown."""
        block = self.block
        if block is None:
            return 0
        alike = (d.uses for d in self.definitions if same_definition(d.block, block))
        return max(1, sum(alike))

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """The blocks that the project's model uses anywhere."""
        project = self._document.project
        model = project.model if project is not None else _NOTHING
        if self._used is None or self._used[0] is not model:
            self._used = (model, definitions(model))
        return self._used[1]

    def go(self, path: tuple[str, ...]) -> None:
        """Shows another place; as much of the path as exists."""
        before = self._path
        self._path = path
        self._path = self.view.path
        if self._path != before:
            self.everywhere = False
            self.moved.emit()

    def settle(self) -> None:
        """Forgets the part of the path that an edit or undo took away."""
        self.go(self.view.path)

    def write(self, project: Project, graph: Graph) -> Project:
        """The project with another graph at this place; itself when nothing differs.

        Raises FoveaError FV-P007 when the model becomes too large.
        """
        frame, path = project.frame(), self.path
        model = write(project.model, frame, path, graph, everywhere=self.everywhere)
        return project if model is project.model else project.with_(model=model)

    def write_block(self, project: Project, block: Custom) -> Project:
        """The project with another block around what is shown; see :meth:`write`."""
        frame, path = project.frame(), self.path
        model = write_block(project.model, frame, path, block, everywhere=self.everywhere)
        return project if model is project.model else project.with_(model=model)


_NOTHING = Graph()
