"""The meter on the page: measuring by a click, readings that arrive, go stale and come back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from engine.augment.edits import set_card
from engine.augment.pipeline import Pipeline
from engine.errors import Cancelled, FoveaError
from engine.meter import WHOLE, ClassReading, Estimate, How, Reading, load_readings
from engine.meter.cache import store
from engine.meter.probe import LOOKS, Schedule
from gui.pages.augment import meter_estimate
from gui.pages.augment.meter_axis import Axis
from gui.pages.augment.meter_dialog import MeterDialog
from gui.pages.augment.meter_words import signed
from gui.pages.augment.page import AugmentPage
from gui.pages.base import Session
from tests.gui.pages.augment.conftest import pipeline, undo_text
from tests.gui.pages.conftest import change, click, settle, type_into

CARDS = ("flip", "rotate", "brightness_contrast")


def reading(card: str = "flip", verdict: str = "destroys", **others: object) -> Reading:
    """A reading as the engine could give it."""
    fall, gain = Estimate(-0.4, -0.5, -0.3), Estimate(-0.1, -0.2, -0.02)
    hurt = "destroyed" if verdict == "destroys" else "fine"
    rows = (
        ClassReading("ants", 20, 0.9, 0.9, 0.9, 0.9, fall, gain, "fine"),
        ClassReading("bees", 16, 0.94, 0.51, 0.5, 0.7, fall, gain, hurt),
    )
    how = How(36, 18, 40, 4, "a small network", 2.0)
    said = f"Says {card or 'whole'}."
    affinity, diversity = Estimate(0.6, 0.5, 0.7), Estimate(1.4, 1.2, 1.6)
    made = Reading(card, card, verdict, said, affinity, fall, diversity, gain, rows, how)
    return replace(made, **others)


@pytest.fixture
def kept(tiny: Path, session: Session, page: AugmentPage, qtbot) -> dict[str, Reading]:
    """Readings of all cards, kept beside the project and shown on the page."""
    verdicts = {"flip": "destroys", "rotate": "helps", "brightness_contrast": "harmless"}
    made = {card: reading(card, verdict) for card, verdict in verdicts.items()}
    made[WHOLE] = reading(WHOLE, "hurts")
    for one in made.values():
        store(session.document.project, tiny, one, 0)
    page.meter.work.look_up()
    settle(qtbot, session)
    return made


@pytest.fixture
def short_trainings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings of six steps: the real meter, with nothing to learn much."""
    monkeypatch.setattr("engine.meter.runs.Schedule.of", lambda images: Schedule(6, 1))


class Steered:
    """Stands in for the engine's ``measure`` where a test must stop it half-way."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.ended = threading.Event()
        self.error: FoveaError | None = None

    def __call__(self, project, folder, *, fresh, progress) -> Iterator[Reading]:
        try:
            progress(20, 100, "Training without augmentation")
            yield reading("flip")
            while not self.go_on.wait(0.005):
                progress(40, 100, "Measuring “Rotate”")
            if self.error is not None:
                raise self.error
            yield reading("rotate", "helps")
        except Cancelled:
            self.ended.set()
            raise


@pytest.fixture
def steered(monkeypatch: pytest.MonkeyPatch) -> Iterator[Steered]:
    """Puts it in the meter's place; goes on by itself when the test ends."""
    made = Steered()
    monkeypatch.setattr("gui.pages.augment.meter_work.measure", made)
    yield made
    made.go_on.set()


def said(page: AugmentPage, card: str) -> str:
    """What stands at a card; empty when nothing does."""
    line = page.cards.cards[card].reading
    return line.words.text() if line.isVisible() else ""


# Measuring


def test_a_click_measures_every_card_and_the_whole(
    qtbot, page: AugmentPage, session: Session, tiny: Path, short_trainings: None
) -> None:
    bar = page.meter.bar
    assert "takes" in bar.note.text()
    click(qtbot, bar.start)
    assert bar.cancel.isVisible()
    settle(qtbot, session)
    found = load_readings(session.document.project, tiny)
    assert set(found) == {*CARDS, WHOLE}
    for card in CARDS:
        assert said(page, card) == found[card].sentence
    whole = found[WHOLE]
    assert whole.sentence[1:] in bar.summary.words.text()
    assert bar.figures.values["gain"].text() == signed(whole.gain.value)
    assert bar.figures.values["diversity"].text() == f"{whole.diversity.value:.2f}"
    assert bar.start.isVisible()
    assert bar.start.text() == "Measure again"
    assert session.document.undo_stack.count() == 0, "measuring is no edit"


def test_readings_come_card_by_card_and_cancel_keeps_them(
    qtbot, page: AugmentPage, session: Session, steered: Steered
) -> None:
    bar = page.meter.bar
    click(qtbot, bar.start)
    qtbot.waitUntil(lambda: said(page, "flip") == "Says flip.", timeout=10_000)
    qtbot.waitUntil(lambda: "Rotate" in bar.doing.text(), timeout=10_000)
    assert "2 of 4" in bar.doing.text()
    assert bar.progress.value() == 40
    assert said(page, "rotate") == ""
    click(qtbot, bar.cancel)
    assert steered.ended.wait(10)
    settle(qtbot, session)
    assert said(page, "flip") == "Says flip."
    assert said(page, "rotate") == ""
    assert bar.start.isVisible()
    assert "Cancelled" in bar.note.text()


