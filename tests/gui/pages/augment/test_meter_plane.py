"""The meter's plane is zoomed, moved and reset by wheel, hand, keys and menu."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QWheelEvent
from PySide6.QtWidgets import QApplication

from engine.meter import Estimate
from gui.pages.augment.meter_axis import Axis
from gui.pages.augment.meter_plane import MeterPlane
from tests.gui.pages.augment.test_meter import reading

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
FOUND = {"flip": (0.6, 1.2), "rotate": (0.9, 2.0), "zoom": (0.97, 1.1)}


@pytest.fixture
def plane(qtbot) -> MeterPlane:
    """A shown plane of three cards; ``chosen`` is kept in its property of that name."""
    made = MeterPlane()
    qtbot.addWidget(made)
    made.resize(420, 320)
    made.show_readings(
        [
            reading(card, "helps", affinity=around(affinity), diversity=around(diversity))
            for card, (affinity, diversity) in FOUND.items()
        ]
    )
    made.chosen.connect(lambda card: made.setProperty("chose", card))
    made.show()
    qtbot.waitExposed(made)
    return made


def around(value: float) -> Estimate:
    """A value with an interval."""
    return Estimate(value, 0.9 * value, 1.1 * value)


def turn(plane: MeterPlane, at: QPointF, clicks: int) -> None:
    """Turns the wheel at a point; positive away from the hand."""
    rest = (Qt.MouseButton.NoButton, NONE, Qt.ScrollPhase.NoScrollPhase, False)
    place = QPointF(plane.mapToGlobal(at.toPoint()))
    event = QWheelEvent(at, place, QPoint(), QPoint(0, 120 * clicks), *rest)
    QApplication.sendEvent(plane, event)


def drag(qtbot, plane: MeterPlane, start: QPoint, way: QPoint) -> None:
    """Presses, moves in two steps, and lets go."""
    qtbot.mousePress(plane, LEFT, pos=start)
    for at in (start + way / 2, start + way):
        qtbot.mouseMove(plane, at)
    qtbot.mouseRelease(plane, LEFT, pos=start + way)


def test_the_wheel_zooms_about_the_pointer(plane: MeterPlane) -> None:
    field, at = plane.field(), plane.point("rotate")
    far = at.x() - plane.point("flip").x()
    turn(plane, at, 2)
    assert not plane.whole
    now = plane.point("rotate")
    assert (now.x(), now.y()) == pytest.approx((at.x(), at.y()))
    assert now.x() - plane.point("flip").x() > 1.3 * far
    assert plane.field() == field
    turn(plane, at, -2)
    assert plane.point("flip").x() == pytest.approx(at.x() - far)


def test_the_ends_of_zooming(plane: MeterPlane) -> None:
    whole = plane.sight
    for clicks, most in ((40, 32.0), (-90, 0.25)):
        turn(plane, plane.field().center(), clicks)
        assert whole.across.width / plane.sight.across.width == pytest.approx(most)
        assert whole.up.width / plane.sight.up.width == pytest.approx(most)


def test_a_drag_moves_and_chooses_nothing(qtbot, plane: MeterPlane) -> None:
    at = plane.point("rotate")
    turn(plane, at, 3)
    drag(qtbot, plane, at.toPoint(), QPoint(-60, 40))
    now = plane.point("rotate")
    assert (now.x() - at.x(), now.y() - at.y()) == pytest.approx((-60, 40), abs=1)
    assert plane.property("chose") is None


def test_a_trembling_click_still_chooses(qtbot, plane: MeterPlane) -> None:
    sight, at = plane.sight, plane.point("rotate").toPoint()
    qtbot.mousePress(plane, LEFT, pos=at)
    qtbot.mouseMove(plane, at + QPoint(2, 1))
    qtbot.mouseRelease(plane, LEFT, pos=at + QPoint(2, 1))
    assert plane.property("chose") == "rotate"
    assert plane.sight == sight


def test_marks_are_never_lost(qtbot, plane: MeterPlane) -> None:
    for _ in range(6):
        drag(qtbot, plane, QPoint(80, 80), QPoint(300, 200))
    sight = plane.sight
    assert sight.across.low + sight.across.width / 2 >= sight.whole_across.low - 1e-9
    assert sight.up.low + sight.up.width / 2 <= sight.whole_up.high + 1e-9


def test_a_double_click_shows_everything(qtbot, plane: MeterPlane) -> None:
    turn(plane, plane.field().center(), 3)
    qtbot.mouseDClick(plane, LEFT, pos=plane.field().center().toPoint())
    assert plane.whole


def test_keys_zoom_move_and_reset(qtbot, plane: MeterPlane) -> None:
    plane.setFocus()
    wide = plane.sight.across.width
    qtbot.keyClick(plane, Qt.Key.Key_Plus)
    assert plane.sight.across.width == pytest.approx(0.8 * wide)
    qtbot.keyClick(plane, Qt.Key.Key_Minus)
    assert plane.sight.across.width == pytest.approx(wide)
    for key, axis, way in (("Right", "across", 1), ("Left", "across", -1), ("Up", "up", 1)):
        before = getattr(plane.sight, axis).low
        qtbot.keyClick(plane, getattr(Qt.Key, f"Key_{key}"), SHIFT)
        assert (getattr(plane.sight, axis).low - before) * way > 0
    assert plane.property("chose") is None, "Shift moves, it does not walk"
    for key in (Qt.Key.Key_0, Qt.Key.Key_Home):
        qtbot.keyClick(plane, Qt.Key.Key_Plus)
        assert not plane.whole
        qtbot.keyClick(plane, key)
        assert plane.whole


def test_the_menu_zooms_and_resets(plane: MeterPlane) -> None:
    def actions() -> dict[str, QAction]:
        return {action.text(): action for action in plane.menu().actions()}

    found = actions()
    assert {"Zoom in\t+", "Zoom out\t-", "Reset view\t0", "Copy image", "Save as SVG…"} <= set(
        found
    )
    assert not found["Reset view\t0"].isEnabled(), "everything is shown"
    found["Zoom in\t+"].trigger()
    assert not plane.whole
    found = actions()
    assert found["Reset view\t0"].isEnabled()
    found["Reset view\t0"].trigger()
    assert plane.whole


def test_what_is_out_of_sight_is_not_meant_by_the_pointer(qtbot, plane: MeterPlane) -> None:
    turn(plane, plane.point("zoom"), 12)
    assert not plane.field().contains(plane.point("flip"))
    edge = plane.field().left() + 1
    qtbot.mouseClick(plane, LEFT, pos=QPoint(round(edge), round(plane.field().center().y())))
    assert plane.property("chose") is None
    plane.choose("flip")
    assert plane.field().contains(plane.point("flip")), "a chosen card is brought into sight"
    assert not plane.whole


def test_new_readings_show_everything_the_same_ones_keep_the_zoom(plane: MeterPlane) -> None:
    turn(plane, plane.field().center(), 3)
    sight, shown = plane.sight, list(plane._readings)
    plane.show_readings(shown)
    assert plane.sight == sight
    plane.show_readings(shown[:1])
    assert plane.whole


@pytest.mark.parametrize("factor", [0.03, 0.1, 0.3, 1.0, 4.0])
def test_a_zoomed_axis_has_few_ticks_with_names_of_their_own(factor: float) -> None:
    for make in (Axis.of, Axis.ratios):
        whole = make([around(0.6), around(1.0), around(14.0)])
        axis = whole.zoomed(factor, 0.4, whole)
        names = [axis.label(tick) for tick in axis.ticks]
        assert 2 <= len(names) <= 8
        assert len(set(names)) == len(names)
        assert max(map(len, names)) <= 5
        assert all(-1e-9 <= axis.share(tick) <= 1 + 1e-9 for tick in axis.ticks)
