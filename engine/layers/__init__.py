"""The layers that a model is built of: one small class each, found by the ``LAYERS`` registry."""

from __future__ import annotations

from engine.layers.base import GLOBAL, LAYERS, POINTWISE, Frame, Layer, Misfit, Reach, Shape

__all__ = ["GLOBAL", "LAYERS", "POINTWISE", "Frame", "Layer", "Misfit", "Reach", "Shape"]
