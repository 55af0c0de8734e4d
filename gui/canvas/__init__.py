"""The drawing of a model: nodes and wires that show records and wish for edits."""

from gui.canvas.mime import LAYER_MIME, layer_mime
from gui.canvas.view import GraphView

__all__ = ["LAYER_MIME", "GraphView", "layer_mime"]
