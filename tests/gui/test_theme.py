"""The look: readable in light and dark, switched at once, nothing styled elsewhere."""

from __future__ import annotations

import re
from itertools import combinations, product
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialogButtonBox,
    QLabel,
    QPushButton,
    QStyle,
    QStyleOptionComboBox,
    QWidget,
)

from gui.theme import DARK, LIGHT, icon, set_icon, theme
from gui.theme.tokens import Colours, TextSizes, contrast

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
