"""Sections of a form: folded, counted, searched, and opened where something is wrong."""

from __future__ import annotations

from typing import ClassVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from engine.errors import FoveaError
from engine.optimizers.adam import AdamW
from engine.optimizers.base import OPTIMIZERS, Optimizer
from engine.optimizers.sgd import SGD
from engine.recipe import Training
from engine.spec import Spec, param
from gui.forms import SearchField, SpecForm
from gui.widgets import scroll

LEFT = Qt.MouseButton.LeftButton


class Length(Spec):
    """What comes first."""

    epochs: int = param(30, ge=1, le=100, help="How many times every image is seen.")
    optimizer: Optimizer = param(AdamW(), family=OPTIMIZERS, help="How to step.")


class Tail(Spec):
    """A section of its own."""

    section: ClassVar[str] = "Ending"

    patience: int | None = param(None, ge=1, unit="epochs", help="When to stop.")
    monitor: bool = param(True, advanced=True, help="Whether to look.")


class Chance(Spec):
    """Another one."""

    section: ClassVar[str] = "Chance"

    seed: int = param(0, ge=0, le=99, advanced=True, help="Where randomness starts.")

    def validate_together(self) -> None:
        """Thirteen is refused only together with the others."""
        super().validate_together()
        if self.seed == 13:
            raise FoveaError("FV-H002", "This seed does not go with the rest.", where="seed")


class Recipe(Chance, Tail, Length):
    """Three parts."""

    section: ClassVar[str] = ""


@pytest.fixture
def form(qtbot, looks) -> SpecForm:
    """The form in a narrow panel, beside a search field."""
    made = SpecForm(Recipe, stacked=True, marked=True)
    area = scroll(made)
    qtbot.addWidget(area)
    made.set_value(Recipe())
    area.resize(300, 300)
    area.show()
    made.area = area
    made.edited.connect(lambda spec, _name: made.set_value(spec))
    return made


def type_into(qtbot, field: QWidget, text: str) -> None:
    line = field if isinstance(field, QLineEdit) else field.findChild(QLineEdit)
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Return)


def test_sections_come_in_order_and_are_folded_at_first(form: SpecForm) -> None:
    assert list(form.sections) == ["Ending", "Chance"]
    assert form.field("epochs").isVisible()
    assert not form.field("patience").isVisible()
    assert not form.more.isVisible()
    assert form.sections["Ending"].head.accessibleName() == "Ending, folded"


def test_a_heading_unfolds_by_mouse_and_key(qtbot, form: SpecForm) -> None:
    ending, chance = form.sections["Ending"], form.sections["Chance"]
    qtbot.mouseClick(ending.head, LEFT)
    assert form.field("patience").isVisible()
    assert form.field("monitor").isVisible()
    assert not form.field("seed").isVisible()
    chance.head.setFocus()
    qtbot.keyClick(chance.head, Qt.Key.Key_Space)
    assert form.field("seed").isVisible()
    qtbot.mouseClick(ending.head, LEFT)
    assert not form.field("patience").isVisible()


def test_a_section_says_how_much_is_changed_inside(qtbot, form: SpecForm) -> None:
    form.set_value(Recipe(patience=4, monitor=False))
    ending = form.sections["Ending"]
    assert ending.summary.text() == "2 changed"
    assert ending.head.accessibleName() == "Ending, 2 changed, folded"
    assert form.sections["Chance"].summary.text() == ""
    qtbot.mouseClick(ending.head, LEFT)
    qtbot.mouseClick(form._rows["monitor"].mark, LEFT)
    assert form.value == Recipe(patience=4)
    assert ending.summary.text() == "1 changed"


def test_a_changed_field_is_marked_and_reset_by_its_mark(qtbot, form: SpecForm) -> None:
    mark = form._rows["epochs"].mark
    assert not mark.isVisible()
    type_into(qtbot, form.field("epochs"), "7")
    assert mark.isVisible()
    assert "30" in mark.accessibleName()
    mark.setFocus()
    qtbot.keyClick(mark, Qt.Key.Key_Space)
    assert form.value.epochs == 30
    assert not mark.isVisible()