def test_an_error_is_told_in_place_and_earlier_cards_stay(
    qtbot, page: AugmentPage, session: Session, steered: Steered
) -> None:
    error = FoveaError("FV-T008", "Too few.", why="Only 3 images.", fix="Add images.")
    steered.error = error
    shown: list[FoveaError] = []
    session.error_requested.connect(shown.append)
    steered.go_on.set()
    bar = page.meter.bar
    click(qtbot, bar.start)
    settle(qtbot, session)
    assert bar.problem.words.text() == "Too few. Only 3 images. Add images."
    assert said(page, "flip") == "Says flip."
    click(qtbot, bar.problem.offers["Show the whole message"])
    assert shown == [error]
    change(session, augment=set_card(pipeline(session), "flip", on=False))
    assert not bar.problem.isVisible(), "an edit may have mended it"


def test_too_few_images_are_refused_by_the_engine(
    qtbot, page: AugmentPage, session: Session
) -> None:
    data = session.document.project.data.with_(test=0.8, validation=0.1)
    change(session, data=data)
    settle(qtbot, session)
    click(qtbot, page.meter.bar.start)
    settle(qtbot, session)
    assert "too few images" in page.meter.bar.problem.words.text()


def test_what_cannot_be_measured_says_why(qtbot, page: AugmentPage, session: Session) -> None:
    bar, before = page.meter.bar, pipeline(session)
    change(session, augment=Pipeline())
    assert not bar.start.isEnabled()
    assert bar.note.text().startswith("Add a card")
    off = before
    for card in CARDS:
        off = set_card(off, card, on=False)
    change(session, augment=off)
    assert not bar.start.isEnabled()
    assert "off" in bar.note.text()
    change(session, augment=before)
    assert bar.start.isEnabled()


def test_a_measurement_ends_with_its_project(
    qtbot, page: AugmentPage, session: Session, steered: Steered
) -> None:
    click(qtbot, page.meter.bar.start)
    qtbot.waitUntil(lambda: bool(page.meter.readings), timeout=10_000)
    page.hide()
    session.document.close()
    assert steered.ended.wait(10)
    settle(qtbot, session)
    assert not page.meter.work.running
    assert not page.meter.readings


def test_an_edit_while_measuring_makes_what_arrives_stale(
    qtbot, page: AugmentPage, session: Session, steered: Steered
) -> None:
    click(qtbot, page.meter.bar.start)
    qtbot.waitUntil(lambda: bool(page.meter.readings), timeout=10_000)
    type_into(qtbot, page.cards.cards["rotate"].form, "degrees", "40")
    steered.go_on.set()
    settle(qtbot, session)
    assert said(page, "flip") == "Says flip."
    assert said(page, "rotate") == "Measured with other settings."


# Readings that were kept


def test_kept_readings_are_shown_when_a_project_is_opened(
    qtbot, page: AugmentPage, session: Session, kept: dict[str, Reading], tiny: Path
) -> None:
    session.document.close()
    assert not page.meter.readings
    session.document.open(tiny)
    qtbot.waitUntil(lambda: said(page, "rotate") == "Says rotate.", timeout=10_000)
    assert "says whole." in page.meter.bar.summary.words.text()


def test_an_edit_makes_a_reading_stale_and_undo_brings_it_back(
    qtbot, page: AugmentPage, session: Session, kept: dict[str, Reading]
) -> None:
    bar = page.meter.bar
    assert bar.start.text() == "Measure again"
    page.cards.cards["rotate"].set_open(True)
    type_into(qtbot, page.cards.cards["rotate"].form, "degrees", "40")
    assert said(page, "rotate") == "Measured with other settings."
    assert said(page, "flip") == "Says flip."
    assert bar.summary.words.text() == "The pipeline was measured with other settings."
    assert not bar.figures.isVisible()
    assert bar.start.text() == "Measure the effect"
    session.document.undo_stack.undo()
    assert said(page, "rotate") == "Says rotate."
    assert bar.figures.isVisible()


def test_a_harmful_card_is_switched_off_where_it_says_so(
    qtbot, page: AugmentPage, session: Session, kept: dict[str, Reading]
) -> None:
    assert not page.cards.cards["rotate"].reading.offers["Switch off"].isVisible()
    offer = page.cards.cards["flip"].reading.offers["Switch off"]
    page.cards.area.ensureWidgetVisible(offer)
    click(qtbot, offer)
    assert not pipeline(session).card("flip").on
    assert undo_text(session) == "Switch flip off"
    assert said(page, "flip") == "Says flip.", "what it does is still true"
    assert not offer.isVisible()
    session.document.undo_stack.undo()
    assert pipeline(session).card("flip").on
    assert offer.isVisible()


# The dialog


def dialog_of(qtbot, page: AugmentPage) -> MeterDialog:
    """The details, opened by their button."""
    click(qtbot, page.meter.bar.details)
    made = page.findChild(MeterDialog)
    qtbot.waitUntil(made.isActiveWindow, timeout=20_000)
    return made


