"""Forms: every declared parameter can be edited, and what is refused is explained in place."""

from __future__ import annotations

from typing import Literal

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QLineEdit, QSlider

from engine.layers.base import LAYERS
from engine.losses.base import LOSSES
from engine.optimizers.adam import AdamW
from engine.optimizers.base import OPTIMIZERS, Optimizer
from engine.optimizers.sgd import SGD
from engine.recipe import Training
from engine.schedules.base import SCHEDULES
from engine.spec import Spec, param
from engine.transforms.base import TRANSFORMS
from gui.forms import SpecForm, change_of
from gui.widgets import NumberField, NumberRange, Segmented, Switch, scroll

FAMILIES = (LAYERS, LOSSES, OPTIMIZERS, SCHEDULES, TRANSFORMS)
KINDS = [Training, *[kind for family in FAMILIES for kind in family]]


class Recipe(Spec):
    """One parameter of every type."""

    epochs: int = param(30, ge=1, le=100, help="How many times.")
    rate: float = param(0.01, gt=0, le=10, scale="log", search=(1e-4, 1e-1), help="How fast.")
    fill: Literal["zero", "edge"] = param("edge", help="What is outside.")
    zoom_range: tuple[float, float] = param((0.9, 1.1), ge=0.1, le=4, help="How large.")
    bias: bool = param(True, help="Whether to add.")
    patience: int | None = param(None, ge=1, unit="epochs", help="When to stop.")
    name: str = param("", help="What it is called.")
    optimizer: Optimizer = param(AdamW(), family=OPTIMIZERS, help="How to step.")
    seed: int = param(0, ge=0, advanced=True, help="Where chance starts.")


@pytest.fixture
def form(qtbot, looks) -> SpecForm:
    """The form of a recipe, and what it said in ``form.said``."""
    made = SpecForm(Recipe)
    qtbot.addWidget(made)
    made.set_value(Recipe())
    made.show()
    made.said = []
    made.edited.connect(lambda spec, name: made.said.append((spec, name)))
    return made


def type_into(qtbot, form: SpecForm, name: str, text: str) -> QLineEdit:
    field = form.field(name)
    line = field if isinstance(field, QLineEdit) else field.findChild(QLineEdit)
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    return line


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind or kind.__name__)
def test_the_form_of_every_kind_opens(qtbot, looks, kind: type[Spec]) -> None:
    form = SpecForm(kind, stacked=True)
    qtbot.addWidget(form)
    form.set_value(kind())
    form.show()
    named = [item.name for item in kind.params() if not item.hidden]
    assert all(
        form.field(name).toolTip()
        or form.field(name).accessibleDescription()
        or kind.param(name).type == "spec"
        for name in named
    )
    assert form.value == kind()


def test_a_typed_number_is_an_edit(qtbot, form: SpecForm) -> None:
    type_into(qtbot, form, "epochs", "12")
    spec, name = form.said[-1]
    assert (spec.epochs, name) == (12, "epochs")
    assert form.field("epochs").findChild(QSlider).value() == 11


@pytest.mark.parametrize("text", ["0", "101", "abc", "1.5", "nan", "1e999"])
def test_what_cannot_be_is_explained_at_the_field(qtbot, form: SpecForm, text: str) -> None:
    line = type_into(qtbot, form, "epochs", text)
    assert form.said == []
    assert "from 1 up to 100" in form.trouble("epochs")
    assert form.value == Recipe()
    type_into(qtbot, form, "epochs", "7")
    assert form.trouble("epochs") == ""
    assert line.text() == "7"


@pytest.mark.parametrize("text", ["0,02", "2e-2", "0.02 "])
def test_numbers_as_people_write_them(qtbot, form: SpecForm, text: str) -> None:
    type_into(qtbot, form, "rate", text)
    assert form.value.rate == 0.02


def test_sliding_edits_while_it_moves(qtbot, form: SpecForm) -> None:
    slider = form.field("rate").findChild(QSlider)
    slider.setValue(0)
    slider.setValue(slider.maximum())
    assert [spec.rate for spec, _name in form.said] == [1e-4, 1e-1]


