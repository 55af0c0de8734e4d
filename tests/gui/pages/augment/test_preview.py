"""The preview pane: equal to training bit for bit, and steered by clicks and keys."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

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
    for place, epoch in ((1, 1), (2, 2), (wish.count, wish.count)):
        seen = training_input(session, tiny, wish.row, epoch)
        assert shown.pixels[place].tobytes() == seen.tobytes(), f"epoch {epoch}"
    assert shown.pixels[1].tobytes() != shown.pixels[2].tobytes()


def training_input(session: Session, folder: Path, row: int, epoch: int) -> np.ndarray:
    """What the trainer's own code feeds for an image in an epoch (1 is the first) of a batch."""
    from engine.train.position import Position
    from engine.train.prepare import prepare
    from engine.train.trainer import Trainer

    pieces = prepare(session.document.project, folder, device="cpu", known={}).pieces
    trainer = Trainer(pieces, Position(epoch=epoch - 1))
    trainer._normaliser = lambda images: images
    others = [int(other) for other in pieces.train_rows[:5] if other != row]
    rows = pieces.images.order(np.array([*others, row]))
    return trainer._inputs(rows)[-1].contiguous().numpy()


def test_the_picture_shows_the_pixels(page: AugmentPage) -> None:
    pixels, image = page.preview.picture.pixels[3], page.preview.grid.images[3]
    wanted = tuple(int(value * 255 + 0.5) for value in np.clip(pixels[:, 4, 9], 0, 1))
    assert image.pixelColor(9, 4).getRgb()[:3] == wanted


def test_an_edit_redraws_the_preview(qtbot, page: AugmentPage, session: Session) -> None:
    before = page.preview.picture
    for name in ("flip", "rotate", "brightness_contrast"):
        click(qtbot, page.cards.cards[name].head.switch)
    settle(qtbot, session)
    assert page.preview.picture is not before
    original, *seen = page.preview.picture.pixels
    assert all((variant == original).all() for variant in seen)


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
    assert page.cards.cards["flip"].isVisible()
