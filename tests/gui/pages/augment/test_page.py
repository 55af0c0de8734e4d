"""The Augment page: edits by clicks and keys, each one undo step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLineEdit, QSlider

from engine.augment.edits import add_card
from engine.augment.pipeline import Pipeline
from engine.meter.records import Estimate, How, Reading
from engine.transforms.base import ImageFacts, Misfit
from engine.transforms.geometry import Rotate
from gui.pages.augment.group_frame import GroupFrame
from gui.pages.augment.page import AugmentPage
from gui.pages.augment.step_card import StepCard
from gui.pages.base import Session
from tests.gui.pages.augment.conftest import add_by_plus, order, pipeline, undo_text
from tests.gui.pages.conftest import OpenPage, change, click, type_into
from tests.support import mouse


def test_plus_adds_a_card_and_undo_takes_it_away(
    qtbot, page: AugmentPage, session: Session
) -> None:
    add_by_plus(qtbot, page, "zoom")
    assert [card.id for card in pipeline(session).cards][-1] == "zoom"
    card = page.cards.cards["zoom"]
    qtbot.waitUntil(card.hasFocus, timeout=20_000)
    assert not card.head.visibleRegion().isEmpty(), "the new card is out of sight"
    assert session.document.undo_stack.undoText() == "Add zoom"
    session.document.undo_stack.undo()
    assert "zoom" not in page.cards.cards
    assert len(pipeline(session).cards) == 3


def test_a_number_is_typed(qtbot, page: AugmentPage, session: Session) -> None:
    type_into(qtbot, page.cards.cards["rotate"].form, "degrees", "42")
    assert pipeline(session).card("rotate").transform.degrees == 42
    assert session.document.undo_stack.count() == 1
    session.document.undo_stack.undo()
    assert page.cards.cards["rotate"].form.value.degrees == 15


def test_dragging_a_slider_is_one_step(qtbot, page: AugmentPage, session: Session) -> None:
    slider = page.cards.cards["rotate"].form.field("degrees").findChild(QSlider)
    middle = slider.height() // 2
    knob = round(slider.width() * slider.sliderPosition() / slider.maximum())
    start, end = QPoint(max(knob, 8), middle), QPoint(slider.width() - 8, middle)
    mouse.drag(slider, [start, end], steps=8)
    assert pipeline(session).card("rotate").transform.degrees > 15
    assert session.document.undo_stack.count() == 1
    session.document.undo_stack.undo()
    assert pipeline(session).card("rotate").transform.degrees == 15


def test_a_card_is_switched_off_and_on(qtbot, page: AugmentPage, session: Session) -> None:
    card = page.cards.cards["flip"]
    click(qtbot, card.head.switch)
    assert not pipeline(session).card("flip").on
    assert not card.form.isEnabled()
    click(qtbot, card.head.switch)
    assert pipeline(session).card("flip").on
    assert card.form.isEnabled()


def test_a_card_is_removed(qtbot, page: AugmentPage, session: Session) -> None:
    click(qtbot, page.cards.cards["flip"].head.remove)
    assert "flip" not in page.cards.cards
    assert session.document.undo_stack.undoText() == "Remove flip"
    session.document.undo_stack.undo()
    qtbot.waitUntil(page.cards.cards["flip"].isVisible, timeout=20_000)
    assert page.cards.place("flip") == 0


def test_edges_are_set_for_all_cards(qtbot, page: AugmentPage, session: Session) -> None:
    value = page.cards.settings.field("fill_value")
    assert not value.isEnabled(), "there is no value where the image is mirrored"
    change(session, augment=replace(pipeline(session), fill="constant"))
    type_into(qtbot, page.cards.settings, "fill_value", "0.5")
    assert pipeline(session).fill_value == 0.5


def test_without_cards_the_page_says_so(session: Session, tiny: Path, show: OpenPage) -> None:
    session.document.open(tiny)
    change(session, augment=Pipeline())
    page = show(AugmentPage)
    assert page.cards._empty.isVisible()
    assert page.state() == "nothing"


def test_keys_act_on_the_focused_card(qtbot, page: AugmentPage, session: Session) -> None:
    card = page.cards.cards["flip"]
    card.setFocus()
    qtbot.keyClick(card, Qt.Key.Key_Space)
    assert not pipeline(session).card("flip").on
    qtbot.keyClick(card, Qt.Key.Key_Left)
    assert not card.opened
    qtbot.keyClick(card, Qt.Key.Key_Return)
    assert card.opened
    qtbot.keyClick(card, Qt.Key.Key_Down)
    assert page.cards.cards["rotate"].hasFocus()
    qtbot.keyClick(page.cards.cards["rotate"], Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert order(session) == ["flip", "rotate", "rotate_2", "brightness_contrast"]
    assert undo_text(session) == "Duplicate rotate"
    qtbot.waitUntil(page.cards.cards["rotate_2"].hasFocus, timeout=20_000)
    qtbot.keyClick(page.cards.cards["rotate_2"], Qt.Key.Key_Delete)
    assert order(session) == ["flip", "rotate", "brightness_contrast"]
    qtbot.waitUntil(page.cards.cards["brightness_contrast"].hasFocus, timeout=20_000)


def test_alt_and_an_arrow_move_a_card(qtbot, page: AugmentPage, session: Session) -> None:
    card = page.cards.cards["flip"]
    card.setFocus()
    qtbot.keyClick(card, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert session.document.undo_stack.count() == 0, "it is the first already"
    qtbot.keyClick(card, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert order(session) == ["rotate", "flip", "brightness_contrast"]
    assert undo_text(session) == "Move flip"
    assert card is page.cards.cards["flip"]
    session.document.undo_stack.undo()
    assert order(session) == ["flip", "rotate", "brightness_contrast"]


def test_alt_and_an_arrow_in_a_number_move_its_card(
    qtbot, page: AugmentPage, session: Session
) -> None:
    line = page.cards.cards["rotate"].form.field("degrees").findChild(QLineEdit)
    line.setFocus()
    qtbot.keyClick(line, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert order(session)[0] == "rotate"
    assert pipeline(session).card("rotate").transform.degrees == 15


def test_a_folded_card_says_its_values(qtbot, page: AugmentPage, session: Session) -> None:
    card = page.cards.cards["rotate"]
    assert card.opened
    assert card.head.words.text() == ""
    click(qtbot, card.head.chevron)
    assert not card.opened
    assert not card.form.isVisible()
    assert card.head.words.text() == "±15°"
    qtbot.mouseClick(card.head, Qt.MouseButton.LeftButton)
    assert card.opened


def test_a_long_pipeline_is_shown_folded(
    qtbot, session: Session, tiny: Path, show: OpenPage
) -> None:
    long = Pipeline()
    for number in range(12):
        long, _ = add_card(long, Rotate(degrees=number + 1))
    session.document.open(tiny)
    change(session, augment=long)
    page = show(AugmentPage)
    assert not any(card.opened for card in page.cards.cards.values())
    add_by_plus(qtbot, page, "zoom")
    assert page.cards.cards["zoom"].opened, "the card just added waits for its settings"
    page.menu().actions()[3].trigger()
    assert all(card.opened for card in page.cards.cards.values())


def test_undo_brings_a_card_back_as_it_was_folded(
    qtbot, page: AugmentPage, session: Session
) -> None:
    page.cards.cards["rotate"].set_open(False)
    for name in ("rotate", "flip"):
        click(qtbot, page.cards.cards[name].head.remove)
    session.document.undo_stack.undo()
    session.document.undo_stack.undo()
    assert not page.cards.cards["rotate"].opened
    assert page.cards.cards["flip"].opened


def test_a_refused_number_is_explained_at_its_field(
    qtbot, page: AugmentPage, session: Session
) -> None:
    card = page.cards.cards["rotate"]
    type_into(qtbot, card.form, "degrees", "500")
    assert "500" in card.form.trouble("degrees")
    assert pipeline(session).card("rotate").transform.degrees == 15


def test_what_cannot_work_on_the_images_is_said_at_the_card(
    qtbot, page: AugmentPage, session: Session, monkeypatch
) -> None:
    def misfits(self: Rotate, images: ImageFacts) -> Iterator[Misfit]:
        if self.degrees > 20:
            yield Misfit("degrees", f"Images of {images.width} px tear.", "Turn them less.")

    monkeypatch.setattr(Rotate, "misfits", misfits)
    card = page.cards.cards["rotate"]
    assert not card.problem.isVisible()
    assert page.state() == "ready"
    type_into(qtbot, card.form, "degrees", "42")
    assert card.problem.isVisible()
    assert card.problem.words.text() == "Images of 16 px tear. Turn them less."
    assert page.state() == "attention"
    type_into(qtbot, card.form, "degrees", "10")
    assert not card.problem.isVisible()


def test_a_reading_is_shown_under_the_heading(page: AugmentPage) -> None:
    card = page.cards.cards["flip"]
    assert not card.reading.isVisible()
    found = Estimate(0.54, 0.4, 0.66)
    how = How(96, 48, 100, 3, "a small network", 2.5)
    record = Reading(
        "flip", "Flip", "destroys", "Destroys class ants.", found, found, found, found, (), how
    )
    page.cards.show_readings({"flip": record})
    assert card.reading.isVisible()
    assert card.reading.words.text() == "Destroys class ants."
    assert card.reading.words.toolTip().startswith("Affinity: 0.54 [0.40, 0.66]")
    page.cards.show_readings({})
    assert not card.reading.isVisible()


def test_tab_goes_from_top_to_bottom(qtbot, page: AugmentPage, session: Session) -> None:
    page.editing.group(("rotate", "brightness_contrast"))
    add_by_plus(qtbot, page, "zoom")
    page.editing.nudge("zoom", -1)
    wanted = ["flip", pipeline(session).groups[0].id, "rotate", "brightness_contrast", "zoom"]
    page.cards.cards["flip"].setFocus()
    qtbot.wait(20)  # the order is made when the cards have their places
    page.cards.cards["flip"].setFocus()
    met: list[str] = []
    for _ in range(120):
        focused = page.focusWidget()
        if isinstance(focused, StepCard | GroupFrame):
            met.append(focused.id)
        if focused is page.cards.settings.field("fill").control:
            break
        page.focusNextPrevChild(True)
    assert met == wanted
    assert focused is page.cards.settings.field("fill").control
