"""What a person does in the window while it trains; see :mod:`tests.reliability.person`."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractItemView, QApplication, QWidget

from gui.forms.section import Section
from gui.pages.augment.step_card import StepCard
from gui.shell.help_keras import KerasNames
from gui.widgets.number import NumberField
from tests.reliability import tune_acts
from tests.reliability.person import ACTS, Person, act

__all__ = ["ACTS", "tune_acts"]


def _seen(widgets: Sequence[QWidget]) -> list[QWidget]:
    return [widget for widget in widgets if not widget.visibleRegion().isEmpty()]


def _click_row(person: Person, view: QAbstractItemView) -> None:
    rows = view.model().rowCount()
    if rows:
        index = view.model().index(person.draw.randrange(rows), 0)
        view.scrollTo(index)
        person.click(view.viewport(), view.visualRect(index).center())


# The rail and the menus


@act("visit every page")
def _visit(person: Person) -> Iterator[None]:
    names = list(person.window.rail.buttons)
    person.draw.shuffle(names)
    for name in names:
        yield from person.go(name)
        yield


@act("switch the theme")
def _theme(person: Person) -> Iterator[None]:
    for mode in ("Dark", "Light"):
        yield from person.menu("View", "Theme", mode)
        yield from person.leave()


@act("open a help dialog")
def _help(person: Person) -> Iterator[None]:
    asked = person.draw.choice(("Keyboard shortcuts", "Keras names", "About Fovea"))
    yield from person.menu("Help", asked)
    yield
    for window in person.window.findChildren(KerasNames):
        window.close()
    yield from person.leave()


@act("open the model templates")
def _templates(person: Person) -> Iterator[None]:
    yield from person.go("model")
    person.click(person.page("model").toolbar.templates)
    for _ in range(4):
        yield
    if (dialog := QApplication.activeModalWidget()) is not None:
        for view in _seen(dialog.findChildren(QAbstractItemView)):
            person.wheel(view.viewport(), -3)
            yield
    yield from person.leave()


# The Train page


@act("fold a section of the recipe")
def _fold(person: Person) -> Iterator[None]:
    yield from person.go("train")
    heads = [section.head for section in person.page("train").form.findChildren(Section)]
    for _ in range(2):
        if shown := _seen(heads):
            person.click(person.draw.choice(shown))
        yield


@act("scroll the recipe")
def _scroll_recipe(person: Person) -> Iterator[None]:
    yield from person.go("train")
    area = person.page("train").form.parentWidget()
    for notches in (-3, -3, 3, 3):
        person.wheel(area, notches)
        yield


@act("search a setting")
def _search(person: Person) -> Iterator[None]:
    yield from person.go("train")
    person.click(person.page("train").recipe.search)
    for letter in person.draw.choice(("rate", "weight decay", "batch", "label smoothing")):
        yield
        person.key(Qt.Key(ord(letter.upper())))
    yield
    yield
    person.key(Qt.Key.Key_Escape)


@act("choose a run")
def _choose_run(person: Person) -> Iterator[None]:
    yield from person.go("train")
    page = person.page("train")
    person.click(page.tabs.tabBar(), page.tabs.tabBar().tabRect(0).center())
    yield
    for _ in range(2):
        _click_row(person, page.table)
        for _ in range(5):
            yield


@act("lay a run behind the curves")
def _tick(person: Person) -> Iterator[None]:
    yield from person.go("train")
    page = person.page("train")
    person.click(page.tabs.tabBar(), page.tabs.tabBar().tabRect(0).center())
    yield
    row = page.table.visualRect(page.table.model().index(0, 0))
    for _ in range(2):
        person.click(page.table.viewport(), row.topLeft() + QPoint(12, row.height() // 2))
        for _ in range(4):
            yield


@act("look at messages and queue")
def _tabs(person: Person) -> Iterator[None]:
    yield from person.go("train")
    bar = person.page("train").tabs.tabBar()
    for tab in (1, 2, 0):
        person.click(bar, bar.tabRect(tab).center())
        yield
        yield


def _plot(person: Person) -> Generator[None, None, QWidget]:
    """One of the plots, as soon as any is on the screen."""
    yield from person.go("train")
    plots = [plot.view.viewport() for plot in person.page("train").curves.plots]
    while not (shown := _seen(plots)):
        yield
    return person.draw.choice(shown)


@act("hover over a plot")
def _hover_plot(person: Person) -> Iterator[None]:
    plot = yield from _plot(person)
    for step in range(12):
        person.hover(plot, QPoint(plot.width() * (3 + step) // 18, plot.height() // 2))
        yield


@act("zoom a plot by a drag")
def _zoom_plot(person: Person) -> Iterator[None]:
    plot = yield from _plot(person)
    area = plot.rect()
    start, end = area.center() - area.center() / 3, area.center() + area.center() / 3
    yield from person.drag(plot, start, end)
    yield
    person.double_click(plot, area.center())


@act("zoom a plot by the wheel")
def _wheel_plot(person: Person) -> Iterator[None]:
    plot = yield from _plot(person)
    for notches in (1, 1, 1, -1, -1):
        person.wheel(plot, notches)
        yield
    person.double_click(plot, plot.rect().center())


@act("change the recipe and undo")
def _edit(person: Person) -> Iterator[None]:
    yield from person.go("train")
    if numbers := _seen(person.page("train").form.findChildren(NumberField)):
        person.click(person.draw.choice(numbers))
        yield
        person.key(person.draw.choice((Qt.Key.Key_Up, Qt.Key.Key_Down)))
        yield
        yield
    yield from _undo_all(person)


def _undo_all(person: Person) -> Iterator[None]:
    for _ in range(person.window.session.document.undo_stack.index()):
        person.click(person.window.top.undo)
        yield
        yield


# The Data page


@act("scroll the gallery")
def _scroll_gallery(person: Person) -> Iterator[None]:
    yield from person.go("data")
    view = person.page("data").gallery.viewport()
    for notches in (-2, -5, -9, -9, 5, 12):
        person.wheel(view, notches)
        yield


@act("choose an image")
def _choose_image(person: Person) -> Iterator[None]:
    yield from person.go("data")
    gallery = person.page("data").gallery
    for _ in range(3):
        person.click(gallery.viewport(), person.somewhere(gallery.viewport()))
        yield
        person.key(person.draw.choice((Qt.Key.Key_Down, Qt.Key.Key_Right)))
        yield


@act("filter the images")
def _filter(person: Person) -> Iterator[None]:
    yield from person.go("data")
    page = person.page("data")
    for part in _seen(page.parts.findChildren(QWidget)):
        person.click(part)
        yield
    person.click(page.bars, person.somewhere(page.bars))
    yield
    person.click(page.all)


# The Augment page


@act("unfold a card")
def _card(person: Person) -> Iterator[None]:
    yield from person.go("augment")
    cards = _seen(person.page("augment").cards.findChildren(StepCard))
    for _ in range(2):
        if cards:
            card = person.draw.choice(cards)
            person.click(card, QPoint(60, 14))
            yield
            person.key(Qt.Key.Key_Return)
            yield


@act("roll the preview")
def _roll(person: Person) -> Iterator[None]:
    yield from person.go("augment")
    preview = person.page("augment").preview
    for made in (preview.roll, preview.forth, preview.more, preview.roll, preview.less):
        person.click(made)
        for _ in range(3):
            yield


@act("search a transform")
def _transform(person: Person) -> Iterator[None]:
    yield from person.go("augment")
    search = person.page("augment").palette_card.search
    person.click(search)
    for letter in person.draw.choice(("noise", "flip", "crop")):
        yield
        person.key(Qt.Key(ord(letter.upper())))
    yield
    for _ in range(5):
        person.key(Qt.Key.Key_Backspace)
    yield


# The Model page


@act("drag a node and undo")
def _drag_node(person: Person) -> Iterator[None]:
    yield from person.go("model")
    canvas = person.page("model").canvas
    view = canvas.viewport()
    places = [
        canvas.mapFromScene(item.pos() + QPoint(84, 28))
        for item in canvas.graph_scene.nodes.values()
    ]
    seen = [place for place in places if view.rect().adjusted(60, 60, -160, -60).contains(place)]
    if not seen:
        return
    start = person.draw.choice(seen)
    yield from person.drag(view, start, start + QPoint(96, 24))
    yield
    yield
    yield from _undo_all(person)


@act("choose nodes")
def _choose_node(person: Person) -> Iterator[None]:
    yield from person.go("model")
    canvas = person.page("model").canvas
    items = list(canvas.graph_scene.nodes.values())
    for item in person.draw.sample(items, min(3, len(items))):
        person.click(canvas.viewport(), canvas.mapFromScene(item.pos() + QPoint(84, 28)))
        for _ in range(3):
            yield


@act("hover and zoom on the canvas")
def _zoom_canvas(person: Person) -> Iterator[None]:
    yield from person.go("model")
    page = person.page("model")
    view = page.canvas.viewport()
    for notches in (1, -1, -1, 1):
        person.hover(view, person.somewhere(view))
        yield
        person.wheel(view, notches)
        yield
    person.click(page.toolbar.fit)


@act("show the code")
def _code(person: Person) -> Iterator[None]:
    yield from person.go("model")
    for _ in range(2):
        person.click(person.page("model").toolbar.code)
        for _ in range(5):
            yield


@act("search a layer")
def _layer(person: Person) -> Iterator[None]:
    yield from person.go("model")
    search = person.page("model").palette_panel.search
    person.click(search)
    for letter in person.draw.choice(("conv", "pool", "norm")):
        yield
        person.key(Qt.Key(ord(letter.upper())))
    yield
    for _ in range(4):
        person.key(Qt.Key.Key_Backspace)
    yield


# The Evaluate page


def _look_at_result(person: Person) -> Iterator[None]:
    """The oldest run is evaluated, the one that trains is not."""
    yield from person.go("evaluate")
    for _ in range(4):
        yield
    person.page("evaluate").runs.setFocus()
    person.key(Qt.Key.Key_End)
    for _ in range(6):
        yield


@act("click the confusion matrix")
def _matrix(person: Person) -> Iterator[None]:
    yield from _look_at_result(person)
    page = person.page("evaluate")
    for _ in range(3):
        point = person.somewhere(page.matrix)
        person.hover(page.matrix, point)
        yield
        person.click(page.matrix, point)
        yield
    _click_row(person, page.classes)
    yield


@act("scroll the mistakes")
def _mistakes(person: Person) -> Iterator[None]:
    yield from _look_at_result(person)
    view = person.page("evaluate").gallery.viewport()
    for notches in (-3, -3, 6):
        person.wheel(view, notches)
        yield
