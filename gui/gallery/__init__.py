"""Walls of small pictures that scroll however many there are."""

from gui.gallery.gallery import Gallery
from gui.gallery.tiles import Tile, TileList

__all__ = ["Gallery", "Tile", "TileList"]
