"""The geometric cards: everything that moves pixels."""

from __future__ import annotations

from engine.transforms.geometry.affine import Rotate, Shift, Zoom
from engine.transforms.geometry.mirror import Flip

__all__ = ["Flip", "Rotate", "Shift", "Zoom"]
