"""Row H02 in the window: numbers typed the German way are read, and shown back in one form."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QLineEdit

from engine.recipe import Training
from engine.schedules.steps import MultiStep
from gui.forms import SpecForm


@pytest.fixture(autouse=True)
def german() -> Iterator[None]:
    """German conventions for the test: a decimal comma, points between groups."""
    before = QLocale()
    QLocale.setDefault(QLocale("de_DE"))
    yield
    QLocale.setDefault(before)


@pytest.fixture
def form(qtbot, looks) -> SpecForm:
    """The form of a recipe, with steps at milestones."""
    made = SpecForm(Training)
    qtbot.addWidget(made)
    made.set_value(Training(schedule=MultiStep()))
    made.edited.connect(lambda spec, name: made.set_value(spec))
    made.show()
    return made


def type_into(qtbot, form: SpecForm, name: str, text: str) -> QLineEdit:
    line = form.field(name).findChild(QLineEdit)
    line.setFocus()
    line.selectAll()
    line.insert(text)  # QTest has no keys for thin spaces
    qtbot.keyClick(line, Qt.Key.Key_Return)
    return line


@pytest.mark.parametrize(
    ("text", "value", "shown"),
    [
        ("0,001", 0.001, "0.001"),
        ("1e-3", 0.001, "0.001"),
        ("0,0010", 0.001, "0.001"),
        ("1E-6", 1e-6, "1e-06"),
    ],
)
def test_a_learning_rate(qtbot, form: SpecForm, text: str, value: float, shown: str) -> None:
    inner = form.field("optimizer").form
    line = type_into(qtbot, inner, "lr", text)
    assert form.value.optimizer.lr == value
    assert line.text() == shown


@pytest.mark.parametrize("text", ["1.000", "1\u2009000", "1\u202f000", "1000,0", "1e3"])
def test_a_thousand_epochs(qtbot, form: SpecForm, text: str) -> None:
    line = type_into(qtbot, form, "epochs", text)
    assert form.value.epochs == 1000
    assert line.text() == "1000"


def test_a_list_of_numbers(qtbot, form: SpecForm) -> None:
    inner = form.field("schedule").form
    line = type_into(qtbot, inner, "milestones", "0,3; 0,60")
    assert form.value.schedule.milestones == (0.3, 0.6)
    assert line.text() == "0.3, 0.6"
    type_into(qtbot, inner, "milestones", "0,30; 0,6")
    assert line.text() == "0.3, 0.6"


@pytest.mark.parametrize("text", ["0x10", "nan", "-1", "1e308", "zehn"])
def test_what_cannot_be_is_explained_at_the_field_and_changes_nothing(
    qtbot, form: SpecForm, text: str
) -> None:
    inner = form.field("optimizer").form
    before = form.value
    line = type_into(qtbot, inner, "lr", text)
    assert form.value == before
    assert line.text() == text
    assert "a number above 0 up to 1" in inner.trouble("lr")
