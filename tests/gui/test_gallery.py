"""The wall of pictures: however many there are, only those in view are made and read."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from gui.gallery import Gallery, Tile, TileList
from gui.pages.base import Session
from gui.theme import theme

MANY = 100_000


@pytest.fixture
def gallery(qtbot, session: Session) -> Gallery:
    made = Gallery(session.runner)
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show()
    return made


def test_only_tiles_in_view_are_made_and_read(qtbot, gallery: Gallery) -> None:
    made: set[int] = set()
    read: set[int] = set()

    def tile(key: int) -> Tile:
        made.add(key)
        return Tile(key, f"{key}.png")

    def picture(key: int) -> np.ndarray:
        read.add(key)
        return np.full((8, 8, 3), key % 255, np.uint8)

    gallery.show_tiles(TileList(np.arange(MANY), tile), picture)
    assert gallery.tiles.rowCount() == MANY
    qtbot.waitUntil(lambda: gallery.tiles.picture(0) is not None, timeout=20_000)
    gallery.scrollToBottom()
    qtbot.waitUntil(lambda: gallery.tiles.picture(MANY - 1) is not None, timeout=20_000)
    assert len(made) < 300
    assert len(read) < 300


def test_the_stripe_below_a_picture_has_all_its_classes(qtbot, gallery: Gallery) -> None:
    gallery.show_tiles([Tile(0, colours=(0, 2))], lambda _: np.zeros((8, 8, 3), np.uint8))
    picture = gallery.viewport().grab().toImage()
    seen = {picture.pixelColor(x, y).name() for x in range(150) for y in range(200)}
    stripes = [theme().series_colour(index).name() in seen for index in range(3)]
    assert stripes == [True, False, True]


def test_a_layout_asks_python_for_nothing_and_no_tile_can_be_edited(gallery: Gallery) -> None:
    asked: list[int] = []
    gallery.show_tiles(TileList(np.arange(MANY), lambda key: asked.append(key) or Tile(key)))
    gallery.doItemsLayout()
    assert asked == []
    assert "rowCount" not in vars(type(gallery.tiles))
    first = gallery.tiles.index(0)
    assert not gallery.tiles.flags(first) & Qt.ItemFlag.ItemIsEditable
    assert first.data() == ""


def test_a_list_of_tiles_is_cut_like_any_other() -> None:
    tiles = TileList(np.array([4, 7, 9]), lambda key: Tile(key, str(key)))
    assert [tile.caption for tile in tiles[1:]] == ["7", "9"]
    assert tiles[-1].key == 9
    assert len(tiles) == 3
