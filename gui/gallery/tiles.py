"""What a gallery shows, and the model that hands it to the view."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QStringListModel, Qt
from PySide6.QtGui import QPixmap

__all__ = ["Tile", "TileList", "TileModel"]

_KEPT = 4_000
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture.

    Attributes:
        key: what the reader of pictures knows it by; equal keys are the same picture.
        caption: the words below it. tip: the words of its tooltip.
        colours: indices of its classes in the theme's palette, for the stripe below.
        mark: ``"wrong"`` draws a frame in the danger colour, ``"right"`` in the success colour.
    """

    key: int
    caption: str = ""
    tip: str = ""
    colours: tuple[int, ...] = ()
    mark: str = ""


class TileList(Sequence[Tile]):
    """Tiles that are made when they are looked at, so that 100,000 of them cost nothing.

    ``make`` gives the tile of one of ``keys``.
    """

    def __init__(self, keys: NDArray[np.integer], make: Callable[[int], Tile]) -> None:
        self._keys = keys
        self._make = make

    def __len__(self) -> int:
        return len(self._keys)

    @overload
    def __getitem__(self, place: int) -> Tile: ...

    @overload
    def __getitem__(self, place: slice) -> TileList: ...

    def __getitem__(self, place: int | slice) -> Tile | TileList:
        if isinstance(place, slice):
            return TileList(self._keys[place], self._make)
        return self._make(int(self._keys[place]))


class TileModel(QStringListModel):
    """The tiles, and the pictures of those seen last (at most 4,000 are kept).

    A list of empty strings counts the rows inside Qt: laying out 100,000 tiles asks for the count
    400,000 times, which took 0.3 s with an answer from Python and takes 0.03 s so.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tiles: Sequence[Tile] = ()
        self._pictures: OrderedDict[int, QPixmap] = OrderedDict()

    def show_tiles(self, tiles: Sequence[Tile]) -> None:
        """Replaces all tiles; pictures already read are kept."""
        self.tiles = tiles
        self.setStringList([""] * len(tiles))

    def forget_pictures(self) -> None:
        """Drops every picture: other images lie behind the keys now."""
        self._pictures.clear()

    def picture(self, key: int) -> QPixmap | None:
        """The picture of a key, None while it has not been read."""
        found = self._pictures.get(key)
        if found is not None:
            self._pictures.move_to_end(key)
        return found

    def add_pictures(self, pictures: dict[int, QPixmap]) -> None:
        """Takes pictures that were read; the view that asked for them draws itself anew."""
        self._pictures.update(pictures)
        while len(self._pictures) > _KEPT:
            self._pictures.popitem(last=False)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        tile = self.tiles[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return tile.caption
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return tile.tip or tile.caption
        return None
