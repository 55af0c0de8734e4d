"""The drawing as PNG, SVG and PDF: the whole model or the selection, light whatever the theme."""

import xml.etree.ElementTree as ElementTree

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QFileDialog

from gui.canvas import drawing
from gui.theme import theme
from tests.support.canvas import CTRL, SHIFT


@pytest.fixture
def file(monkeypatch, tmp_path):
    """Answers the file dialog with a path of that name."""

    def answer(name, kind=""):
        path = tmp_path / name
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(path), kind))
        return path

    return answer


def texts(data):
    found = ElementTree.fromstring(data).iter("{http://www.w3.org/2000/svg}text")
    return {"".join(item.itertext()).strip() for item in found}


def test_the_whole_model_as_svg_has_its_words(hand, file):
    path = file("model.svg")
    hand.key(Qt.Key.Key_P, CTRL | SHIFT)
    words = texts(path.read_bytes())
    assert {"stem", "stem_norm", "scores", "Convolution"} <= words
    assert hand.untouched()


def test_the_selection_as_svg_has_only_it_and_stays_selected(hand, file):
    path = file("part.svg")
    hand.canvas.select(["stem", "stem_norm"])
    hand.key(Qt.Key.Key_P, CTRL | SHIFT)
    words = texts(path.read_bytes())
    assert {"stem", "stem_norm"} <= words
    assert not {"scores", "pool"} & words
    assert hand.canvas.selected() == ("stem", "stem_norm")


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_png_is_sharp_and_on_white(hand, file, mode):
    theme().set_mode(mode)
    path = file("model.png")
    hand.key(Qt.Key.Key_P, CTRL | SHIFT)
    image = QImage(str(path))
    content = hand.scene.content()
    assert image.width() == round(2 * (content.width() + 48))
    assert image.pixelColor(2, 2) == QColor("white")
    middle = hand.scene.nodes["stem"].pos() - content.topLeft()
    colour = image.pixelColor(round(2 * (middle.x() + 24 + 150)), round(2 * (middle.y() + 24 + 8)))
    assert colour.lightness() > 240, "the nodes are light, too"
    theme().set_mode("light")


def test_a_name_without_an_ending_gets_that_of_the_chosen_kind(hand, file):
    path = file("model", "SVG drawing (*.svg)")
    hand.key(Qt.Key.Key_P, CTRL | SHIFT)
    assert not path.exists()
    assert path.with_name("model.svg").exists()


def test_a_file_that_cannot_be_written_is_told(hand, file, qtbot):
    path = file("model.png")
    path.mkdir()
    with qtbot.waitSignal(hand.page.session.error_requested) as told:
        hand.key(Qt.Key.Key_P, CTRL | SHIFT)
    assert told.args[0].code.startswith("FV-")


def test_ctrl_p_prints_on_one_page(hand, monkeypatch, tmp_path):
    path = tmp_path / "model.pdf"

    def accept(dialog):
        dialog.printer().setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        dialog.printer().setOutputFileName(str(path))
        return 1

    monkeypatch.setattr(drawing.QPrintDialog, "exec", accept)
    hand.key(Qt.Key.Key_P, CTRL)
    data = path.read_bytes()
    assert data.startswith(b"%PDF")
    assert data.count(b"/Type /Page\n") == 1
    assert len(data) > 3_000


def test_a_print_that_is_not_wanted_leaves_nothing(hand, monkeypatch):
    monkeypatch.setattr(drawing.QPrintDialog, "exec", lambda _dialog: 0)
    monkeypatch.setattr(drawing, "print_on", lambda *_a: pytest.fail("it was printed"))
    hand.key(Qt.Key.Key_P, CTRL)
    assert hand.untouched()


def test_comments_and_boxes_are_drawn(hand, file):
    hand.canvas.select(["stem", "stem_norm"])
    hand.key(Qt.Key.Key_E)
    hand.canvas.select([])
    path = file("model.svg")
    hand.key(Qt.Key.Key_P, CTRL | SHIFT)
    words = texts(path.read_bytes())
    assert "Comment" in words
    assert "stem" not in words
