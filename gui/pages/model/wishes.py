"""From wishes of the canvas, palette and inspector to edits of the document, each one undo step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from engine.blocks.editing import definitions, fresh
from engine.errors import FoveaError
from engine.graph import edits
from engine.graph.advice import Finding
from engine.graph.records import Graph, Wire
from engine.layers.base import LAYERS, Layer
from engine.templates import Template
from gui.canvas.changes import Change
from gui.document import Document
from gui.pages.model.place import Place
from gui.pages.model.placing import add_after, push_down

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["OWN", "Wishes"]

OWN = "own:"
"""What a palette's kind begins with when it means a block of the project by its name."""

_Spot = tuple[float, float]
Port = tuple[str, str, int | None]


class Wishes:
    """Applies pure edits with readable labels; ``refuse`` is told the sentence of what cannot be.

    They act on the graph that ``place`` shows, which may be the inside of a block. Methods that
    make nodes return their ids, so that the page can select them; empty when refused.
    """

    def __init__(self, document: Document, place: Place, refuse: Callable[[str], None]) -> None:
        self._document = document
        self._place = place
        self._refuse = refuse

    @property
    def _graph(self) -> Graph:
        return self._place.view.graph

    def _apply(
        self,
        graph: Graph,
        label: str,
        merge_key: str | None = None,
        follow: Callable[[Project], Project] = lambda project: project,
    ) -> None:
        project, path = self._document.project, self._place.path
        if project is None or graph is self._graph:
            return
        try:
            after = follow(self._place.write(project, graph))
        except FoveaError as error:  # too large as a whole
            self._refuse(error.what)
            return
        inside = f" in {self._place.titles[-1]}" if path else ""
        key = "/".join((*path, merge_key)) if merge_key else None
        self._document.apply(after, label + inside, key)

    def edit(
        self, edit: Callable[[Graph], Graph], label: str, merge_key: str | None = None
    ) -> bool:
        """Any pure edit of the graph that is shown; whether it could be done."""
        return self._try(lambda: edit(self._graph), label, merge_key)

    def _make(self, kind: str) -> Layer:
        """A new layer of a kind, or a copy of a block of the project."""
        project = self._document.project
        if kind.startswith(OWN) and project is not None:
            name = kind.removeprefix(OWN)
            for known in definitions(project.model):
                if known.block.label == name:
                    return fresh(known.block)
        return LAYERS.get(kind)()

    def _try(self, edit: Callable[[], Graph], label: str, merge_key: str | None = None) -> bool:
        try:
            self._apply(edit(), label, merge_key)
        except FoveaError as error:
            self._refuse(error.what)
            return False
        return True

    def add(self, kind: str, point: QPointF) -> tuple[str, ...]:
        """A layer on free ground."""
        layer = self._make(kind)
        return self._added(lambda: edits.add_node(self._graph, layer, point.x(), point.y()), layer)

    def add_after(self, kind: str, selected: Sequence[str], ground: _Spot) -> tuple[str, ...]:
        """A layer behind the selection."""
        layer = self._make(kind)
        return self._added(lambda: add_after(self._graph, layer, selected, ground), layer)

    def _added(self, edit: Callable[[], tuple[Graph, str]], layer: Layer) -> tuple[str, ...]:
        names: list[str] = []

        def grown() -> Graph:
            graph, name = edit()
            names.append(name)
            return graph

        return tuple(names) if self._try(grown, f"Add {_noun(layer)}") else ()

    def insert(self, kind: str, wire: Wire, point: QPointF) -> tuple[str, ...]:
        """A layer into a wire; what follows makes room."""
        layer = self._make(kind)
        names: list[str] = []

        def edit() -> Graph:
            graph, name = edits.insert_on_wire(self._graph, wire, layer, point.x(), point.y())
            names.append(name)
            return push_down(graph, name)

        return tuple(names) if self._try(edit, f"Insert {_noun(layer)}") else ()

    def put(self, name: str, wire: Wire, point: QPointF) -> None:
        """A node that stands alone into a wire; what follows makes room."""

        def edit() -> Graph:
            graph = edits.insert_node(self._graph, wire, name)
            return push_down(edits.move(graph, {name: (point.x(), point.y())}), name)

        self._try(edit, f"Insert {name}")

    def do(self, change: Change) -> tuple[Sequence[str], Sequence[str]] | None:
        """Any other edit; what to select then, None to leave that as it is."""
        chosen: list[tuple[Sequence[str], Sequence[str]]] = []

        def edit() -> Graph:
            made = change.edit(self._graph)
            if isinstance(made, Graph):
                return made
            chosen.append((made[1], made[2]))
            return made[0]

        done = self._try(edit, change.label, change.merge_key)
        return chosen[0] if done and chosen else None

    def add_at_wire(
        self, kind: str, point: QPointF, end: tuple[str, int | None]
    ) -> tuple[str, ...]:
        """A layer at the loose end of a wire from an output, or into an input."""
        layer = self._make(kind)
        names: list[str] = []

        def edit() -> Graph:
            graph, name = edits.add_node(self._graph, layer, point.x(), point.y())
            names.append(name)
            pair = (end[0], name, None) if end[1] is None else (name, end[0], end[1])
            return edits.connect(graph, *pair)

        return tuple(names) if self._try(edit, f"Add {_noun(layer)}") else ()

    def connect(self, wish: Port) -> None:
        """A new wire."""
        source, target, port = wish
        self._try(
            lambda: edits.connect(self._graph, source, target, port),
            f"Connect {source} to {target}",
        )

    def rewire(self, wish: tuple[Wire, Port]) -> None:
        """A wire that leads elsewhere now."""
        old, (source, target, port) = wish
        self._try(
            lambda: edits.connect(edits.disconnect(self._graph, old), source, target, port),
            f"Lead {source} to {target}",
        )

    def disconnect(self, wires: Sequence[Wire]) -> None:
        """Wires taken away."""
        self.delete(((), wires))

    def delete(self, wish: tuple[Sequence[str], Sequence[Wire]]) -> None:
        """Nodes deleted, their wires healed, and other wires taken away."""
        names, wires = wish
        graph = self._graph
        for wire in wires:
            graph = edits.disconnect(graph, wire)
        graph = edits.remove(graph, names, heal=True)
        self._apply(graph, f"Delete {_listed(names)}" if names else _wire_label(wires))

    def duplicate(self, names: Sequence[str]) -> tuple[str, ...]:
        """Copies of nodes and of the wires among them."""
        copies: dict[str, str] = {}

        def edit() -> Graph:
            graph, made = edits.duplicate(self._graph, names)
            copies.update(made)
            return graph

        self._try(edit, f"Duplicate {_listed(names)}")
        return tuple(copies.values())

    def move(self, places: Mapping[str, _Spot]) -> None:
        """Nodes at other places; steps of the same nodes in a row are one undo step."""
        names = sorted(places)
        self._apply(
            edits.move(self._graph, places), f"Move {_listed(names)}", f"move {' '.join(names)}"
        )

    def set_layer(self, name: str, layer: Layer, parameter: str) -> None:
        """Another value of one parameter."""
        label = layer.param(parameter.split(".")[0]).label.lower()
        self._try(
            lambda: edits.set_layer(self._graph, name, layer),
            f"Change {label} of {name}",
            f"model.{name}.{parameter}",
        )

    def rename(self, name: str, new: str) -> str:
        """Another id; returns why not, empty when it is done."""

        def follow(project: Project) -> Project:
            if self._place.path:
                return project
            start = project.start and project.start.after_rename(name, new)
            return project.with_(start=start, search=project.search.after_rename(name, new))

        try:
            graph = edits.rename(self._graph, name, new)
            self._apply(graph, f"Rename {name} to {new}", follow=follow)
        except FoveaError as error:
            return " ".join(part for part in (error.what, error.why) if part)
        return ""

    def arrange(self) -> None:
        """Every node at its place in rows."""
        self._apply(edits.arrange(self._graph), "Arrange the model")

    def fix(self, findings: Sequence[Finding]) -> None:
        """The remedies of findings, all in one undo step; those whose nodes are gone are left."""
        graph, done = self._graph, []
        for remedy in [found.remedy for found in findings if found.remedy is not None]:
            with suppress(FoveaError):
                graph = remedy.edit(graph)
                done.append(remedy.label)
        if done:
            self._apply(graph, done[0] if len(done) == 1 else f"Apply {len(done)} remedies")

    def start_from(self, template: Template) -> None:
        """Another model altogether, from a template; loaded weights belonged to the old one."""
        project = self._document.project
        if project is not None:
            self._place.go(())
            graph = template.build(project.frame())
            label = f"Start from “{template.title}”"
            self._apply(graph, label, follow=lambda project: project.with_(start=None))


def _noun(layer: Layer) -> str:
    """Its title within a sentence: "convolution", but "ReLU" and "GeM pooling"."""
    title = layer.title
    name = any(letter.isupper() for letter in title.split()[0][1:])
    return title if name else title[:1].lower() + title[1:]


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} nodes"


def _wire_label(wires: Sequence[Wire]) -> str:
    if len(wires) == 1:
        return f"Disconnect {wires[0].source} from {wires[0].target}"
    return f"Delete {len(wires)} wires"
