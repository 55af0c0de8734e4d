"""The embedded sample: synthetic stained cells, drawn on the spot."""

from engine.sample.make import CLASSES, make_sample

__all__ = ["CLASSES", "make_sample"]