def test_marks_of_a_nested_form_are_its_own(qtbot, form: SpecForm) -> None:
    form.set_value(Recipe(optimizer=AdamW(lr=0.5)))
    assert not form._rows["optimizer"].mark.isVisible()
    inner = form.field("optimizer").form
    assert inner._rows["lr"].mark.isVisible()
    qtbot.mouseClick(inner._rows["lr"].mark, LEFT)
    assert form.value == Recipe()
    form.set_value(Recipe(optimizer=SGD()))
    assert form._rows["optimizer"].mark.isVisible()


def test_a_form_has_no_marks_unless_asked(qtbot, looks) -> None:
    plain = SpecForm(Recipe)
    qtbot.addWidget(plain)
    assert plain._rows["epochs"].mark is None


def test_trouble_unfolds_its_section(form: SpecForm) -> None:
    form.show_trouble("seed", "Not so.")
    assert form.field("seed").isVisible()
    assert form._rows["seed"].trouble.isVisible()
    assert not form.field("patience").isVisible()


def test_what_is_refused_together_is_said_at_the_field(qtbot, form: SpecForm) -> None:
    form.sections["Chance"].set_unfolded(True)
    type_into(qtbot, form.field("seed"), "13")
    assert "does not go with" in form.trouble("seed")
    assert form.value.seed == 0


def test_words_filter_by_label_help_and_section(form: SpecForm) -> None:
    assert form.filter("stop") == 1
    assert form.field("patience").isVisible()
    assert not form.field("monitor").isVisible()
    assert not form.field("epochs").isVisible()
    assert not form.sections["Chance"].isVisible()
    assert form.filter("chance RANDOMNESS") == 1
    assert form.field("seed").isVisible()
    assert form.filter("no such thing") == 0
    assert form._nothing.isVisible()
    form.filter("")
    assert form.field("epochs").isVisible()
    assert not form.field("seed").isVisible()
    assert not form._nothing.isVisible()


def test_words_are_found_inside_the_chosen_kind(form: SpecForm) -> None:
    inner = form.field("optimizer").form
    assert form.filter("weight decay") == 1
    assert inner.field("weight_decay").isVisible()
    assert not inner.field("lr").isVisible()
    form.filter("optimizer")
    assert inner.field("lr").isVisible()
    form.filter("beta")
    assert inner.field("beta1").isVisible(), "also what is folded away"


def test_unfolded_sections_stay_so_over_a_search(qtbot, form: SpecForm) -> None:
    qtbot.mouseClick(form.sections["Ending"].head, LEFT)
    form.filter("seed")
    form.filter("")
    assert form.field("patience").isVisible()
    assert not form.field("seed").isVisible()


def test_a_hidden_field_shows_no_mark_when_the_value_changes(form: SpecForm) -> None:
    form.filter("seed")
    form.set_value(Recipe(epochs=3, seed=4))
    assert form._rows["seed"].mark.isVisible()
    assert not form._rows["epochs"].mark.isVisible()
    form.filter("")
    assert form._rows["epochs"].mark.isVisible()


def test_a_field_is_revealed_and_focused(qtbot, form: SpecForm) -> None:
    qtbot.waitExposed(form.area)
    assert form.reveal("seed")
    bar = form.area.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.value() > 0, timeout=5_000)
    field = form.field("seed")
    qtbot.waitUntil(lambda: not field.visibleRegion().isEmpty(), timeout=5_000)
    assert field.findChild(QLineEdit).hasFocus() or field.control.hasFocus()
    assert form.reveal("optimizer.lr")
    assert not form.reveal("nothing")


def test_escape_empties_the_search(qtbot, looks) -> None:
    field = SearchField()
    qtbot.addWidget(field)
    field.show()
    qtbot.keyClicks(field, "decay")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""


def test_every_part_of_the_recipe_is_found_by_its_words(qtbot, looks) -> None:
    made = SpecForm(Training, stacked=True, marked=True)
    qtbot.addWidget(made)
    made.set_value(Training())
    made.show()
    for item in Training.params():
        if not item.hidden:
            assert made.filter(f"{item.label} {item.section}") >= 1, item.name
            assert made.field(item.name).isVisible(), item.name
