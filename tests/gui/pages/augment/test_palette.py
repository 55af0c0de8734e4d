"""The palette: found by typing, added by plus, key and double-click, greyed where it is no use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from engine.transforms.base import TRANSFORMS, ImageFacts, Misfit
from engine.transforms.geometry import Zoom
from gui.pages.augment.carrying import Load, load_of
from gui.pages.augment.entries import FAMILIES
from gui.pages.augment.entry_look import REASON
from gui.pages.augment.page import AugmentPage
from gui.pages.base import Session
from tests.gui.pages.augment.conftest import LEFT, add_by_plus, order, row_point
from tests.support import mouse


def shown(page: AugmentPage) -> list[str]:
    """The titles of the rows that can be seen."""
    rows = page.palette_card.list
    return [item.text(0) for item in rows.entry_items() if not item.isHidden()]


def test_every_transform_stands_under_its_family(page: AugmentPage) -> None:
    rows = page.palette_card.list
    for kind in TRANSFORMS:
        assert rows.item(kind.kind).parent().text(0) == FAMILIES[kind.family]
    heads = [head.text(0) for head in rows.head_items()]
    assert heads == [title for title in FAMILIES.values() if title in heads]


def test_a_search_leaves_what_is_found(qtbot, page: AugmentPage, session: Session) -> None:
    search = page.palette_card.search
    search.setFocus()
    qtbot.keyClicks(search, "zoo")
    assert shown(page)[0] == "Zoom"
    assert "Flip" not in shown(page)
    qtbot.keyClick(search, Qt.Key.Key_Return)
    assert order(session)[-1] == "zoom"
    qtbot.keyClicks(search, "xxx")
    assert shown(page) == []
    assert page.palette_card.none.isVisible()
    qtbot.keyClick(search, Qt.Key.Key_Escape)
    assert len(shown(page)) == len(list(TRANSFORMS))


def test_keys_walk_and_add(qtbot, page: AugmentPage, session: Session) -> None:
    search, rows = page.palette_card.search, page.palette_card.list
    search.setFocus()
    qtbot.keyClicks(search, "zoom")
    qtbot.keyClick(search, Qt.Key.Key_Down)
    assert rows.hasFocus()
    assert rows.current_kind() == "zoom"
    qtbot.keyClick(rows, Qt.Key.Key_Return)
    assert order(session)[-1] == "zoom"


def test_a_double_click_adds_once(qtbot, page: AugmentPage, session: Session) -> None:
    at = row_point(page, "zoom")
    view = page.palette_card.list.viewport()
    qtbot.mouseClick(view, LEFT, pos=at)
    assert len(order(session)) == 3, "a click alone adds nothing"
    qtbot.mouseDClick(view, LEFT, pos=at)
    assert order(session)[3:] == ["zoom"]


def test_two_quick_clicks_on_a_plus_add_two(qtbot, page: AugmentPage, session: Session) -> None:
    at = row_point(page, "zoom", plus=True)
    view = page.palette_card.list.viewport()
    qtbot.mouseClick(view, LEFT, pos=at)
    qtbot.mouseDClick(view, LEFT, pos=at)  # the second press of a pair, as it arrives
    mouse.release(view, at)
    assert order(session)[3:] == ["zoom", "zoom_2"]


def test_families_fold_by_click_and_key(qtbot, page: AugmentPage) -> None:
    rows = page.palette_card.list
    head = rows.head_items()[0]
    at = rows.visualItemRect(head).center()
    qtbot.mouseClick(rows.viewport(), LEFT, pos=at)
    assert not head.isExpanded()
    rows.setCurrentItem(head)
    qtbot.keyClick(rows, Qt.Key.Key_Return)
    assert head.isExpanded()
    head.setExpanded(False)
    page.palette_card.search.setText(TRANSFORMS.get("zoom").title)
    assert head.isExpanded(), "what is found is hidden"


def test_a_drag_carries_the_kind(page: AugmentPage) -> None:
    rows = page.palette_card.list
    assert load_of(rows.mimeData([rows.item("zoom")])) == Load("transform", "zoom")
    assert load_of(rows.mimeData([rows.head_items()[0]])) is None


@pytest.fixture
def unfit_zoom(monkeypatch: pytest.MonkeyPatch) -> None:
    """Zoom that cannot work on images of 16 px, whatever its settings."""

    def misfits(self: Zoom, images: ImageFacts) -> Iterator[Misfit]:
        if images.width == 16:
            yield Misfit("", "Zoom needs large images.", "Remove it.")

    monkeypatch.setattr(Zoom, "misfits", misfits)


@pytest.mark.usefixtures("unfit_zoom")
def test_what_cannot_work_is_greyed_and_says_why(
    qtbot, page: AugmentPage, session: Session
) -> None:
    rows = page.palette_card.list
    item = rows.item("zoom")
    assert item.data(0, REASON) == "Zoom needs large images."
    assert not item.flags() & Qt.ItemFlag.ItemIsEnabled
    add_by_plus(qtbot, page, "zoom")
    qtbot.mouseDClick(rows.viewport(), LEFT, pos=row_point(page, "zoom"))
    page.palette_card.search.setText("zoom")
    QApplication.processEvents()
    qtbot.keyClick(page.palette_card.search, Qt.Key.Key_Return)
    assert "zoom" not in order(session)
