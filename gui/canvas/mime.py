"""How a layer travels from the palette to the canvas."""

from __future__ import annotations

from PySide6.QtCore import QMimeData

__all__ = ["LAYER_MIME", "kind_of", "layer_mime"]

LAYER_MIME = "application/x-fovea-layer"


def layer_mime(kind: str) -> QMimeData:
    """The data of a drag that carries a layer's kind."""
    data = QMimeData()
    data.setData(LAYER_MIME, kind.encode())
    return data


def kind_of(data: QMimeData) -> str:
    """The layer's kind in a drag, empty when it carries something else."""
    return bytes(data.data(LAYER_MIME).data()).decode() if data.hasFormat(LAYER_MIME) else ""
