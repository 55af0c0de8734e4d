"""The look: readable in light and dark, switched at once, nothing styled elsewhere."""

from __future__ import annotations

import re
from itertools import combinations, product
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialogButtonBox,
    QLabel,
    QPushButton,
    QStackedWidget,
    QStyle,
    QStyleOptionComboBox,
    QVBoxLayout,
    QWidget,
)

from gui.theme import DARK, LIGHT, icon, set_icon, theme
from gui.theme.tokens import Colours, TextSizes, contrast
from gui.widgets.stack import Stack

GUI = Path(__file__).resolve().parents[2] / "gui"


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_is_readable(colours: Colours) -> None:
    grounds = ("window", "surface", "raised", "sunken")
    inks = ("text", "muted", "link", "success", "warning", "danger")
    poor = {
        (ink, ground): round(contrast(getattr(colours, ink), getattr(colours, ground)), 2)
        for ink, ground in product(inks, grounds)
        if contrast(getattr(colours, ink), getattr(colours, ground)) < 4.5
    }
    assert not poor


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_tints_carry_their_words(colours: Colours) -> None:
    pairs = [(colours.on_accent, colours.accent), (colours.link, colours.accent_soft)]
    pairs += [(getattr(colours, n), getattr(colours, f"{n}_soft")) for n in ("success", "warning")]
    pairs += [(colours.text, colours.danger_soft), (colours.muted, colours.danger_soft)]
    assert min(contrast(*pair) for pair in pairs) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_curves_stand_out_and_differ(colours: Colours) -> None:
    assert min(contrast(line, colours.surface) for line in colours.series) >= 3.0
    assert all(one != other for one, other in combinations(colours.series, 2))


def test_switching_restyles_everything_at_once(qtbot, looks) -> None:
    button = QPushButton("Train")
    qtbot.addWidget(button)
    set_icon(button, "play", side=16)
    light = button.icon().pixmap(16, 16).toImage()
    with qtbot.waitSignal(theme().changed, timeout=20_000):
        theme().set_mode("dark")
    assert looks.palette().window().color().name() == DARK.window
    assert DARK.surface in looks.styleSheet()
    assert button.icon().pixmap(16, 16).toImage() != light


def test_switching_styles_each_widget_once(qtbot, looks) -> None:
    """Not once for each of its ancestors, which took a second in the window."""
    styled: list[QEvent.Type] = []

    class Deep(QLabel):
        def event(self, event: QEvent) -> bool:
            if event.type() == QEvent.Type.StyleChange:
                styled.append(event.type())
            return super().event(event)

    outermost = parent = QWidget()
    qtbot.addWidget(outermost)
    for _ in range(12):
        parent = QWidget(parent)
    deep = Deep("deep", parent)
    outermost.show()
    styled.clear()
    theme().set_mode("dark")
    assert 0 < len(styled) <= 4
    assert deep.palette().text().color().name() == DARK.text


class Shelf(QStackedWidget):
    """Two pages with a label and a button each; the second is hidden."""

    def __init__(self) -> None:
        super().__init__()
        self.labels = [QLabel("first"), QLabel("second")]
        self.buttons = [QPushButton("first"), QPushButton("second")]
        for label, button in zip(self.labels, self.buttons, strict=True):
            set_icon(button, "play", side=16)
            page = QWidget()
            column = QVBoxLayout(page)
            column.addWidget(label)
            column.addWidget(button)
            self.addWidget(page)

    def colours(self) -> list[str]:
        return [_colour(label) for label in self.labels]


def _colour(label: QLabel) -> str:
    return label.palette().text().color().name()


@pytest.fixture
def shelf(qtbot, looks) -> Shelf:
    """A shelf that is shown, in light."""
    made = Shelf()
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: not theme().changing)
    return made


def test_what_is_hidden_waits_until_the_loop_is_idle(qtbot, shelf: Shelf) -> None:
    theme().set_mode("dark")
    assert shelf.colours() == [DARK.text, LIGHT.text]
    shiboken6.delete(shelf.buttons[1])  # one that waits may go
    qtbot.waitUntil(lambda: not theme().changing)
    assert shelf.colours() == [DARK.text, DARK.text]


