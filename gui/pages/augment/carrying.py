"""How transforms and cards travel by drag and drop."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import QWidget

__all__ = ["Load", "carry", "load_mime", "load_of"]

_MIME = "application/x-fovea-augment"
_WHATS = ("transform", "card", "group")


@dataclass(frozen=True)
class Load:
    """What a drag carries: a ``"transform"`` by kind, or a ``"card"`` or ``"group"`` by id."""

    what: str
    name: str


def load_mime(load: Load) -> QMimeData:
    """The data of a drag."""
    data = QMimeData()
    data.setData(_MIME, f"{load.what}:{load.name}".encode())
    return data


def load_of(data: QMimeData) -> Load | None:
    """What a drag carries, None when it is nothing of the augmentation."""
    what, _, name = bytes(data.data(_MIME).data()).decode(errors="replace").partition(":")
    return Load(what, name) if what in _WHATS and name else None


def carry(load: Load, shown: QWidget, at: QPoint) -> None:
    """Drags ``load`` under a faint picture of ``shown``, held at ``at``, until it is let go."""
    drag = QDrag(shown)
    drag.setMimeData(load_mime(load))
    drag.setPixmap(shown.grab())
    drag.setHotSpot(at)
    drag.exec(Qt.DropAction.MoveAction)
