"""The geometric cards: everything that moves pixels."""

from __future__ import annotations

from engine.transforms.geometry.affine import Rotate, Shear, Shift, Zoom
from engine.transforms.geometry.crop import RandomCrop, RandomResizedCrop
from engine.transforms.geometry.elastic import Elastic
from engine.transforms.geometry.mirror import Flip, QuarterTurn
from engine.transforms.geometry.perspective import Perspective

__all__ = [
    "Elastic",
    "Flip",
    "Perspective",
    "QuarterTurn",
    "RandomCrop",
    "RandomResizedCrop",
    "Rotate",
    "Shear",
    "Shift",
    "Zoom",
]