def test_what_is_shown_before_its_turn_is_restyled_at_once(shelf: Shelf) -> None:
    theme().set_mode("dark")
    shelf.setCurrentIndex(1)
    switched = shelf.grab().toImage()
    assert shelf.colours() == [DARK.text, DARK.text]
    set_icon(shelf.buttons[1], "play", side=16)
    assert shelf.grab().toImage() == switched


def test_a_gradual_switch_paints_nothing_until_all_that_is_seen_has_changed(
    qtbot, shelf: Shelf
) -> None:
    with qtbot.waitSignal(theme().changed, timeout=20_000):
        theme().set_mode("dark", at_once=False)
        assert not shelf.updatesEnabled()
        assert shelf.colours() == [LIGHT.text, LIGHT.text]
    assert shelf.updatesEnabled()
    assert shelf.colours()[0] == DARK.text


def test_a_page_that_is_shown_before_its_turn_changes_in_turns_and_is_not_painted_before(
    qtbot, looks
) -> None:
    labels = [QLabel("first"), QLabel("second")]
    shelf = Stack(*labels)
    qtbot.addWidget(shelf)
    shelf.show()
    qtbot.waitUntil(lambda: not theme().changing)
    told: list[bool] = []
    theme().changed.connect(lambda: told.append(True))
    theme().set_mode("dark", at_once=False)
    restyling = theme()._restyling
    restyling._timer.stop()  # its turns are taken by hand
    while not told:
        restyling._step()
    assert _colour(labels[1]) == LIGHT.text
    shelf.show_only(labels[1])
    assert not shelf.updatesEnabled()
    assert _colour(labels[1]) == LIGHT.text
    turns = 0
    while not shelf.updatesEnabled():
        restyling._step()
        turns += 1
    assert turns > 1
    assert _colour(labels[1]) == DARK.text
    assert told == [True]
    restyling._timer.start()
    qtbot.waitUntil(lambda: not theme().changing)


def test_an_error_while_following_keeps_nothing_from_changing(
    qtbot, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(QLabel):
        def follow(self) -> None:
            raise ValueError("planted")

    told: list[object] = []
    monkeypatch.setattr("sys.excepthook", lambda _kind, error, _trace: told.append(error))
    broken = Broken("broken", shelf)
    broken.show()
    theme().follow(broken.follow)
    with qtbot.waitSignal(theme().changed, timeout=20_000):
        theme().set_mode("dark", at_once=False)
    assert shelf.updatesEnabled()
    assert shelf.colours()[0] == DARK.text
    assert [str(error) for error in told] == ["planted"]


def test_an_unknown_icon_or_mode_is_refused(looks) -> None:
    with pytest.raises(FileNotFoundError):
        icon("no-such-icon")
    with pytest.raises(ValueError, match="sepia"):
        theme().set_mode("sepia")


def test_text_sizes_follow_the_system() -> None:
    small, large = TextSizes.from_system(10), TextSizes.from_system(16)
    assert small.small < small.body < small.title
    assert large.body == 16


def test_no_page_styles_anything() -> None:
    styled = re.compile(r"setStyleSheet|#[0-9a-fA-F]{6}\b|QColor\(\s*\d")
    found = [
        str(path)
        for path in GUI.rglob("*.py")
        if path.parent.name not in ("theme", "plots")
        and styled.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_buttons_of_dialogs_have_no_icons_of_the_system(qtbot, looks) -> None:
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    qtbot.addWidget(box)
    box.ensurePolished()
    hint = QStyle.StyleHint.SH_DialogButtonBox_ButtonsHaveIcons
    assert box.style().styleHint(hint, None, box) == 0
    assert box.button(QDialogButtonBox.StandardButton.Close).icon().isNull()


def test_a_choice_opens_as_a_list_below_it(qtbot, looks) -> None:
    choice = QComboBox()
    choice.addItems(["basophil", "eosinophil", "lymphocyte", "monocyte", "neutrophil"])
    qtbot.addWidget(choice)
    choice.ensurePolished()
    option = QStyleOptionComboBox()
    choice.initStyleOption(option)
    # as a menu over the field, the last of a few entries is cut off under X11
    assert choice.style().styleHint(QStyle.StyleHint.SH_ComboBox_Popup, option, choice) == 0
