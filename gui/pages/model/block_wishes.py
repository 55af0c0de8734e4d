"""From wishes about blocks to edits of the document, each one undo step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.blocks.base import Block
from engine.blocks.custom import Custom
from engine.blocks.editing import expose, expose_all, open_block, unexpose
from engine.blocks.grouping import group, ungroup, why_no_block
from engine.errors import FoveaError
from engine.graph import edits
from engine.graph.records import Graph
from engine.layers.base import Misfit
from gui.document import Document
from gui.pages.model.place import Place
from gui.pages.model.placing import close_up, open_out
from gui.pages.model.wishes import Wishes

__all__ = ["BlockWishes"]


class BlockWishes:
    """Groups, takes apart, converts and gives parameters, in the graph that ``place`` shows."""

    def __init__(
        self,
        document: Document,
        place: Place,
        wishes: Wishes,
        refuse: Callable[[str], None],
    ) -> None:
        self._document = document
        self._place = place
        self._wishes = wishes
        self._refuse = refuse

    def may_group(self, names: Sequence[str]) -> bool:
        """Whether the nodes can become a block; tells why not."""
        why = why_no_block(self._place.view.graph, names)
        if why:
            self._refuse(why)
        return not why

    def group(
        self, names: Sequence[str], label: str, exposed: Sequence[tuple[str, str]]
    ) -> tuple[str, str]:
        """The new block's id, or a sentence why there is none."""
        made: list[str] = []

        def edit(graph: Graph) -> Graph:
            grown, name = group(graph, names, label)
            block = grown.node(name).layer
            assert isinstance(block, Custom)
            made.append(name)
            grown = close_up(graph, names, grown, name)
            return edits.set_layer(grown, name, expose_all(block, exposed))

        try:
            edit(self._place.view.graph)  # so that the dialog can tell what the page would
        except FoveaError as error:
            return "", " ".join(part for part in (error.what, error.why) if part)
        self._wishes.edit(edit, f"Group {len(names)} nodes into {label}")
        return made[-1], ""

    def ungroup(self, name: str) -> tuple[str, ...]:
        """The ids of the nodes that were in a block, empty when it cannot be taken apart."""
        view, made = self._place.view, []
        node = view.graph.by_id.get(name)
        if node is not None and isinstance(node.layer, Block) and not self._own(name):
            return ()

        def edit(graph: Graph) -> Graph:
            block = self._own(name)
            before = edits.set_layer(graph, name, block) if block is not None else graph
            out, names = ungroup(before, name)
            made.extend(names)
            return open_out(out, names, graph.node(name).x, graph.node(name).y)

        done = self._wishes.edit(edit, f"Ungroup {name}")
        return tuple(made) if done else ()

    def _own(self, name: str) -> Custom | None:
        """The block of a node as one of the person's own; tells why it cannot be."""
        view = self._place.view
        layer = view.graph.node(name).layer
        if not isinstance(layer, Block):
            return None
        try:
            return open_block(layer, view.analysis.nodes[name].inputs)
        except (Misfit, IndexError):
            self._refuse(f"“{name}” can be opened when what arrives at it is known.")
            return None

    def set_block(self, name: str, block: Custom, label: str, key: str = "") -> None:
        """Another value of a block that stands in what is shown."""
        merge = f"model.{name}.{key}" if key else None
        self._wishes.edit(lambda graph: edits.set_layer(graph, name, block), label, merge)

    def toggle_parameter(self, target: str, label: str = "") -> None:
        """Makes a setting inside a parameter of the block that is shown, or takes it back."""
        project, block = self._document.project, self._place.block
        if project is None or block is None:
            return
        driven = block.knobs.by_target.get(target)
        try:
            changed = unexpose(block, driven.id) if driven else expose(block, target, label)
            after = self._place.write_block(project, changed)
        except FoveaError as error:
            self._refuse(error.what)
            return
        words = driven.label if driven else changed.knobs.by_target[target].label
        step = f"Take parameter {words.lower()} from" if driven else f"Give {words.lower()} to"
        self._document.apply(after, f"{step} {block.label}")
