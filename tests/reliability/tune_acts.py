"""What a person does on the Tune page, and to the search from other pages."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QTabBar

from gui.forms.mark import TunedMark
from gui.widgets.number import NumberField
from tests.reliability.person import Person, act

__all__: list[str] = []


def _tab(person: Person, bar: QTabBar, place: int) -> Iterator[None]:
    """Clicks on a tab, and looks."""
    person.click(bar, bar.tabRect(place).center())
    for _ in range(4):
        yield


@act("switch the tabs of a study")
def _tabs(person: Person) -> Iterator[None]:
    yield from person.go("tune")
    bar = person.page("tune").results.tabs.tabBar()
    for place in (1, 2, 0):
        yield from _tab(person, bar, place)


@act("sort and filter the trials")
def _sort(person: Person) -> Iterator[None]:
    yield from person.go("tune")
    page = person.page("tune")
    yield from _tab(person, page.results.tabs.tabBar(), 0)
    head = page.trials.table.horizontalHeader()
    for column in (2, 2, 3, 0):
        left = head.sectionViewportPosition(column)
        person.click(head.viewport(), QPoint(left + 20, head.height() // 2))
        yield
    person.click(page.trials.search)
    for letter in "ADAM":
        person.key(Qt.Key(ord(letter)))
        yield
    for _ in range(4):
        person.key(Qt.Key.Key_Backspace)
    yield


@act("mark trials")
def _mark_trials(person: Person) -> Iterator[None]:
    yield from person.go("tune")
    page = person.page("tune")
    yield from _tab(person, page.results.tabs.tabBar(), 0)
    view = page.trials.table.viewport()
    for _ in range(3):
        person.click(view, person.somewhere(view))
        yield
        person.key(Qt.Key.Key_Down)
        yield
        person.wheel(view, person.draw.choice((-3, 2)))
        yield


@act("switch the plot of a study")
def _plots(person: Person) -> Iterator[None]:
    yield from person.go("tune")
    page = person.page("tune")
    yield from _tab(person, page.results.tabs.tabBar(), 1)
    plots = page.results.plots
    places = [n for n in range(plots.choice.count()) if plots.choice.isTabVisible(n)]
    for place in person.draw.sample(places, len(places)):
        yield from _tab(person, plots.choice, place)
        plot = plots.plot(plots.current)
        for _ in range(2):
            person.hover(plot.tip.parentWidget(), person.somewhere(plot.tip.parentWidget()))
            yield


@act("let the tuner choose a setting and undo")
def _mark_field(person: Person) -> Iterator[None]:
    yield from person.go("train")
    form = person.page("train").form
    marked = {mark.parentWidget() for mark in form.findChildren(TunedMark) if mark.isVisible()}
    fields = [
        field
        for field in form.findChildren(NumberField)
        if not field.visibleRegion().isEmpty() and field.parentWidget() not in marked
    ]
    if not fields:
        return
    menu = person.context_menu(person.draw.choice(fields))
    yield
    if isinstance(menu, QMenu):
        for action in menu.actions():
            if action.text() == "Let the tuner choose…":
                person.click(menu, menu.actionGeometry(action).center())
    yield
    yield from person.leave()
    yield from person.go("tune")
    yield
    for _ in range(person.window.session.document.undo_stack.index()):
        person.click(person.window.top.undo)
        yield
        yield
