"""The Data page on real images, clicks and keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt

from engine.data.spec import DataSpec
from engine.data.split import split
from gui.pages.base import Session
from gui.pages.data.page import DataPage
from gui.widgets import Segmented
from tests.gui.pages.conftest import COUNTS, LEFT, TOTAL, OpenPage, change, click, settle, type_into


@pytest.fixture
def page(session: Session, tiny: Path, show: OpenPage) -> DataPage:
    """The page of the tiny project."""
    session.document.open(tiny)
    return show(DataPage)


def names(page: DataPage) -> list[str]:
    """The images in the gallery, as CLASS/FILE."""
    return [tile.tip.splitlines()[0] for tile in page.gallery.tiles.tiles]


def test_the_gallery_shows_every_image(page: DataPage) -> None:
    assert len(names(page)) == TOTAL
    assert page.count.text() == f"{TOTAL} images"
    first = page.gallery.tiles.tiles[0]
    assert page.gallery.tiles.picture(first.key) is not None
    assert page.state() == "ready"


def test_a_class_is_chosen_by_keys(qtbot, page: DataPage) -> None:
    page.classes.setFocus()
    qtbot.keyClick(page.classes, Qt.Key.Key_Down)
    qtbot.keyClick(page.classes, Qt.Key.Key_Down)
    assert page.classes.currentText() == "bees"
    assert {name.split("/")[0] for name in names(page)} == {"bees"}
    assert len(names(page)) == COUNTS["bees"]


def test_a_click_on_a_split_shows_its_images(qtbot, page: DataPage, session: Session) -> None:
    images = session.images.current
    for key, part in (("0", 0), ("1", 1), ("2", 2)):
        click(qtbot, page.parts.button(key))
        assert len(names(page)) == int((images.splits == part).sum()) > 0


def test_a_click_on_a_bar_shows_its_class_and_show_all_undoes_it(qtbot, page: DataPage) -> None:
    middle = page.bars.row_rect(2).center().toPoint()
    qtbot.mouseClick(page.bars, LEFT, pos=middle)
    assert {name.split("/")[0] for name in names(page)} == {"cats"}
    assert len(names(page)) == COUNTS["cats"]
    click(qtbot, page.all)
    assert len(names(page)) == TOTAL
    assert page.classes.currentText() == "All classes"
    assert not page.all.isVisible()


def test_a_finding_opens_its_images(qtbot, page: DataPage) -> None:
    place = next(i for i, f in enumerate(page.findings._findings) if f.kind == "duplicate")
    item = page.findings.visualItemRect(page.findings.item(place))
    qtbot.mouseClick(page.findings.viewport(), LEFT, pos=item.center())
    assert sorted(names(page)) == ["bees/00.png", "bees/01.png"]
    assert page.count.text().startswith("2 images: ")


def test_a_tile_shows_its_image_as_the_network_gets_it(
    qtbot, page: DataPage, session: Session
) -> None:
    page.gallery.setFocus()
    area = page.gallery.visualRect(page.gallery.tiles.index(3))
    qtbot.mouseClick(page.gallery.viewport(), LEFT, pos=area.center())
    assert page.detail.name.text() == names(page)[3]
    settle(qtbot, session)
    shown, pixels = page.detail.after._image, session.images.current.reader.pixels(3)
    assert (shown.width(), shown.height()) == (16, 16)
    assert shown.pixelColor(5, 2).getRgb()[:3] == tuple(pixels[:, 2, 5])


def test_the_split_is_edited_as_one_step_and_undone(
    qtbot, page: DataPage, session: Session
) -> None:
    document = session.document
    before = document.project
    bars = page.bars.csv()
    type_into(qtbot, page.split, "test", "0.5")
    settle(qtbot, session)
    assert document.project.data.test == 0.5
    assert document.undo_stack.count() == 1
    assert document.undo_stack.undoText() == f"Change {DataSpec.param('test').label.lower()}"
    images = session.images.current
    assert (images.splits == split(images.manifest, document.project.data)).all()
    assert page.bars.csv() != bars
    document.undo_stack.undo()
    settle(qtbot, session)
    assert document.project is before
    assert page.bars.csv() == bars
    assert page.split.value.test == 0.25


def test_classes_get_an_order_by_a_click(qtbot, page: DataPage, session: Session) -> None:
    segments = page.kind.field("targets").findChild(Segmented)
    qtbot.mouseClick(segments.button("ordinal"), LEFT)
    settle(qtbot, session)
    assert session.document.project.data.targets == "ordinal"
    assert session.document.undo_stack.count() == 1
    page.scan_again()
    settle(qtbot, session)
    assert session.document.project.data.targets == "ordinal"
    session.document.undo_stack.undo()
    settle(qtbot, session)
    assert page.kind.value.targets == "single"


def test_what_is_refused_is_said_at_the_field(qtbot, page: DataPage, session: Session) -> None:
    type_into(qtbot, page.split, "test", "1.5")
    assert page.split.trouble("test")
    assert session.document.project.data.test == 0.25


def test_scanning_again_finds_new_images(
    qtbot, page: DataPage, session: Session, tiny: Path
) -> None:
    source = tiny.parent / "images" / "cats"
    (source / "new.png").write_bytes((source / "00.png").read_bytes() + b"\0")
    page.scan_again()
    assert page.overlay.isVisible()
    assert page.state() == "running"
    settle(qtbot, session)
    assert not page.overlay.isVisible()
    assert "cats/new.png" in names(page)
    assert session.document.project.data.validation == 0.25
    assert session.document.undo_stack.undoText() == "Scan images"
    session.document.undo_stack.undo()
    settle(qtbot, session)
    assert len(names(page)) == TOTAL


def test_no_images_is_an_empty_page_with_one_action(
    qtbot, session: Session, tiny: Path, show: OpenPage, monkeypatch
) -> None:
    session.document.open(tiny)
    change(session, data=DataSpec())
    page = show(DataPage)
    assert page.empty.isVisible()
    assert page.state() == "nothing"
    assert page.primary_action().text == page.empty.button.text() == "Import images…"
    monkeypatch.setattr(
        "gui.pages.data.page.QFileDialog.getExistingDirectory",
        lambda *_: str(tiny.parent / "images"),
    )
    click(qtbot, page.empty.button)
    settle(qtbot, session)
    assert len(names(page)) == TOTAL
    assert not page.empty.isVisible()


def test_images_that_are_gone_are_a_problem_with_its_reason(
    qtbot, page: DataPage, session: Session, tiny: Path
) -> None:
    before = session.document.project
    assert page.state() == "ready"
    (tiny.parent / "images").rename(tiny.parent / "elsewhere")
    page.scan_again()
    settle(qtbot, session)
    assert page.problem.isVisible()
    assert page.problem.accessibleName() == "The images cannot be found."
    assert page.problem.button.text() == "Other images…"
    assert session.document.project is before
    (tiny.parent / "elsewhere").rename(tiny.parent / "images")
    page.scan_again()
    settle(qtbot, session)
    assert not page.problem.isVisible()


def test_images_that_were_gone_at_the_start_are_a_problem_at_once(
    qtbot, session: Session, tiny: Path, show: OpenPage, monkeypatch
) -> None:
    (tiny.parent / "images").rename(tiny.parent / "elsewhere")
    session.document.open(tiny)
    page = show(DataPage)
    assert page.problem.isVisible()
    assert page.state() == "attention"
    assert len(names(page)) == TOTAL
    monkeypatch.setattr(
        "gui.pages.data.page.QFileDialog.getExistingDirectory",
        lambda *_: str(tiny.parent / "elsewhere"),
    )
    click(qtbot, page.problem.button)
    settle(qtbot, session)
    assert not page.problem.isVisible()
    assert page.state() == "ready"
    assert session.document.project.data.source.endswith("elsewhere")


def test_the_gallery_is_walked_by_keys(qtbot, page: DataPage) -> None:
    qtbot.mouseClick(page.gallery.viewport(), LEFT, pos=QPoint(40, 40))
    qtbot.keyClick(page.gallery, Qt.Key.Key_Right)
    assert page.detail.name.text() == names(page)[1]
