"""The pipeline as a whole: presets, copied as text, pasted."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit

from engine.augment.pipeline import Pipeline
from engine.augment.presets import PRESETS
from engine.augment.recommend import recommend
from engine.errors import FoveaError
from engine.transforms.base import ImageFacts
from gui.pages.augment.page import AugmentPage
from gui.pages.augment.presets import PresetsDialog
from gui.pages.base import Session
from tests.gui.pages.augment.conftest import pipeline, undo_text
from tests.gui.pages.conftest import change, click

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def errors(session: Session) -> list[FoveaError]:
    """What the window was asked to show."""
    shown: list[FoveaError] = []
    session.error_requested.connect(shown.append)
    return shown


def presets(qtbot, page: AugmentPage) -> PresetsDialog:
    """The list of presets, opened by its button."""
    click(qtbot, page.start)
    dialog = page.findChild(PresetsDialog)
    qtbot.waitUntil(dialog.isActiveWindow, timeout=20_000)
    return dialog


def test_a_preset_replaces_the_cards(qtbot, page: AugmentPage, session: Session) -> None:
    entry = presets(qtbot, page).entries["strong"]
    click(qtbot, entry)
    assert pipeline(session).cards
    assert set(page.cards.cards) == {card.id for card in pipeline(session).cards}
    assert session.document.undo_stack.count() == 1
    assert undo_text(session) == f"Use preset “{PRESETS['strong'].title}”"


@pytest.mark.parametrize("width", [480, 608, 900])
def test_no_presets_words_are_cut(qtbot, page: AugmentPage, width: int) -> None:
    dialog = presets(qtbot, page)
    dialog.resize(width, 600)
    for entry in dialog.entries.values():
        qtbot.waitUntil(
            lambda reason=entry.reason: reason.height() >= reason.heightForWidth(reason.width()),
            timeout=20_000,
        )
    assert dialog.width() == width


def test_presets_are_chosen_by_keys(qtbot, page: AugmentPage, session: Session) -> None:
    dialog = presets(qtbot, page)
    names = list(dialog.entries)
    first, second = (dialog.entries[name] for name in names[:2])
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Down)
    assert second.hasFocus()
    qtbot.keyClick(second, Qt.Key.Key_Space)
    assert undo_text(session) == f"Use preset “{PRESETS[names[1]].title}”"


def test_the_recommended_preset_is_marked(qtbot, page: AugmentPage, session: Session) -> None:
    project = session.document.project
    wanted = recommend(ImageFacts(3, 16, 16), 24, project.data.classes, project.answers)
    dialog = presets(qtbot, page)
    marked = [name for name, entry in dialog.entries.items() if not entry.chip.isHidden()]
    assert marked == [wanted.preset]
    assert dialog.entries[wanted.preset].hasFocus()
    others = [entry for name, entry in dialog.entries.items() if name != wanted.preset]
    assert all(entry.reason.text() == entry.preset.reason for entry in others)


def test_a_pipeline_travels_by_the_clipboard(qtbot, page: AugmentPage, session: Session) -> None:
    page.editing.group(("rotate", "brightness_contrast"))
    before = pipeline(session)
    card = page.cards.cards["flip"]
    card.setFocus()
    qtbot.keyClick(card, Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text().startswith("Fovea augmentation")
    change(session, augment=Pipeline())
    page.cards.begin()
    assert page.cards.column.hasFocus()
    qtbot.keyClick(page.cards.column, Qt.Key.Key_V, CONTROL)
    assert pipeline(session) == before
    assert undo_text(session) == "Paste pipeline"
    session.document.undo_stack.undo()
    assert pipeline(session) == Pipeline()


def test_the_menu_copies_and_pastes(page: AugmentPage, session: Session) -> None:
    before = pipeline(session)
    page.menu().actions()[0].trigger()
    change(session, augment=Pipeline())
    assert not page.menu().actions()[0].isEnabled()
    page.menu().actions()[1].trigger()
    assert pipeline(session) == before


@pytest.mark.parametrize("text", ["", "milk, eggs", "Fovea augmentation 1\nrotate degrees=999\n"])
def test_what_is_no_pipeline_is_explained(
    page: AugmentPage, session: Session, errors: list[FoveaError], text: str
) -> None:
    QGuiApplication.clipboard().setText(text)
    page.menu().actions()[1].trigger()
    (error,) = errors
    assert error.what
    assert error.fix
    assert session.document.undo_stack.count() == 0


def test_a_number_field_keeps_its_own_copy_and_paste(
    qtbot, page: AugmentPage, session: Session
) -> None:
    line = page.cards.cards["rotate"].form.field("degrees").findChild(QLineEdit)
    QGuiApplication.clipboard().setText("33")
    line.setFocus()
    line.selectAll()
    qtbot.keyClick(line, Qt.Key.Key_V, CONTROL)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert pipeline(session).card("rotate").transform.degrees == 33
