"""The preview pane: equal to training bit for bit, and steered by clicks and keys."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel

from engine.augment.edits import add_card
from engine.augment.mixing import epoch_order
from engine.augment.preview import preview_image
from engine.transforms.base import TRANSFORMS
from gui.pages.augment.page import AugmentPage
from gui.pages.base import Session
from tests.gui.pages.conftest import OpenPage, click, settle
from tests.support import mouse


@pytest.fixture
def page(session: Session, tiny: Path, show: OpenPage) -> AugmentPage:
    """The page of the tiny project, with its three cards."""
    session.document.open(tiny)
    return show(AugmentPage)


def test_the_preview_is_what_training_sees_bit_for_bit(
    qtbot, page: AugmentPage, session: Session, tiny: Path
) -> None:
    click(qtbot, page.preview.forth)
    settle(qtbot, session)
    shown, wish = page.preview.picture, page.preview.picture.wish
    assert wish.row == page.preview.row > 0
    assert session.images.current.splits[wish.row] == 0
    for place, epoch in ((0, 1), (1, 2), (wish.count - 1, wish.count)):
        fed = training_epoch(session, tiny, epoch)
        assert shown.pixels[place].tobytes() == fed[wish.row].tobytes(), f"epoch {epoch}"
    assert shown.pixels[0].tobytes() != shown.pixels[1].tobytes()


def test_a_batch_is_the_batch_of_training(
    qtbot, page: AugmentPage, session: Session, tiny: Path
) -> None:
    click(qtbot, page.preview.mode.button("batch"))
    settle(qtbot, session)
    shown = page.preview.picture
    fed = training_epoch(session, tiny, 1)
    assert [int(row) for row in shown.rows] == list(fed)[: len(shown.rows)]
    for row, pixels in zip(shown.rows, shown.pixels, strict=True):
        assert pixels.tobytes() == fed[int(row)].tobytes()
    assert not page.preview.classes.isEnabled()
    assert "batch 1 in epoch 1" in page.preview.about.text()


def test_mixed_images_have_bars_of_their_label(
    qtbot, page: AugmentPage, session: Session, tiny: Path
) -> None:
    project = session.document.project
    mixed, _name = add_card(project.augment, TRANSFORMS.get("mixup")(alpha=1.0))
    session.document.apply(project.with_(augment=mixed), "Add MixUp")
    settle(qtbot, session)
    shown, tiles = page.preview.picture, page.preview.grid.tiles
    assert (shown.other >= 0).any()
    assert shown.pixels[0].tobytes() == training_epoch(session, tiny, 1)[shown.wish.row].tobytes()
    for place, tile in enumerate(tiles[1:]):
        if shown.other[place] >= 0:
            assert [part.share for part in tile.parts] == [
                shown.share[place],
                1 - shown.share[place],
            ]
    assert any("%" in tile.words for tile in tiles)


def training_epoch(session: Session, folder: Path, epoch: int) -> dict[int, np.ndarray]:
    """What the trainer feeds in an epoch (1 is the first), by row in the order of its batches."""
    from engine.train.position import Position
    from engine.train.prepare import prepare
    from engine.train.trainer import Trainer

    pieces = prepare(session.document.project, folder, device="cpu", known={}).pieces
    step = (epoch - 1) * pieces.steps_per_epoch
    trainer = Trainer(pieces, Position(epoch=epoch - 1, step=step))
    order = epoch_order(pieces.recipe.seed, epoch - 1, pieces.train_rows).tolist()
    fed: list[np.ndarray] = []
    for _ in range(pieces.steps_per_epoch):
        fed += list(trainer.next_batch().images.numpy().copy())
        trainer.position.step += 1
    return dict(zip(order, fed, strict=False))


def test_the_picture_shows_the_pixels(page: AugmentPage) -> None:
    pixels, image = page.preview.picture.pixels[3], page.preview.picture.images[3]
    wanted = tuple(int(value * 255 + 0.5) for value in np.clip(pixels[:, 4, 9], 0, 1))
    assert image.pixelColor(9, 4).getRgb()[:3] == wanted
    assert page.preview.grid.images[4] == image, "the first of the grid is the original"


def test_memory_goes_round_and_no_shown_picture_is_overwritten(
    qtbot, page: AugmentPage, session: Session
) -> None:
    rooms, first = [], page.preview.picture
    for _ in range(6):
        page.preview.reroll()
        page.preview.reroll()  # two at work while the one before is shown
        settle(qtbot, session)
        shown = page.preview.picture
        rooms.append(shown.room)
        wish = shown.wish
        epochs = range(wish.first - 1, wish.first - 1 + wish.count)
        fresh = preview_image(wish.pipeline, wish.source, wish.row, seed=wish.seed, epochs=epochs)
        assert shown.pixels.tobytes() == fresh.images.tobytes()
        levels = (fresh.images[-1] * 255 + np.float32(0.5)).astype(np.uint8)
        assert page.preview.grid.images[-1].pixelColor(3, 2).red() == levels[0, 2, 3]
    assert len({id(room) for room in (first.room, *rooms)}) <= 3


def test_another_seed_is_shown_and_said(qtbot, page: AugmentPage, session: Session) -> None:
    before = page.preview.picture.pixels.tobytes()
    own = session.document.project.training.seed
    click(qtbot, page.preview.more)
    settle(qtbot, session)
    assert page.preview.picture.wish.seed == own + 1
    assert page.preview.picture.pixels.tobytes() != before
    assert f"training uses {own}" in page.preview.about.text()
    click(qtbot, page.preview.less)
    settle(qtbot, session)
    assert page.preview.picture.pixels.tobytes() == before
    assert session.document.project.training.seed == own


def test_an_edit_redraws_the_preview(qtbot, page: AugmentPage, session: Session) -> None:
    before = page.preview.picture
    for name in ("flip", "rotate", "brightness_contrast"):
        click(qtbot, page.cards.cards[name].head.switch)
    settle(qtbot, session)
    assert page.preview.picture is not before
    original, *seen = page.preview.grid.images
    assert all(variant == original for variant in seen)


def test_space_and_mouse_compare_with_the_original(qtbot, page: AugmentPage) -> None:
    page.preview.grid.setFocus()
    before = page.preview.grid.grab().toImage()
    qtbot.keyPress(page.preview.grid, Qt.Key.Key_Space)
    assert page.preview.grid.comparing
    assert page.preview.grid.grab().toImage() != before
    qtbot.keyRelease(page.preview.grid, Qt.Key.Key_Space)
    assert not page.preview.grid.comparing
    mouse.press(page.preview.grid, QPoint(50, 50))
    assert page.preview.grid.comparing
    mouse.release(page.preview.grid, QPoint(50, 50))
    assert not page.preview.grid.comparing


def test_reroll_shows_the_next_epochs(qtbot, page: AugmentPage, session: Session) -> None:
    last = page.preview.picture.wish.first + page.preview.picture.wish.count
    click(qtbot, page.preview.roll)
    settle(qtbot, session)
    assert page.preview.picture.wish.first == last


def test_a_class_is_chosen(qtbot, page: AugmentPage, session: Session) -> None:
    page.preview.classes.setFocus()
    qtbot.keyClick(page.preview.classes, Qt.Key.Key_Down)
    settle(qtbot, session)
    items = session.images.current.manifest.items
    assert items[page.preview.picture.wish.row].name.startswith("bees/")


def test_missing_images_are_told_in_place_of_the_preview(
    qtbot, session: Session, tiny: Path, show: OpenPage
) -> None:
    (tiny.parent / "images").rename(tiny.parent / "elsewhere")
    session.document.open(tiny)
    page = show(AugmentPage)
    qtbot.waitUntil(page.preview.problem.isVisible, timeout=20_000)
    assert page.preview.grid.images == ()
    assert page.preview.about.text() == ""
    words = [part.text() for part in page.preview.problem.findChildren(QLabel)]
    assert any("not there any more" in text for text in words)
    assert page.cards.cards["flip"].isVisible()


def test_narrow_pictures_keep_the_number_of_their_epoch(page: AugmentPage) -> None:
    grid = page.preview.grid
    tile, metrics = grid.tiles[12], grid.fontMetrics()
    assert tile.name_within(200, metrics) == "Epoch 12"
    assert tile.name_within(metrics.horizontalAdvance("Epoch 12") - 1, metrics) == "12"
    room = metrics.horizontalAdvance("Epoch 12") - 1
    assert grid.tiles[1].name_within(room, metrics) == "Epoch 1"
    assert grid.names_within(room, metrics)[1:] == [str(epoch) for epoch in range(1, 24)]
    assert grid.names_within(200, metrics)[1] == "Epoch 1", "all have room"