def test_details_show_cards_and_classes(qtbot, page: AugmentPage, kept: dict[str, Reading]) -> None:
    dialog = dialog_of(qtbot, page)
    assert dialog.card == WHOLE
    table = dialog.cards
    titles = [table.item(row, 0).text() for row in range(table.rowCount())]
    assert len(titles) == 4
    assert titles[-1] == "Whole pipeline"
    assert table.item(0, 1).text() == "Destroys “bees”"
    assert table.item(0, 2).text() == "0.60 [0.50 to 0.70]"
    table.setFocus()
    table.setCurrentCell(0, 0)
    assert dialog.card == "flip"
    classes = [dialog.classes.item(row, 0).text() for row in range(2)]
    assert classes == ["bees", "ants"], "the harmed class first"
    line = [dialog.classes.item(0, place).text() for place in range(1, 7)]
    assert line == ["Destroyed", "16", "0.94", "0.51", "0.50", "−0.40 [−0.50 to −0.30]"]


def test_the_plane_is_walked_and_clicked(
    qtbot, page: AugmentPage, session: Session, tiny: Path, kept: dict[str, Reading]
) -> None:
    far = reading("rotate", "helps", affinity=Estimate(0.95, 0.9, 1.0))
    store(session.document.project, tiny, far, 0)
    page.meter.work.look_up()
    settle(qtbot, session)
    dialog = dialog_of(qtbot, page)
    plane = dialog.plane
    at = plane.point("rotate")
    assert at.x() > plane.point("flip").x(), "affinity grows to the right"
    qtbot.mouseClick(plane, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert dialog.card == "rotate"
    assert "helps" in plane.accessibleDescription()
    plane.setFocus()
    qtbot.keyClick(plane, Qt.Key.Key_Left)
    assert dialog.card == "flip"
    assert len(plane.csv().splitlines()) == 5


def test_a_mixing_card_has_no_place_in_the_plane(
    qtbot, page: AugmentPage, session: Session, tiny: Path, kept: dict[str, Reading]
) -> None:
    store(session.document.project, tiny, reading("flip", "helps", affinity=None, fall=None), 0)
    page.meter.work.look_up()
    settle(qtbot, session)
    dialog = dialog_of(qtbot, page)
    with pytest.raises(KeyError):
        dialog.plane.point("flip")
    assert dialog.cards.item(0, 2).text() == "–"


def test_the_dialog_switches_off_and_follows(
    qtbot, page: AugmentPage, session: Session, kept: dict[str, Reading]
) -> None:
    page.cards.asked.emit("flip", "reading")
    dialog = page.findChild(MeterDialog)
    qtbot.waitUntil(dialog.isActiveWindow, timeout=20_000)
    assert dialog.card == "flip"
    click(qtbot, dialog.off)
    assert not pipeline(session).card("flip").on
    assert dialog.card == "flip"
    assert dialog.off.text() == "Switched off"
    assert not dialog.off.isEnabled()
    dialog.reject()
    QApplication.processEvents()
    page.meter.show_details("rotate")
    assert page.meter._dialog.card == "rotate"
    assert not page.meter._dialog.off.isVisible(), "it helps"


@pytest.mark.parametrize("most", [1.0, 1.05, 1.6, 3.3, 15.0, 90.0])
def test_an_axis_shows_every_value_between_round_numbers(most: float) -> None:
    for make, values in ((Axis.of, (1 / most, 1.0, 1.01)), (Axis.ratios, (0.6, 1.0, most))):
        found = [Estimate(value, value, value) for value in values]
        axis = make(found)
        shares = [axis.share(one.value) for one in found]
        assert all(0 < share < 0.95 for share in shares)
        assert shares == sorted(shares)
        assert 2 <= len(axis.ticks) <= 8
        assert all(0 <= axis.share(tick) <= 1 for tick in axis.ticks)


def test_ratios_are_spaced_by_what_they_multiply() -> None:
    axis = Axis.ratios([Estimate(value, value, value) for value in (0.5, 4.0)])
    steps = [axis.share(high) - axis.share(low) for low, high in ((0.5, 1), (1, 2), (2, 4))]
    assert steps == pytest.approx([steps[0]] * 3)


# The estimate


def test_the_estimate_knows_the_length_of_a_training() -> None:
    assert meter_estimate.LOOKS == LOOKS
    for images in (40, 400, 2_000):
        schedule = Schedule.of(images // 2)
        looks = schedule.epochs * images // 2
        expected = 2 * 4 * 2.0 * 4.0 * looks / LOOKS
        assert meter_estimate.seconds_for(images, 224, 2) == pytest.approx(expected, rel=0.05)


def test_the_estimate_believes_earlier_readings() -> None:
    assert meter_estimate.seconds_for(2_000, 32, 3, [reading()]) == 6.0
    words = [meter_estimate.about(seconds) for seconds in (3, 42, 100, 7_000)]
    assert words == ["a few seconds", "about 40 s", "about 2 min", "about 2 h"]
