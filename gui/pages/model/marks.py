"""Small signs on the nodes that a warning is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import shiboken6
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from engine.graph.advice import Finding
from gui.canvas.geometry import NODE_WIDTH
from gui.canvas.node_item import NodeItem
from gui.theme import pixmap

__all__ = ["Marks"]

_SIDE = 16.0
_FROM_ZOOM = 0.3


class Marks:
    """Keeps a sign at each node with a warning, and the sentence in its tooltip."""

    def __init__(self) -> None:
        self._signs: dict[NodeItem, _Sign] = {}

    def names(self) -> set[str]:
        """The ids of the nodes that carry a sign."""
        return {item.node.id for item in self._signs if shiboken6.isValid(item)}

    def show(self, items: Mapping[str, NodeItem], findings: Iterable[Finding]) -> None:
        """Signs at the first node of each finding, and at no other."""
        told: dict[NodeItem, list[str]] = {}
        for found in findings:
            if (item := items.get(found.nodes[0])) is not None:
                told.setdefault(item, []).append(found.sentence)
        for item in [item for item in self._signs if item not in told]:
            self._signs.pop(item).take_away()
        for item, sentences in told.items():
            sign = self._signs.get(item)
            if sign is None or not shiboken6.isValid(sign):
                sign = self._signs[item] = _Sign(item)
            sign.tell(sentences)


class _Sign(QGraphicsItem):
    """A triangle in the upper right corner; not in the way of the mouse."""

    def __init__(self, node: NodeItem) -> None:
        super().__init__(node)
        self.setPos(NODE_WIDTH - _SIDE - 8, 8)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self._node = node

    def tell(self, sentences: list[str]) -> None:
        """Adds the sentences to what the node's tooltip says by itself."""
        self._node.warnings = tuple(sentences)

    def take_away(self) -> None:
        """Leaves the node as it was."""
        if not shiboken6.isValid(self) or not shiboken6.isValid(self._node):
            return
        self._node.warnings = ()
        if (scene := self.scene()) is not None:
            scene.removeItem(self)

    @override
    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, _SIDE, _SIDE)

    @override
    def shape(self) -> QPainterPath:
        return QPainterPath()

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        scale = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        if scale >= _FROM_ZOOM:
            painter.drawPixmap(0, 0, pixmap("triangle-alert", int(_SIDE), "warning"))
