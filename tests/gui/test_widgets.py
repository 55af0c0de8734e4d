"""The small shared widgets."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from engine.errors import FoveaError
from engine.spec import Spec, param
from gui.widgets import (
    Busy,
    BusyOverlay,
    Chip,
    ElidedLabel,
    EmptyState,
    IconButton,
    NumberField,
    ProblemBox,
    Segmented,
    Switch,
    Toast,
    format_number,
)

LEFT = Qt.MouseButton.LeftButton


class Numbers(Spec):
    """What the number field parses for."""

    share: float = param(0.5, ge=0, le=1, help="A share.")


def words(widget: QWidget) -> list[str]:
    return [part.text() for part in widget.findChildren(QLabel)]


def test_a_problem_shows_all_six_fields_and_its_fix(qtbot, looks) -> None:
    error = FoveaError("FV-D001", "What.", where="/a", why="Why.", kept="Kept.", fix="Fix.")
    fixed: list[int] = []
    box = ProblemBox(error, "Choose another…", lambda: fixed.append(1))
    qtbot.addWidget(box)
    box.show()
    assert {"FV-D001", "What.", "/a", "Why.", "Kept.", "Fix."} <= set(words(box))
    qtbot.mouseClick(box.button, LEFT)
    assert fixed == [1]
    box.show_error(None)
    assert not box.isVisible()


def test_names_are_never_read_as_html(qtbot, looks) -> None:
    box = ProblemBox(FoveaError("FV-D001", "<b>bold</b>", where="<img src=x>"))
    qtbot.addWidget(box)
    assert all(
        part.textFormat() == Qt.TextFormat.PlainText
        for part in box.findChildren(QLabel)
        if part.text()
    )


def test_an_empty_state_offers_its_action(qtbot, looks) -> None:
    done: list[int] = []
    state = EmptyState("images", "No images yet", "Drop some.", "Import…", lambda: done.append(1))
    qtbot.addWidget(state)
    state.show()
    qtbot.mouseClick(state.button, LEFT)
    assert done == [1]
    assert "No images yet" in words(state)


def test_busy_shows_progress_and_cancels_once(qtbot, looks) -> None:
    busy = Busy("Reading")
    qtbot.addWidget(busy)
    busy.show()
    busy.show_progress(3, 1200, "a.png")
    assert busy.bar.value() == 3
    assert any("3 of 1,200" in text for text in words(busy))
    with qtbot.waitSignal(busy.cancelled):
        qtbot.mouseClick(busy.cancel, LEFT)
    assert not busy.cancel.isEnabled()


def test_an_overlay_covers_and_uncovers(qtbot, looks) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    overlay = BusyOverlay(page)
    page.resize(500, 300)
    page.show()
    overlay.start("Working")
    page.resize(600, 400)
    assert overlay.geometry() == page.rect()
    overlay.finish()
    assert not overlay.isVisible()


def test_segments_by_click_and_arrow(qtbot, looks) -> None:
    segments = Segmented([("a", "Gallery"), ("b", "Table"), ("c", "Counts")], name="View")
    qtbot.addWidget(segments)
    segments.show()
    chosen: list[str] = []
    segments.chosen.connect(chosen.append)
    qtbot.mouseClick(segments.button("b"), LEFT)
    qtbot.keyClick(segments, Qt.Key.Key_Right)
    qtbot.keyClick(segments, Qt.Key.Key_Right)
    segments.set_current("a")
    assert chosen == ["b", "c"]
    assert segments.current == "a"


def test_a_switch_by_click_and_key(qtbot, looks) -> None:
    switch = Switch("Bias")
    qtbot.addWidget(switch)
    switch.show()
    qtbot.mouseClick(switch, LEFT)
    assert switch.isChecked()
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    assert not switch.isChecked()
    assert switch.accessibleName() == "Bias"


def test_a_number_field_steps_refuses_and_takes_back(qtbot, looks) -> None:
    field = NumberField(lambda text: Numbers.parse("share", text), step=0.1)
    qtbot.addWidget(field)
    field.show()
    field.set_value(0.5)
    entered: list[object] = []
    refused: list[object] = []
    field.entered.connect(entered.append)
    field.refused.connect(refused.append)
    qtbot.keyClick(field, Qt.Key.Key_Up)
    field.setText("many")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert field.property("wrong") == "true"
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert entered == [0.6]
    assert len(refused) == 1
    assert (field.text(), field.property("wrong")) == ("0.6", "false")


def test_numbers_read_back_exactly() -> None:
    values = [0.1, 1e-7, 123456789.123, 1 / 3, 0.0]
    assert [float(format_number(value)) for value in values] == values
    assert (format_number(None), format_number(3)) == ("", "3")


def test_long_text_is_cut_and_kept_in_the_tooltip(qtbot, looks) -> None:
    label = ElidedLabel("a very long path that has no room at all")
    qtbot.addWidget(label)
    label.resize(60, 20)
    label.grab()
    assert label.toolTip() == label.text()
    least = label.minimumSizeHint().width()
    label.setText("p")
    assert label.minimumSizeHint().width() < least


def test_a_toast_goes_by_itself(qtbot, looks) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    page.resize(400, 300)
    page.show()
    toast = Toast(page)
    toast.say("Saved", "success", seconds=0.05)
    assert toast.isVisible()
    qtbot.waitUntil(lambda: not toast.isVisible(), timeout=20_000)


def test_a_long_toast_stays_within_the_window_with_all_its_words(qtbot, looks) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    page.resize(960, 600)
    page.show()
    toast = Toast(page)
    words = toast.findChildren(QLabel)[-1]
    for text, wraps in (("No room on “a disc”. " * 15, True), ("Saved", False)):
        toast.say(text, "warning")
        assert page.rect().contains(toast.geometry())
        assert words.wordWrap() is wraps
        assert words.x() < 60
        assert words.height() >= words.heightForWidth(words.width())
    page.resize(300, 300)
    toast.say("Drop one folder, with a folder of images per class in it.")
    assert page.rect().contains(toast.geometry())
    toast.hide()
    toast._timer.stop()


def test_icon_buttons_and_chips_have_names(qtbot, looks) -> None:
    pressed: list[int] = []
    button = IconButton("undo-2", "Undo", lambda: pressed.append(1))
    chip = Chip("CPU", "accent", "cpu")
    qtbot.addWidget(button)
    qtbot.addWidget(chip)
    button.show()
    qtbot.mouseClick(button, LEFT)
    assert pressed == [1]
    assert (button.accessibleName(), chip.accessibleName()) == ("Undo", "CPU")
