"""The code beside the canvas: live, linked with it, copied and saved with real clicks."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QFileDialog

from engine.codegen.model import Listing, model_code
from engine.data.spec import DataSpec
from engine.graph.edits import remove, rename
from engine.layers.convolution import Conv2d
from engine.project import store
from engine.project.document import Project
from engine.templates import TEMPLATES
from gui.pages.model import ModelPage
from gui.pages.model.code_view import CodeView

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(qtbot, session, tmp_path):
    project = Project(data=DataSpec(classes=("round", "oval", "long")))
    project = project.with_(model=TEMPLATES["small_resnet"].build(project.frame()))
    store.create(tmp_path, project)
    session.document.open(tmp_path)
    made = ModelPage(session)
    qtbot.addWidget(made)
    made.resize(1400, 900)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def code(qtbot, page):
    """The panel, opened by a click, with its first code."""
    qtbot.mouseClick(page.toolbar.code, LEFT)
    qtbot.waitUntil(lambda: page.code.current)
    return page.code


def expected(page) -> str:
    project = page.document.project
    return model_code(project.model, project.frame())


def edit(page, graph) -> None:
    project = page.document.project
    page.document.apply(project.with_(model=graph), "Edit")


def shown(code) -> str:
    return code.view.toPlainText() + "\n"


def line_of(code, text: str) -> int:
    return next(n for n, line in enumerate(shown(code).split("\n")) if text in line)


def click_line(qtbot, code, number: int) -> None:
    view = code.view
    view.verticalScrollBar().setValue(max(0, number - 5))
    cursor = QTextCursor(view.document().findBlockByNumber(number))
    cursor.movePosition(QTextCursor.MoveOperation.Right, n=10)
    qtbot.mouseClick(view.viewport(), LEFT, pos=view.cursorRect(cursor).center())


def marked(code) -> list[str]:
    lines = shown(code).split("\n")
    return [lines[number].strip() for number in code.view.marked_lines()]


def test_the_button_shows_and_hides_the_code(qtbot, page) -> None:
    assert not page.code.isVisible()
    assert page.code.text == ""  # nobody looked, nothing was written
    qtbot.mouseClick(page.toolbar.code, LEFT)
    assert page.code.isVisible()
    assert page.canvas.isVisible()
    qtbot.waitUntil(lambda: page.code.current)
    assert shown(page.code) == expected(page)
    qtbot.mouseClick(page.toolbar.code, LEFT)
    assert not page.code.isVisible()


def test_the_code_follows_every_edit_and_undo(qtbot, page, code) -> None:
    before = shown(code)
    edit(page, rename(page.document.project.model, "stem", "first_look"))
    qtbot.waitUntil(lambda: "self.first_look = nn.Conv2d(" in shown(code))
    assert shown(code) == expected(page)
    page.document.undo_stack.undo()
    qtbot.waitUntil(lambda: shown(code) == before)


def test_what_changed_while_hidden_is_caught_up_with(qtbot, page, code) -> None:
    qtbot.mouseClick(page.toolbar.code, LEFT)
    edit(page, rename(page.document.project.model, "stem", "first_look"))
    qtbot.wait(150)
    assert "first_look" not in code.text
    qtbot.mouseClick(page.toolbar.code, LEFT)
    qtbot.waitUntil(lambda: "first_look" in shown(code))


def test_a_field_of_the_inspector_changes_the_code(qtbot, page, code) -> None:
    page.canvas.select(["stem"])
    page.wishes.set_layer("stem", Conv2d(out_channels=24), "out_channels")
    qtbot.waitUntil(lambda: ", 24, 3, padding=1)" in shown(code))


def test_a_selected_node_marks_its_lines_and_brings_them_into_sight(qtbot, page, code) -> None:
    code.view.verticalScrollBar().setValue(0)
    page.canvas.select(["scores"])
    assert marked(code) == ["self.scores = nn.Linear(128, 3)", "return self.scores(x)"]
    first, last = code.view._visible_lines()
    assert any(first <= line <= last for line in code.view.marked_lines())
    page.canvas.select(["block1", "block2"])
    assert len(marked(code)) == 4
    page.canvas.select([])
    assert marked(code) == []


def test_a_click_on_a_line_selects_its_node(qtbot, page, code) -> None:
    click_line(qtbot, code, line_of(code, "self.block2 = "))
    assert page.canvas.selected() == ("block2",)
    assert len(marked(code)) == 2
    click_line(qtbot, code, line_of(code, "x = self.stem_norm(x)"))
    assert page.canvas.selected() == ("stem_norm",)
    click_line(qtbot, code, line_of(code, "import torch"))
    assert page.canvas.selected() == ("stem_norm",)


def test_arrow_keys_walk_through_the_nodes(qtbot, page, code) -> None:
    click_line(qtbot, code, line_of(code, "x = self.block1(x)"))
    qtbot.keyClick(code.view, Qt.Key.Key_Down)
    assert page.canvas.selected() == ("block2",)
    assert code.view.hasFocus()


def test_code_cannot_be_typed_into(qtbot, page, code) -> None:
    before = shown(code)
    click_line(qtbot, code, 3)
    qtbot.keyClicks(code.view, "abc")
    qtbot.keyClick(code.view, Qt.Key.Key_Delete)
    assert shown(code) == before


def test_a_model_with_problems_keeps_the_last_code_greyed(qtbot, page, code) -> None:
    before, graph = shown(code), page.document.project.model
    edit(page, remove(graph, ["pool"], heal=True))
    qtbot.waitUntil(code.problem.isVisible)
    assert "needs a list of features" in code.problem.what.text()
    assert "the model before" in code.problem.what.text()
    assert code.view.highlighter.faded
    assert shown(code) == before
    assert not code.copy.isEnabled()
    assert not code.save.isEnabled()
    page.document.undo_stack.undo()
    qtbot.waitUntil(lambda: code.current)
    assert not code.problem.isVisible()
    assert code.copy.isEnabled()


def test_an_empty_model_says_what_is_missing(qtbot, page) -> None:
    graph = page.document.project.model
    edit(page, remove(graph, [node.id for node in graph.nodes], heal=False))
    qtbot.mouseClick(page.toolbar.code, LEFT)
    qtbot.waitUntil(page.code.problem.isVisible)
    assert "no image input" in page.code.problem.what.text()
    assert "before" not in page.code.problem.what.text()
    assert shown(page.code) == "\n"


def test_copy_puts_the_whole_file_on_the_clipboard(qtbot, page, code, session) -> None:
    with qtbot.waitSignal(session.toast_requested):
        qtbot.mouseClick(code.copy, LEFT)
    assert QGuiApplication.clipboard().text() == expected(page)


def test_save_writes_the_file(qtbot, page, code, tmp_path, monkeypatch) -> None:
    chosen = tmp_path / "net"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(chosen), ""))
    qtbot.mouseClick(code.save, LEFT)
    written: Path = tmp_path / "net.py"
    assert written.read_text(encoding="utf-8") == expected(page)


def test_a_save_that_fails_is_told_and_a_cancelled_one_is_nothing(
    qtbot, page, code, session, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    qtbot.mouseClick(code.save, LEFT)
    assert not list(tmp_path.glob("*.py"))
    nowhere = str(tmp_path / "gone" / "net.py")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (nowhere, ""))
    with qtbot.waitSignal(session.error_requested):
        qtbot.mouseClick(code.save, LEFT)


def test_the_colours_follow_the_theme(qtbot, page, code, session) -> None:
    def colours() -> set[str]:
        block = code.view.document().findBlockByNumber(line_of(code, "super().__init__"))
        found = {part.format.foreground().color().name() for part in block.layout().formats()}
        block = code.view.document().findBlockByNumber(line_of(code, "class Model"))
        return found | {p.format.foreground().color().name() for p in block.layout().formats()}

    light = colours()
    session.theme.set_mode("dark")
    assert session.theme.colour("link").name() in colours()
    assert light & colours() == set()


def test_scrolling_stays_where_it_is_while_the_code_changes(qtbot, page, code) -> None:
    code.view.verticalScrollBar().setValue(12)
    page.wishes.set_layer("stem", Conv2d(out_channels=24), "out_channels")
    qtbot.waitUntil(lambda: ", 24, 3, padding=1)" in shown(code))
    assert code.view.verticalScrollBar().value() == 12


@pytest.mark.parametrize("seed", range(20))
def test_any_text_becomes_any_other(qtbot, looks, seed) -> None:
    rng, view = random.Random(seed), CodeView()
    qtbot.addWidget(view)
    for _ in range(30):
        lines = [rng.choice(("a", "b", "", "c = 1")) for _ in range(rng.randint(1, 7))]
        view.show_listing(Listing("\n".join(["x", *lines, "y"]) + "\n", ("",) * (len(lines) + 2)))
        assert view.toPlainText().split("\n") == ["x", *lines, "y"]
    view.show_listing(Listing("only\n", ("",)))
    assert view.toPlainText() == "only"
    view.show_listing(Listing("", ()))
    assert view.toPlainText() == ""


def test_only_lines_that_differ_are_written_anew(qtbot, page, code, monkeypatch) -> None:
    before = shown(code).split("\n")
    painted = []
    highlight = code.view.highlighter.highlightBlock
    monkeypatch.setattr(
        code.view.highlighter,
        "highlightBlock",
        lambda text: painted.append(text) or highlight(text),
    )
    page.wishes.set_layer("stem", Conv2d(out_channels=24), "out_channels")
    qtbot.waitUntil(lambda: ", 24, 3, padding=1)" in shown(code))
    assert shown(code) == expected(page)
    differ = [a for a, b in zip(shown(code).split("\n"), before, strict=True) if a != b]
    assert len(differ) == 4  # the number of parameters, the layer, and the two that follow
    assert set(differ) <= set(painted)
    assert len(painted) <= 2 * len(differ)