def test_choices_switches_and_pairs(qtbot, form: SpecForm) -> None:
    segments = form.field("fill").findChild(Segmented)
    qtbot.mouseClick(segments.button("zero"), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(form.field("bias").findChild(Switch), Qt.MouseButton.LeftButton)
    type_into(qtbot, form, "zoom_range", "0.5")
    type_into(qtbot, form, "name", "first")
    type_into(qtbot, form, "patience", "4")
    value = form.value
    assert (value.fill, value.bias, value.zoom_range) == ("zero", False, (0.5, 1.1))
    assert (value.name, value.patience) == ("first", 4)
    type_into(qtbot, form, "patience", " ")
    assert form.value.patience is None


def test_another_optimizer_is_shown_with_its_own_rate(qtbot, form: SpecForm) -> None:
    form.set_value(Recipe(optimizer=AdamW(lr=0.02)))
    combo = form.field("optimizer").findChild(QComboBox)
    combo.setCurrentIndex(OPTIMIZERS.kinds().index("sgd"))
    combo.activated.emit(combo.currentIndex())
    spec, name = form.said[-1]
    assert name == "optimizer"
    assert spec.optimizer == SGD()
    assert form.field("optimizer").form.field("lr").findChild(QLineEdit).text() == "0.05"


def test_nested_edits_carry_their_address(qtbot, form: SpecForm) -> None:
    inner = form.field("optimizer").form
    type_into(qtbot, inner, "lr", "0.005")
    spec, name = form.said[-1]
    assert (spec.optimizer.lr, name) == (0.005, "optimizer.lr")


def test_reset_gives_the_default(form: SpecForm) -> None:
    form.set_value(Recipe(epochs=3))
    form.reset("epochs")
    assert form.value.epochs == 30
    assert form.said[-1][1] == "epochs"


def test_showing_a_value_is_no_edit(form: SpecForm) -> None:
    form.set_value(Recipe(epochs=3, bias=False, optimizer=OPTIMIZERS.get("sgd")()))
    assert form.said == []
    assert form.field("epochs").findChild(NumberField).text() == "3"


def test_advanced_settings_are_folded_away(qtbot, form: SpecForm) -> None:
    assert not form.field("seed").isVisible()
    qtbot.mouseClick(form.more, Qt.MouseButton.LeftButton)
    assert form.field("seed").isVisible()


def test_the_wheel_does_not_change_anything(qtbot, form: SpecForm) -> None:
    from tests.support.mouse import wheel

    combo = form.field("optimizer").findChild(QComboBox)
    wheel(form.field("epochs").findChild(QSlider), QPoint(5, 5), 1)
    wheel(combo, QPoint(5, 5), 1)
    assert form.said == []


def test_slider_ranges_go_there_and_back() -> None:
    for scale in (
        NumberRange(1, 100, whole=True),
        NumberRange(1e-5, 1, log=True),
        NumberRange(-1, 1, step=0.05),
        NumberRange(8, 512, whole=True, log=True),
    ):
        assert scale.at(0) == scale.low
        assert scale.at(scale.ticks) == scale.high
        middle = scale.at(scale.ticks // 2)
        assert abs(scale.tick(middle) - scale.ticks // 2) <= max(1, scale.ticks // 50)


def test_channels_slide_over_numbers_that_people_choose() -> None:
    scale = NumberRange(16, 256, whole=True, log=True)
    met = {scale.at(tick) for tick in range(scale.ticks + 1)}
    assert {16, 24, 32, 48, 64, 96, 128, 192, 256} <= met
    assert met <= {v for v in range(16, 257) if v % (2 ** (v.bit_length() - 4)) == 0}
    assert len(met) == 4 * 8 + 1


def test_a_slider_begins_at_the_lowest_value_that_is_near(qtbot, looks) -> None:
    form = SpecForm(LAYERS.get("conv2d"))
    qtbot.addWidget(form)
    slider = form.field("kernel_size").findChild(QSlider)
    form.set_value(LAYERS.get("conv2d")())
    slider.setValue(slider.minimum())
    assert form.value.kernel_size == 1


def test_labels_move_above_their_fields_in_a_narrow_panel(qtbot, looks) -> None:
    form = SpecForm(Recipe)
    form.set_value(Recipe())
    area = scroll(form)
    qtbot.addWidget(area)
    area.resize(600, 700)
    area.show()
    line = form._rows["epochs"]
    qtbot.waitUntil(lambda: line.name.geometry().right() < line.field.x(), timeout=20_000)
    area.resize(260, 700)
    qtbot.waitUntil(lambda: line.name.geometry().bottom() < line.field.y(), timeout=20_000)
    assert form.width() <= 260
    area.resize(600, 700)
    qtbot.waitUntil(lambda: line.name.geometry().right() < line.field.x(), timeout=20_000)


def test_an_undo_step_is_named_after_the_innermost_setting() -> None:
    recipe = Training()
    assert change_of(recipe, "optimizer.lr") == "Change learning rate"
    assert change_of(recipe, "optimizer") == "Change optimizer"
